"""People on the wire."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, post_load, validates_schema
from marshmallow.validate import Length, OneOf

from app.accounts import rules
from app.accounts.rules import AddressChange, AddressDraft, NewAccount, ProfileChange
from app.web.caller import SCOPES
from app.web.fields import Instant, PublicId, Several, Text, Whole, from_form, text_pattern

LOGIN_LENGTH_MAX = 254
"""The longest e-mail address (RFC 5321, 4.5.3.1.3)."""


SEEN = {"minLength": 1, "pattern": text_pattern(least=1, lines=False)}
"""What the document says of a text in which something must be seen."""


def _held_to(fault: Callable[[str], str]) -> Callable[[str], None]:
    """Return a validator that says what ``fault`` finds."""

    def check(text: str) -> None:
        found = fault(text)
        if found:
            raise ValidationError(found)

    return check


class Email(Text):
    """An e-mail address; its domain is not asked."""

    def __init__(self, **options: Any) -> None:
        """Bound the length."""
        super().__init__(most=LOGIN_LENGTH_MAX, metadata={"format": "email"}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        email = rules.read_email(text) if len(text) <= LOGIN_LENGTH_MAX else text
        if email is None:
            raise ValidationError("This is not an e-mail address.")
        return email


class Phone(Text):
    """A phone number in any spelling; it becomes E.164."""

    def __init__(self, **options: Any) -> None:
        """Bound the length."""
        super().__init__(most=40, metadata={"format": "phone"}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        phone = rules.read_phone(text) if len(text) <= 40 else text
        if phone is None:
            raise ValidationError("This is not a phone number.")
        return phone


class Password(fields.String):
    """A password, exactly as it was typed: neither trimmed nor normalised."""

    def __init__(self, **options: Any) -> None:
        """Bound the length on both sides; how good it is, is for the rules to say."""
        super().__init__(validate=Length(1, rules.PASSWORD_MOST), load_only=True, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if any("\ud800" <= mark <= "\udfff" for mark in text):
            raise ValidationError("This text is not made of characters.")
        return text


class Consent(fields.Field[bool]):
    """A yes that is meant: true in JSON, a ticked box in a form, nothing else."""

    def __init__(self, **options: Any) -> None:
        """Say what is taken."""
        super().__init__(metadata={"type": "boolean", "enum": [True]}, **options)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Take what is left out for a no: a box that is not ticked is not sent."""
        return super().deserialize(value is not missing and value, *args, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        del attr, data, kwargs
        if value is not True and not (from_form.get() and value == "yes"):
            raise ValidationError("Accept the terms to go on.")
        return True


class SignUpIn(Schema):
    """Somebody who signs up, by e-mail or phone."""

    handle = Text(
        most=30,
        required=True,
        validate=_held_to(rules.handle_fault),
        metadata={"minLength": 3, "pattern": "^[a-z0-9_]+$"},
    )
    name = Text(most=40, required=True, validate=_held_to(rules.name_fault), metadata=SEEN)
    email = Email(load_default=None, allow_none=True)
    phone = Phone(load_default=None, allow_none=True)
    password = Password(required=True)

    @validates_schema(skip_on_field_errors=False)
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        faults: dict[str, list[str]] = {}
        if "email" in data and "phone" in data and not data["email"] and not data["phone"]:
            faults["email"] = ["Give an e-mail address or a phone number."]
        if "password" in data:
            email, phone = data.get("email") or "", data.get("phone") or ""
            own = (data.get("handle", ""), email, email.partition("@")[0], phone[3:])
            fault = rules.password_fault(data["password"], own=own)
            faults |= {"password": [fault]} if fault else {}
        if faults:
            raise ValidationError(faults)

    @post_load
    def _build(self, data: dict[str, Any], **_: object) -> NewAccount:
        return NewAccount(**data)


class SignInIn(Schema):
    """An e-mail address or phone number, and a password."""

    login = Text(most=LOGIN_LENGTH_MAX, least=1, required=True)
    password = Password(required=True)


class DemoIn(Schema):
    """Somebody of the demo."""

    handle = Text(most=30, least=1, required=True)


class PasswordIn(Schema):
    """A new password, and the one that it replaces, if there is one."""

    current_password = Password(load_default="")
    new_password = Password(required=True)


class ProfileIn(Schema):
    """What is to change of a profile; a picture of null takes the picture away."""

    name = Text(most=40, validate=_held_to(rules.name_fault), metadata=SEEN)
    bio = Text(most=300, lines=True)
    avatar_picture_id = PublicId("picture", allow_none=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: object) -> ProfileChange:
        drop = "avatar_picture_id" in data and data["avatar_picture_id"] is None
        return ProfileChange(**data, drop_avatar=drop)


class ProfileForm(ProfileIn):
    """The profile's form, in which an empty field is one that was emptied."""

    name = Text(most=40, required=True, validate=_held_to(rules.name_fault), metadata=SEEN)
    bio = Text(most=300, lines=True, load_default="")


class CreatorIn(Schema):
    """The acceptance of the creators' terms."""

    accept_terms = Consent(required=True)


class TokenIn(Schema):
    """A token for a program."""

    name = Text(most=40, least=1, required=True)
    scopes = Several(
        fields.String(validate=OneOf(SCOPES)), required=True, least=1, most=len(SCOPES)
    )


class AddressIn(Schema):
    """An address for parcels."""

    recipient = Text(most=40, least=1, required=True)
    phone = Phone(required=True)
    region = Text(most=100, least=1, required=True)
    street = Text(most=200, least=1, required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: object) -> AddressDraft:
        return AddressDraft(**data)


class AddressPatch(Schema):
    """What is to change of an address."""

    recipient = Text(most=40, least=1)
    phone = Phone()
    region = Text(most=100, least=1)
    street = Text(most=200, least=1)

    @post_load
    def _build(self, data: dict[str, Any], **_: object) -> AddressChange:
        return AddressChange(**data)


class AddressForm(AddressPatch):
    """The form of an address that is there; only the phone number, which is not shown, may stay."""

    recipient = Text(most=40, least=1, required=True)
    region = Text(most=100, least=1, required=True)
    street = Text(most=200, least=1, required=True)


class PersonOut(Schema):
    """What everybody may know of an account."""

    id = PublicId("account")
    handle = fields.String()
    name = fields.String()
    bio = fields.String()
    avatar_url = fields.String(allow_none=True)
    is_creator = fields.Boolean()
    followers = Whole()
    following = Whole()
    created_at = Instant()


class MeOut(PersonOut):
    """What its owner may know of an account."""

    email_masked = fields.String(allow_none=True)
    phone_masked = fields.String(allow_none=True)
    has_password = fields.Boolean()
    version = Whole()


class SignedInOut(Schema):
    """Who signed in; with the cookie, later requests carry the token as `X-CSRFToken`."""

    account_id = PublicId("account")
    csrf_token = fields.String()


class SessionOut(Schema):
    """A browser that is signed in."""

    id = PublicId("session")
    agent = fields.String()
    started_at = Instant()
    seen_at = Instant()
    is_current = fields.Boolean()


class SessionsOut(Schema):
    """Where somebody is signed in, the latest seen first."""

    items = fields.List(fields.Nested(SessionOut))


class TokenOut(Schema):
    """A token, without its secret."""

    id = PublicId("api token")
    name = fields.String()
    scopes = fields.List(fields.String())
    created_at = Instant()


class TokensOut(Schema):
    """Somebody's tokens, the latest first."""

    items = fields.List(fields.Nested(TokenOut))


class TokenMadeOut(TokenOut):
    """A token that was made just now; the secret is told this once."""

    secret = fields.String()


class AddressOut(Schema):
    """An address of one's own; the phone number stays masked."""

    id = PublicId("address")
    recipient = fields.String()
    phone_masked = fields.String()
    region = fields.String()
    street = fields.String()
    version = Whole()


class AddressesOut(Schema):
    """An address book, the latest first."""

    items = fields.List(fields.Nested(AddressOut))


class AddressRef(Schema):
    """Which address it was. No more is answered to a write: answers are kept for a week."""

    id = PublicId("address")
    version = Whole()
