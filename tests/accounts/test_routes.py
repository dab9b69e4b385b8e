"""The JSON endpoints of accounts, over HTTP; every refusal is provoked."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.accounts import api as accounts
from app.settings import Settings
from tests.support.people import Person

API = "/api/v1"
PASSWORD = "correct horse battery"
ANN = {"handle": "ann", "name": "Ann", "email": "ann@example.org", "password": PASSWORD}
LOGIN = {"login": "ann@example.org", "password": PASSWORD}
HOME = {
    "recipient": "林夏",
    "phone": "138 1234 1234",
    "region": "上海市",
    "street": "南京西路 1 号",
}

SignUp = Callable[..., Person]


def pointers(answer: Any) -> set[str]:
    assert answer.status_code in {409, 422}, answer.get_data(as_text=True)
    return {fault["pointer"] for fault in answer.json["errors"]}


def code(answer: Any) -> str:
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return str(answer.json["code"])


def signed_up(app: Flask, **changes: Any) -> tuple[FlaskClient, dict[str, str]]:
    """Sign up through the API; return the client, and the header that its writes need."""
    client = app.test_client()
    made = client.post(f"{API}/accounts", json={**ANN, **changes})
    assert made.status_code == 201, made.get_data(as_text=True)
    return client, {"X-CSRFToken": made.json["csrf_token"]}


def secret_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return str(cookie.value)


def test_signing_up_signs_in(app: Flask) -> None:
    client, _ = signed_up(app)

    me = client.get(f"{API}/me")

    assert me.status_code == 200
    assert me.headers["ETag"] == '"v1"'
    assert (me.json["handle"], me.json["email_masked"], me.json["phone_masked"]) == (
        "ann",
        "a***@example.org",
        None,
    )
    assert me.json["has_password"] is True


def test_all_faults_of_a_sign_up_are_named_at_once(client: FlaskClient) -> None:
    bad = {
        "handle": "Ann!",
        "name": "\u200b",
        "email": "nowhere",
        "phone": "12",
        "password": "short",
        "is_creator": True,
    }

    refused = client.post(f"{API}/accounts", json=bad)

    assert code(refused) == "invalid-input"
    assert pointers(refused) == {"/handle", "/name", "/email", "/phone", "/password", "/is_creator"}


@pytest.mark.parametrize("field", ["handle", "name", "email", "password"])
@pytest.mark.parametrize("value", ["\x00", "a\x00b", "x" * 10_000, "\ud800", 1, True, [], {}])
def test_a_value_that_is_none_is_refused_next_to_its_field(
    client: FlaskClient, field: str, value: Any
) -> None:
    body = json.dumps({**ANN, "phone": "13812341234", field: value})

    refused = client.post(f"{API}/accounts", data=body, content_type="application/json")

    assert f"/{field}" in pointers(refused)


def test_an_account_needs_an_address_or_a_number(client: FlaskClient) -> None:
    refused = client.post(f"{API}/accounts", json={**ANN, "email": None})

    assert pointers(refused) == {"/email"}


def test_what_belongs_to_another_is_refused_by_field(app: Flask, client: FlaskClient) -> None:
    signed_up(app, phone="13812341234")

    refused = client.post(f"{API}/accounts", json={**ANN, "phone": "+86 138 1234 1234"})

    assert (refused.status_code, code(refused)) == (409, "already-taken")
    assert pointers(refused) == {"/handle", "/email", "/phone"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'{"login": NaN}', "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"login=a", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient, body: bytes, kind: str, status: int
) -> None:
    for path in ("/sessions", "/accounts"):
        assert client.post(f"{API}{path}", data=body, content_type=kind).status_code == status


@pytest.mark.parametrize("login", ["ann@example.org", "ANN@Example.org", "+86 138-1234-1234"])
def test_either_contact_signs_in_in_any_spelling(
    app: Flask, client: FlaskClient, login: str
) -> None:
    signed_up(app, phone="13812341234")

    answer = client.post(f"{API}/sessions", json={"login": login, "password": PASSWORD})

    assert answer.status_code == 201
    assert client.get(f"{API}/me").json["handle"] == "ann"


def test_the_session_cookie_is_out_of_reach_of_scripts(app: Flask, client: FlaskClient) -> None:
    signed_up(app)

    answer = client.post(f"{API}/sessions", json=LOGIN)

    cookies = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session=")]
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]
    assert "Path=/" in cookies[0]


def test_an_unknown_user_and_a_wrong_password_are_told_the_same(
    app: Flask, client: FlaskClient
) -> None:
    signed_up(app)

    def refusal(login: str, password: str) -> tuple[int, dict[str, Any]]:
        answer = client.post(f"{API}/sessions", json={"login": login, "password": password})
        told = {k: v for k, v in answer.json.items() if k not in {"instance", "request_id"}}
        return answer.status_code, told

    wrong = refusal("ann@example.org", "not the password")

    assert wrong[0] == 401
    assert wrong[1]["code"] == "sign-in-refused"
    for login in ("bob@example.org", "ann", "13912341234", "", "@", "no such thing"):
        if login:
            assert refusal(login, "not the password") == wrong


def test_an_unknown_user_costs_as_much_as_a_wrong_password(app: Flask, client: FlaskClient) -> None:
    signed_up(app)
    took: dict[str, list[float]] = {"ann@example.org": [], "nobody@example.org": []}

    for _ in range(15):
        for login, times in took.items():
            begun = time.perf_counter()
            client.post(f"{API}/sessions", json={"login": login, "password": "not the password"})
            times.append(time.perf_counter() - begun)

    known, unknown = (statistics.median(times) for times in took.values())
    # Without the comparison an unknown name takes less than a tenth.
    assert 0.6 < unknown / known < 1.6


def test_people_without_a_password_cannot_sign_in_by_one(
    sign_up: SignUp, client: FlaskClient
) -> None:
    sign_up("ann")

    answer = client.post(f"{API}/sessions", json=LOGIN)

    assert code(answer) == "sign-in-refused"


def test_a_closed_account_is_told_so_only_with_its_password(
    app: Flask, client: FlaskClient, unit: Any, look: Any
) -> None:
    signed_up(app)
    with look() as view:
        found = accounts.find_by_handle(view, handle="ann")
    assert found is not None
    with unit() as uow:
        accounts.ban(uow, account_id=found.id)

    right = client.post(f"{API}/sessions", json=LOGIN)
    wrong = client.post(f"{API}/sessions", json={**LOGIN, "password": "not the password"})

    assert (right.status_code, code(right)) == (403, "account-banned")
    assert code(wrong) == "sign-in-refused"


def test_signing_in_gives_a_new_session_and_ends_the_one_before(app: Flask) -> None:
    client, _ = signed_up(app)
    before = secret_of(client)

    token = client.post(f"{API}/sessions", json=LOGIN, headers={"X-CSRFToken": csrf_of(client)})

    assert token.status_code == 201
    assert secret_of(client) != before
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get(f"{API}/me").status_code == 401


def test_a_planted_session_is_never_signed_in(app: Flask) -> None:
    signed_up(app)
    client = app.test_client()
    client.set_cookie("session", "planted")

    # A browser that carries any session cookie needs the token of our own pages.
    assert code(client.post(f"{API}/sessions", json=LOGIN)) == "csrf-missing"

    client.delete_cookie("session")
    assert client.post(f"{API}/sessions", json=LOGIN).status_code == 201
    assert secret_of(client) != "planted"


def csrf_of(client: FlaskClient) -> str:
    """Return a token for forms of this client, from the session that it keeps."""
    with client.session_transaction() as kept:
        raw = kept["csrf_token"]
    from itsdangerous import URLSafeTimedSerializer

    key = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


def test_a_signed_out_session_is_refused_when_replayed(app: Flask) -> None:
    client, header = signed_up(app)
    secret = secret_of(client)

    gone = client.delete(f"{API}/sessions/current", headers=header)

    assert gone.status_code == 204
    assert client.get_cookie("session") is None
    thief = app.test_client()
    thief.set_cookie("session", secret)
    assert (thief.get(f"{API}/me").status_code) == 401


def test_a_write_with_a_cookie_needs_a_token_of_the_same_session(app: Flask) -> None:
    ann, header = signed_up(app)
    _, others = signed_up(app, handle="bob", email="bob@example.org")

    def change(headers: dict[str, str]) -> Any:
        return ann.patch(f"{API}/me", json={"bio": "x"}, headers=headers)

    assert code(change({})) == "csrf-missing"
    assert code(change(others)) == "csrf-missing"
    assert code(change({**header, "Origin": "https://elsewhere.example"})) == "cross-site"
    assert code(change({**header, "Sec-Fetch-Site": "cross-site"})) == "cross-site"
    assert change(header).status_code == 200


def test_sessions_are_listed_and_ended_one_by_one(app: Flask) -> None:
    phone, header = signed_up(app)
    laptop = app.test_client()
    agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    laptop.post(f"{API}/sessions", json=LOGIN, headers={"User-Agent": agent})

    listed = phone.get(f"{API}/sessions").json["items"]
    other = next(one for one in listed if not one["is_current"])

    assert len(listed) == 2
    assert other["agent"] == "Firefox · Linux"
    assert phone.delete(f"{API}/sessions/{other['id']}", headers=header).status_code == 204
    assert laptop.get(f"{API}/me").status_code == 401
    assert phone.get(f"{API}/me").status_code == 200
    assert phone.delete(f"{API}/sessions/{other['id']}", headers=header).status_code == 404


def test_signing_out_everywhere_ends_this_session_too(app: Flask, sign_up: SignUp) -> None:
    phone, header = signed_up(app)
    laptop = app.test_client()
    laptop.post(f"{API}/sessions", json=LOGIN)
    bob = sign_up("bob")

    assert phone.delete(f"{API}/sessions", headers=header).status_code == 204

    assert laptop.get(f"{API}/me").status_code == 401
    assert phone.get(f"{API}/me").status_code == 401
    assert bob.client.get(f"{API}/me").status_code == 200


def test_nobody_ends_what_is_anothers(sign_up: SignUp) -> None:
    ann, bob = sign_up("ann"), sign_up("bob")
    session = ann.client.get(f"{API}/sessions").json["items"][0]["id"]
    token = ann.client.get(f"{API}/tokens").json["items"][0]["id"]
    post = ann.client.application.test_client().post
    address = post(f"{API}/me/addresses", json=HOME, headers=ann.bearer).json["id"]
    foreign = bob.client.application.test_client()

    for method, path in (
        ("DELETE", f"/sessions/{session}"),
        ("DELETE", f"/tokens/{token}"),
        ("GET", f"/me/addresses/{address}"),
        ("DELETE", f"/me/addresses/{address}"),
    ):
        answer = foreign.open(f"{API}{path}", method=method, headers=bob.bearer)
        assert (answer.status_code, code(answer)) == (404, "not-found"), path
    moved = foreign.patch(f"{API}/me/addresses/{address}", json={"street": "x"}, headers=bob.bearer)
    assert moved.status_code == 404
    assert foreign.get(f"{API}/me", headers=ann.bearer).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("PUT", "/me/creator"),
        ("DELETE", "/me/creator"),
        ("PUT", "/me/password"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", "/sessions/current"),
        ("DELETE", "/sessions/ses_x"),
        ("GET", "/tokens"),
        ("POST", "/tokens"),
        ("DELETE", "/tokens/tok_x"),
        ("PUT", "/accounts/ann/follow"),
        ("DELETE", "/accounts/ann/follow"),
        ("GET", "/me/addresses"),
        ("POST", "/me/addresses"),
        ("GET", "/me/addresses/adr_x"),
        ("PATCH", "/me/addresses/adr_x"),
        ("DELETE", "/me/addresses/adr_x"),
    ],
)
def test_strangers_are_asked_to_sign_in(client: FlaskClient, method: str, path: str) -> None:
    bodies = {
        "/tokens": {"name": "t", "scopes": ["read"]},
        "/me/addresses": HOME,
        "/me/creator": {"accept_terms": True},
        "/me/password": {"new_password": PASSWORD},
    }
    body = bodies.get(path, {}) if method in {"POST", "PUT", "PATCH"} else None

    refused = client.open(f"{API}{path}", method=method, json=body)

    assert (refused.status_code, code(refused)) == (401, "sign-in-required")


def test_a_token_does_what_its_scopes_say_and_no_more(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()

    made = api.post(f"{API}/tokens", json={"name": "till", "scopes": ["read"]}, headers=ann.bearer)
    reader = {"Authorization": f"Bearer {made.json['secret']}"}

    assert made.status_code == 201
    assert api.get(f"{API}/me", headers=reader).status_code == 200
    refused = api.patch(f"{API}/me", json={"bio": "x"}, headers=reader)
    assert (refused.status_code, code(refused)) == (403, "scope-missing")


def test_a_token_makes_no_token_that_may_do_more(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    body = {"name": "w", "scopes": ["read", "write"]}
    made = api.post(f"{API}/tokens", json=body, headers=ann.bearer)
    writer = {"Authorization": f"Bearer {made.json['secret']}"}

    refused = api.post(f"{API}/tokens", json={"name": "m", "scopes": ["money"]}, headers=writer)

    assert (refused.status_code, code(refused), refused.json["scope"]) == (
        403,
        "scope-missing",
        "money",
    )


def test_a_tokens_secret_is_told_once_and_kept_nowhere(
    app: Flask, sign_up: SignUp, look: Any
) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    headers = {**ann.bearer, "Idempotency-Key": "once"}

    made = api.post(f"{API}/tokens", json={"name": "t", "scopes": ["read"]}, headers=headers).json

    assert all(
        "secret" not in one for one in api.get(f"{API}/tokens", headers=ann.bearer).json["items"]
    )
    with look() as view:
        assert view.value(text("SELECT count(*) FROM platform_idempotency")) == 0
    assert made["secret"].startswith("trove_")


def test_a_deleted_token_is_refused(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    token = api.get(f"{API}/tokens", headers=ann.bearer).json["items"][0]["id"]

    assert api.delete(f"{API}/tokens/{token}", headers=ann.bearer).status_code == 204
    assert api.get(f"{API}/me", headers=ann.bearer).status_code == 401


def test_there_is_an_end_to_tokens_and_addresses(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()

    def add(path: str, body: dict[str, Any]) -> Any:
        return api.post(f"{API}{path}", json=body, headers=ann.bearer)

    token = {"name": "t", "scopes": ["read"]}
    assert [add("/tokens", token).status_code for _ in range(19)] == [201] * 19
    assert code(add("/tokens", token)) == "tokens-full"
    assert [add("/me/addresses", HOME).status_code for _ in range(20)] == [201] * 20
    assert code(add("/me/addresses", HOME)) == "address-book-full"


@pytest.mark.parametrize("scopes", [[], ["read", "admin"], ["read"] * 4, "read", None])
def test_a_token_has_scopes_that_there_are(app: Flask, sign_up: SignUp, scopes: Any) -> None:
    ann = sign_up("ann")

    refused = app.test_client().post(
        f"{API}/tokens", json={"name": "t", "scopes": scopes}, headers=ann.bearer
    )

    assert any(pointer.startswith("/scopes") for pointer in pointers(refused))


def test_a_cookie_counts_for_nothing_beside_a_token(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")

    refused = ann.client.get(f"{API}/me", headers={"Authorization": "Bearer trove_wrong"})

    assert refused.status_code == 401


def test_a_profile_changes_where_it_was_read_last(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    seen = api.get(f"{API}/me", headers=ann.bearer).headers["ETag"]

    def change(name: str) -> Any:
        return api.patch(f"{API}/me", json={"name": name}, headers={**ann.bearer, "If-Match": seen})

    first, second = change("Ann One"), change("Ann Two")

    assert first.status_code == 200
    assert (first.json["name"], first.headers["ETag"]) == ("Ann One", '"v2"')
    assert (second.status_code, code(second), second.json["version"]) == (
        412,
        "version-conflict",
        2,
    )
    assert api.get(f"{API}/me", headers=ann.bearer).json["name"] == "Ann One"


@pytest.mark.parametrize(
    "field",
    [
        "id", "handle", "email", "email_sealed", "email_index", "phone", "phone_index", "password_hash",
        "is_creator", "is_demo", "followers", "following", "version", "created_at", "banned_at",
    ],
)  # fmt: skip
def test_a_profile_takes_no_other_column(app: Flask, sign_up: SignUp, field: str) -> None:
    ann = sign_up("ann")

    refused = app.test_client().patch(f"{API}/me", json={field: 1}, headers=ann.bearer)

    assert pointers(refused) == {f"/{field}"}


def test_a_picture_of_somebody_else_is_no_avatar(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    picture = "pic_01arz3ndektsv4rrffq69g5fav"

    refused = app.test_client().patch(
        f"{API}/me", json={"avatar_picture_id": picture}, headers=ann.bearer
    )

    assert (refused.status_code, code(refused)) == (422, "picture-not-own")


def test_a_picture_may_be_taken_away_twice(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")

    for _ in range(2):
        answer = app.test_client().patch(
            f"{API}/me", json={"avatar_picture_id": None}, headers=ann.bearer
        )
        assert (answer.status_code, answer.json["avatar_url"]) == (200, None)


@pytest.mark.parametrize("consent", [False, None, 1, "true", "yes", {}])
def test_a_creator_accepts_the_terms(app: Flask, sign_up: SignUp, consent: Any) -> None:
    ann = sign_up("ann")
    api = app.test_client()

    refused = api.put(f"{API}/me/creator", json={"accept_terms": consent}, headers=ann.bearer)
    taken = api.put(f"{API}/me/creator", json={"accept_terms": True}, headers=ann.bearer)
    ceased = api.delete(f"{API}/me/creator", headers=ann.bearer)

    assert pointers(refused) == {"/accept_terms"}
    assert taken.json["is_creator"] is True
    assert ceased.json["is_creator"] is False


def test_a_new_password_ends_the_other_sessions(app: Flask) -> None:
    phone, header = signed_up(app)
    laptop = app.test_client()
    laptop.post(f"{API}/sessions", json=LOGIN)
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}

    assert phone.put(f"{API}/me/password", json=body, headers=header).status_code == 204

    assert laptop.get(f"{API}/me").status_code == 401
    assert phone.get(f"{API}/me").status_code == 200
    assert code(laptop.post(f"{API}/sessions", json=LOGIN, headers={})) in {
        "sign-in-refused",
        "csrf-missing",
    }
    fresh = app.test_client()
    assert code(fresh.post(f"{API}/sessions", json=LOGIN)) == "sign-in-refused"
    login = {**LOGIN, "password": "another horse battery"}
    assert fresh.post(f"{API}/sessions", json=login).status_code == 201


def test_a_new_password_needs_the_current_one_and_is_none_of_ones_own_words(app: Flask) -> None:
    client, header = signed_up(app, handle="annabelle")

    def change(current: str, new: str) -> Any:
        body = {"current_password": current, "new_password": new}
        return client.put(f"{API}/me/password", json=body, headers=header)

    assert code(change("not the password", "another horse battery")) == "wrong-password"
    assert pointers(change(PASSWORD, "annabelle99")) == {"/new_password"}
    assert pointers(change(PASSWORD, "short")) == {"/new_password"}


def test_who_has_no_password_sets_one(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")

    body = {"new_password": PASSWORD}
    answer = app.test_client().put(f"{API}/me/password", json=body, headers=ann.bearer)

    assert answer.status_code == 204
    assert app.test_client().post(f"{API}/sessions", json=LOGIN).status_code == 201


@pytest.mark.parametrize(
    "password",
    [
        "  雨停了 \t 我们去喝茶吧 ",
        "nul\x00 is a mark too",
        "🐎" * 3 + "🔋📎🎻✂️🌧️☕🫖",
        "x" + "Äb𝔠" * 42,
    ],
)
def test_a_password_is_compared_exactly_as_it_was_typed(app: Flask, password: str) -> None:
    signed_up(app, password=password)

    def status(tried: str) -> int:
        client = app.test_client()
        return client.post(f"{API}/sessions", json={**LOGIN, "password": tried}).status_code

    assert status(password) == 201
    assert status(password[:-1]) == 401
    assert status(password.strip() + " ") == 401


def test_a_public_account_shows_nothing_private(sign_up: SignUp, client: FlaskClient) -> None:
    sign_up("ann")

    shown = client.get(f"{API}/accounts/ann")

    assert shown.status_code == 200
    assert set(shown.json) == {
        "id", "handle", "name", "bio", "avatar_url", "is_creator", "followers", "following", "created_at",
    }  # fmt: skip


@pytest.mark.parametrize("handle", ["nobody", "ANN", "%00", "a" * 5000, "%F0%9F%90%8E", "ann%20"])
def test_nobody_else_is_found(sign_up: SignUp, client: FlaskClient, handle: str) -> None:
    sign_up("ann")

    missing = client.get(f"{API}/accounts/{handle}")

    assert (missing.status_code, code(missing)) == (404, "not-found")


def test_following_is_counted_and_refused_for_oneself_and_nobody(
    app: Flask, sign_up: SignUp
) -> None:
    ann = sign_up("ann")
    sign_up("bob")
    api = app.test_client()

    def follow(handle: str, method: str = "PUT") -> Any:
        return api.open(f"{API}/accounts/{handle}/follow", method=method, headers=ann.bearer)

    assert [follow("bob").status_code for _ in range(2)] == [204, 204]
    assert api.get(f"{API}/accounts/bob").json["followers"] == 1
    assert [follow("bob", "DELETE").status_code for _ in range(2)] == [204, 204]
    assert api.get(f"{API}/accounts/bob").json["followers"] == 0
    assert code(follow("ann")) == "self-follow"
    assert code(follow("nobody")) == "not-found"


def test_an_address_is_kept_changed_and_deleted(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    made = api.post(f"{API}/me/addresses", json=HOME, headers=ann.bearer)
    path = f"{API}/me/addresses/{made.json['id']}"

    shown = api.get(path, headers=ann.bearer)
    seen = {**ann.bearer, "If-Match": shown.headers["ETag"]}
    first = api.patch(path, json={"street": "北京路 2 号"}, headers=seen)
    second = api.patch(path, json={"street": "广州路 3 号"}, headers=seen)

    assert made.status_code == 201
    assert shown.json["phone_masked"] == "138****1234"
    assert "13812341234" not in shown.get_data(as_text=True)
    assert (first.status_code, first.headers["ETag"]) == (200, '"v2"')
    assert (second.status_code, code(second)) == (412, "version-conflict")
    listed = api.get(f"{API}/me/addresses", headers=ann.bearer).json["items"]
    assert [(one["street"], one["recipient"], one["version"]) for one in listed] == [
        ("北京路 2 号", "林夏", 2)
    ]
    assert api.delete(path, headers=ann.bearer).status_code == 204
    assert api.delete(path, headers=ann.bearer).status_code == 404


def test_all_faults_of_an_address_are_named_at_once(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    bad = {"recipient": " ", "phone": "12", "region": "x" * 101, "floor": 3}

    refused = app.test_client().post(f"{API}/me/addresses", json=bad, headers=ann.bearer)

    assert pointers(refused) == {"/recipient", "/phone", "/region", "/street", "/floor"}


def test_a_repeated_write_is_done_once_and_keeps_no_address(
    app: Flask, sign_up: SignUp, look: Any
) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    headers = {**ann.bearer, "Idempotency-Key": "one"}

    first = api.post(f"{API}/me/addresses", json=HOME, headers=headers)
    again = api.post(f"{API}/me/addresses", json=HOME, headers=headers)

    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    with look() as view:
        kept = view.value(text("SELECT body FROM platform_idempotency"))
    assert HOME["recipient"].encode() not in bytes(kept)


def seen_at(look: Any) -> list[int]:
    with look() as view:
        return [row.seen_at for row in view.rows(text("SELECT seen_at FROM accounts_session"))]


def test_reads_write_nothing_but_the_hour_in_which_a_session_was_seen(
    sign_up: SignUp, unit: Any, look: Any, pass_time: Callable[..., None]
) -> None:
    ann = sign_up("ann")
    before = seen_at(look)
    ann.client.get(f"{API}/me", buffered=True)
    assert seen_at(look) == before

    pass_time(hours=2)
    with unit() as uow:
        # Who calls is kept for a second of real time, but for people who have just changed.
        accounts.switch_creator(uow, account_id=ann.id, on=True)
    ann.client.get(f"{API}/me", buffered=True)

    hours = (seen_at(look)[0] - before[0]) / 3_600_000_000
    assert hours in {2, 3}


class TestLimits:
    """How often somebody may try, with limits on."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Settings with limits."""
        return settings.model_copy(update={"limits": True})

    def tries(
        self, client: FlaskClient, logins: Iterable[str], addresses: Iterable[str]
    ) -> list[int]:
        """Return the statuses of tries to sign in, each from the next address."""
        body = {"password": "not the password"}
        return [
            client.post(
                f"{API}/sessions",
                json={**body, "login": login},
                environ_overrides={"REMOTE_ADDR": remote},
            ).status_code
            for login, remote in zip(logins, addresses, strict=False)
        ]

    @pytest.mark.parametrize("login", ["ann@example.org", "nobody@example.org"])
    def test_many_addresses_cannot_guess_at_one_account(
        self, sign_up: SignUp, client: FlaskClient, login: str
    ) -> None:
        sign_up("ann")
        addresses = [f"203.0.113.{number}" for number in range(7)]

        assert self.tries(client, [login] * 7, addresses) == [401] * 5 + [429] * 2

    def test_spelling_a_login_otherwise_gives_no_more_tries(self, client: FlaskClient) -> None:
        spellings = [
            "13812341234",
            "+8613812341234",
            "138 1234 1234",
            "138-1234-1234",
            "+86 13812341234",
        ]
        addresses = [f"203.0.113.{number}" for number in range(6)]

        assert self.tries(client, [*spellings, "13812341234"], addresses) == [401] * 5 + [429]

    @pytest.mark.parametrize("remote", ["203.0.113.9", "2001:db8:1:1::9"])
    def test_one_address_cannot_guess_at_many_accounts(
        self, client: FlaskClient, remote: str
    ) -> None:
        logins = [f"person{number}@example.org" for number in range(27)]

        statuses = self.tries(client, logins, [remote] * 27)

        assert statuses == [401] * 25 + [429] * 2

    def test_a_limit_says_how_long_to_wait(self, client: FlaskClient) -> None:
        self.tries(client, ["ann@example.org"] * 5, ["203.0.113.1"] * 5)

        refused = client.post(f"{API}/sessions", json=LOGIN)

        assert code(refused) == "too-many-requests"
        assert 0 < int(refused.headers["Retry-After"]) <= 61

    def test_others_sign_in_all_the_same(self, app: Flask, client: FlaskClient) -> None:
        signed_up(app)
        self.tries(client, ["bob@example.org"] * 6, ["203.0.113.1"] * 6)

        assert client.post(f"{API}/sessions", json=LOGIN).status_code == 201

    def test_one_address_makes_ten_accounts_an_hour(self, app: Flask) -> None:
        for number in range(10):
            signed_up(app, handle=f"ann_{number}", email=f"ann{number}@example.org")

        refused = app.test_client().post(f"{API}/accounts", json=ANN)

        assert code(refused) == "too-many-requests"
