"""What this room refuses."""

from app.kernel.problems import InvalidInput, Problem


class AlreadyTaken(InvalidInput):
    """Somebody has this handle, e-mail address or phone number; ``errors`` names which."""

    code, status, title = "already-taken", 409, "Some of this belongs to another account"
    hint = "Choose something else where it says so, or sign in."


class SignInRefused(Problem):
    """No account has this name, or the password is another; it never says which."""

    code, status, title = "sign-in-refused", 401, "Name and password do not fit together"
    hint = "Check both for typing mistakes and try again."


class AccountBanned(Problem):
    """The account was closed by the people who run the site; said only to its owner."""

    code, status, title = "account-banned", 403, "This account is closed"
    hint = "Ask the people who run this site why."


class WrongPassword(Problem):
    """The current password, which was asked for once more, is another."""

    code, status, title = "wrong-password", 403, "The current password is another"
    hint = "Check it for typing mistakes and try again."


class VersionConflict(Problem):
    """The thing was changed since the caller read it; ``version`` is what it has now."""

    code, status, title = "version-conflict", 412, "This was changed in the meantime"
    hint = "Read it again, and make your change to what it says now."


class PictureNotOwn(Problem):
    """The picture is not the caller's, or is not ready."""

    code, status, title = "picture-not-own", 422, "This picture cannot be used"
    hint = "Upload the picture with the same account first."


class SelfFollow(Problem):
    """Somebody would follow themselves."""

    code, status, title = "self-follow", 409, "Nobody can follow themselves"
    hint = "Follow somebody else."


class AddressBookFull(Problem):
    """No more addresses fit."""

    code, title = "address-book-full", "Your address book is full"
    hint = "Delete an address that you no longer need."


class TokensFull(Problem):
    """No more API tokens fit."""

    code, title = "tokens-full", "You have as many tokens as one account may"
    hint = "Delete a token that you no longer need."
