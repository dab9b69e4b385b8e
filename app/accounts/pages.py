"""Pages of signing up, in and out, of the settings, and the forms that lead there."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, flash, request, session, url_for
from flask_babel import gettext as _

from app.accounts import commands, queries, rules
from app.accounts.errors import WrongPassword
from app.accounts.rules import AddressChange, AddressDraft, ProfileChange, Visit
from app.accounts.schemas import (
    LOGIN_LENGTH_MAX,
    AddressForm,
    AddressIn,
    CreatorIn,
    DemoIn,
    PasswordIn,
    ProfileForm,
    SignInIn,
    SignUpIn,
    TokenIn,
)
from app.kernel.ids import AccountId, AddressId, is_id
from app.kernel.problems import Busy, NotFound
from app.platform.uow import Snapshot, UnitOfWork, transact
from app.settings import Settings
from app.web.caller import (
    SCOPES,
    caller,
    device_id,
    drop_session_cookie,
    find_caller,
    set_session_cookie,
    signed_in,
)
from app.web.limits import WRITES, Tries, address, limiter
from app.web.parsing import load_form
from app.web.rendering import (
    HTML,
    Form,
    PageBlueprint,
    Redirect,
    page_view,
    render,
    shown_again,
)
from app.web.security import is_from_here, safe_next

pages = PageBlueprint("accounts_pages", __name__)


def _login() -> str | None:
    """Return what somebody tries to sign in with, whatever was sent."""
    login = request.form.get("login", "").strip()
    return login if 0 < len(login) <= LOGIN_LENGTH_MAX else None


TRIES = Tries(_login, rules.login_mark, queries.knows_device)


def _sign_in_again(view: Snapshot, form: Form) -> str:
    del view
    return render("accounts/sign_in.html", form=form, next=_next(), why=request.args.get("why"))


def _sign_up_again(view: Snapshot, form: Form) -> str:
    del view
    return render("accounts/sign_up.html", form=form, next=_next(), why=request.args.get("why"))


@pages.page("/signin")
def sign_in(view: Snapshot) -> Any:
    """Show the form to sign in, or go on where somebody is signed in."""
    return _gone_on() if find_caller() else _sign_in_again(view, Form())


@pages.post("/signin", endpoint="sign_in_form")
@shown_again(_sign_in_again)
@limiter.shared_limit(rules.SIGN_INS_PER_ADDRESS, scope="sign-in-from", key_func=TRIES.by_address)
@limiter.shared_limit(rules.SIGN_INS_PER_ACCOUNT, scope="sign-in-for", key_func=TRIES.by_account)
def sign_in_form() -> Response:
    """Sign in and go on to where the person was on the way to."""
    data = load_form(SignInIn)
    return _signed_in(
        commands.sign_in(login=data["login"], password=data["password"], visit=_visit())
    )


@pages.page("/signup")
def sign_up(view: Snapshot) -> Any:
    """Show the form to sign up, or go on where somebody is signed in."""
    return _gone_on() if find_caller() else _sign_up_again(view, Form())


@pages.post("/signup", endpoint="sign_up_form")
@shown_again(_sign_up_again)
@limiter.shared_limit(rules.SIGN_UPS_PER_ADDRESS, scope="sign-up", key_func=address)
def sign_up_form() -> Response:
    """Sign up and go on."""
    return _signed_in(commands.sign_up(new=load_form(SignUpIn), visit=_visit()))


@pages.form("/demo/sign-in", page="/", takes=DemoIn, signed_in=False, key="none")
def sign_in_to_demo(uow: UnitOfWork, data: dict[str, str]) -> Redirect:
    """Look around as somebody of the demo: there, and from this machine, only."""
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    if not settings.demo or not is_from_here():
        raise NotFound
    signed = commands.sign_in_to_demo(uow, handle=data["handle"], visit=_visit())
    return Redirect(_next(), after=partial(_keep, signed))


@pages.form("/signout", page="/", key="none")
def sign_out(uow: UnitOfWork) -> Redirect:
    """Sign out here."""
    current = caller().session_id
    if current is not None:
        commands.end_session(uow, account_id=signed_in(), session_id=current)
    return Redirect("/", flash=_("You are signed out."), after=_forget)


@pages.page("/settings", signed_in=True)
def settings(view: Snapshot) -> str:
    """Show the settings."""
    return _settings(view, Form(), section="")


def _settings(view: Snapshot, form: Form, *, section: str, **shown: Any) -> str:
    """Render the settings; ``form`` is what was typed in ``section``, other sections are fresh."""
    account_id = signed_in()
    addresses = queries.addresses(view, account_id=account_id)
    if is_id(section, "address") and section not in {one.id for one in addresses}:
        # It was deleted elsewhere: what was typed can be added anew.
        section = "addresses"
    return render(
        "accounts/settings.html",
        me=queries.me(view, account_id=account_id),
        addresses=addresses,
        sessions=queries.sessions(view, account_id=account_id, current_id=caller().session_id),
        tokens=queries.tokens(view, account_id=account_id),
        scopes=SCOPES,
        forms={section: form},
        fresh=Form(),
        back=_after_address(),
        **shown,
    )


def _section(name: str) -> Callable[..., str]:
    """Return what shows the settings again, with what was typed in the section ``name``."""

    def again(view: Snapshot, form: Form, **path: str) -> str:
        return _settings(view, form, section=path.get("address_id", name))

    return again


@pages.form(
    "/settings/profile", page="/settings#profile", takes=ProfileForm, again=_section("profile")
)
def change_profile(uow: UnitOfWork, change: ProfileChange) -> Redirect:
    """Change how the person shows themselves."""
    commands.change_profile(uow, account_id=signed_in(), change=change, seen=None)
    return _back("profile", _("Your profile is saved."))


@pages.form(
    "/settings/creator", page="/settings#creator", takes=CreatorIn, again=_section("creator")
)
def become_creator(uow: UnitOfWork, consent: dict[str, bool]) -> Redirect:
    """Begin to earn."""
    del consent
    commands.switch_creator(uow, account_id=signed_in(), on=True)
    return _back("creator", _("You are a creator now."))


@pages.form("/settings/creator/off", page="/settings#creator")
def cease_as_creator(uow: UnitOfWork) -> Redirect:
    """Earn no longer."""
    commands.switch_creator(uow, account_id=signed_in(), on=False)
    return _back("creator", _("You are no longer a creator; what you earned stays yours."))


@pages.form(
    "/settings/addresses",
    page="/settings#addresses",
    takes=AddressIn,
    again=_section("addresses"),
)
def add_address(uow: UnitOfWork, draft: AddressDraft) -> Redirect:
    """Add an address."""
    commands.add_address(uow, account_id=signed_in(), draft=draft)
    said = _("The address is saved.")
    back = _after_address()
    return Redirect(back, flash=said) if back else _back("addresses", said)


def _after_address() -> str:
    """Return where somebody was who came to add an address, or nothing."""
    return safe_next(request.args.get("next"), "")


@pages.form(
    "/settings/addresses/<address_id>",
    page="/settings#addresses",
    takes=AddressForm,
    again=_section("addresses"),
)
def change_address(uow: UnitOfWork, change: AddressChange, address_id: str) -> Redirect:
    """Change an address; a phone number that is left empty stays."""
    commands.change_address(
        uow, account_id=signed_in(), address_id=AddressId(address_id), change=change, seen=None
    )
    return _back("addresses", _("The address is saved."))


@pages.form("/settings/addresses/<address_id>/delete", page="/settings#addresses")
def delete_address(uow: UnitOfWork, address_id: str) -> Redirect:
    """Delete an address."""
    commands.delete_address(uow, account_id=signed_in(), address_id=AddressId(address_id))
    return _back("addresses", _("The address is deleted."))


@pages.form("/settings/sessions/<session_id>/end", page="/settings#devices")
def end_session(uow: UnitOfWork, session_id: str) -> Redirect:
    """Sign one browser out."""
    commands.end_session(uow, account_id=signed_in(), session_id=session_id)
    return _back("devices", _("That browser is signed out."))


@pages.form("/settings/sessions/end", page="/settings#devices", key="none")
def sign_out_everywhere(uow: UnitOfWork) -> Redirect:
    """Sign out everywhere, here too."""
    commands.end_sessions(uow, account_id=signed_in())
    return Redirect("/", flash=_("You are signed out everywhere."), after=_forget)


def _scopes_told(view: Snapshot, form: Form) -> str:
    """Show the settings again; what is wrong with one of the scopes is told at all of them."""
    told = form.told_at(lambda name: name.partition(".")[0])
    return _settings(view, told, section="tokens")


# No redirect, which would have to carry the secret: the page itself tells it, this once.
@pages.post("/settings/tokens")
@shown_again(_scopes_told)
@limiter.limit(WRITES)
def make_token() -> Response:
    """Make a token and show its secret."""
    account_id = caller("write").account_id
    data = load_form(TokenIn)
    for scope in data["scopes"]:
        caller(scope)
    make = partial(
        commands.make_token, account_id=account_id, name=data["name"], scopes=data["scopes"]
    )
    secret = transact(make)
    with page_view() as view:
        html = _settings(view, Form(), section="", secret=secret)
    return Response(html, 201, {"Cache-Control": "no-store"}, content_type=HTML)


pages.stands_on("/settings/tokens", "/settings#tokens")


@pages.form("/settings/tokens/<token_id>/end", page="/settings#tokens")
def end_token(uow: UnitOfWork, token_id: str) -> Redirect:
    """Delete a token."""
    commands.end_token(uow, account_id=signed_in(), token_id=token_id)
    return _back("tokens", _("The token is deleted."))


@pages.post("/settings/password")
@shown_again(_section("password"), {WrongPassword: "current_password"})
@limiter.limit(rules.SIGN_INS_PER_ACCOUNT)
def change_password() -> Response:
    """Change the password and sign out every other browser."""
    by = caller("write")
    data = load_form(PasswordIn)
    commands.change_password(by=by, current=data["current_password"], new=data["new_password"])
    flash(_("Your password is changed; other browsers are signed out."))
    return _sent_to(url_for(".settings", _anchor="password"))


pages.stands_on("/settings/password", "/settings#password")


@pages.form("/u/<handle>/follow", page="/u/<handle>", why="follow")
def follow(uow: UnitOfWork, handle: str) -> Redirect:
    """Follow somebody; with `on` false, no longer."""
    if request.form.get("on") == "false":
        return unfollow_now(uow, handle)
    commands.follow(uow, follower_id=signed_in(), followed_id=_account_id(uow, handle))
    return Redirect(_next(f"/u/{handle}"))


@pages.form("/u/<handle>/unfollow", page="/u/<handle>", why="follow")
def unfollow(uow: UnitOfWork, handle: str) -> Redirect:
    """Follow somebody no longer."""
    return unfollow_now(uow, handle)


def unfollow_now(uow: UnitOfWork, handle: str) -> Redirect:
    """Take a follow back, and lead to whom it was."""
    commands.unfollow(uow, follower_id=signed_in(), followed_id=_account_id(uow, handle))
    return Redirect(_next(f"/u/{handle}"))


@pages.after_app_request
def note_seen(response: Response) -> Response:
    """Note, once the response is on its way, which sessions were used in this hour.

    A read itself writes nothing, and never waits for a writer; a busy database is no matter.
    """
    due = queries.take_seen()
    if due:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - the proxy's own way out

        def write() -> None:
            with app.app_context(), suppress(Busy):
                transact(partial(commands.mark_seen, digests=due))

        response.call_on_close(write)
    return response


def _signed_in(signed: commands.SignedIn) -> Response:
    response = _sent_to(_next())
    _keep(signed, response)
    return response


def _keep(signed: commands.SignedIn, response: Response) -> None:
    # A token for forms that was made before must not be good for the new session.
    session.clear()
    set_session_cookie(response, signed.secret)


def _forget(response: Response) -> None:
    session.clear()
    drop_session_cookie(response)


def _visit() -> Visit:
    """Return who asks; a session that they have already ends when they sign in."""
    found = find_caller()
    agent = request.user_agent.string
    if found is None:
        return Visit(device_id(), agent)
    return Visit(device_id(), agent, found.account_id, found.session_id)


def _next(default: str = "/") -> str:
    return safe_next(request.args.get("next"), default)


def _gone_on() -> Response:
    return _sent_to(_next())


def _sent_to(url: str) -> Response:
    return Response(status=303, headers={"Location": url})


def _back(section: str, said: str) -> Redirect:
    return Redirect(url_for(".settings", _anchor=section), flash=said)


def _account_id(view: Snapshot, handle: str) -> AccountId:
    found = queries.find_by_handle(view, handle=handle)
    if found is None:
        raise NotFound
    return found.id
