"""Tokens, profiles, follows and addresses, over HTTP; every refusal is provoked."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from app.accounts import api as accounts
from tests.accounts.visits import (
    API,
    HOME,
    PASSWORD,
    code,
    pointers,
)
from tests.support.engines import every_row
from tests.support.people import Person

SignUp = Callable[..., Person]


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


def test_reading_leaves_the_database_as_it_was(app: Flask, sign_up: SignUp, look: Any) -> None:
    ann = sign_up("ann")

    def dump() -> list[tuple[object, ...]]:
        with look() as view:
            return every_row(view)

    before = dump()
    for path in ("/me", "/sessions", "/tokens", "/me/addresses", "/accounts/ann"):
        assert ann.client.get(f"{API}{path}", buffered=True).status_code == 200
    for path in ("/settings", "/signin", "/signup"):
        assert ann.client.get(path, buffered=True).status_code in {200, 303}
        assert app.test_client().get(path, buffered=True).status_code in {200, 303}

    assert dump() == before


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


def test_a_picture_of_ones_own_is_shown_wherever_one_is(app: Flask, sign_up: SignUp) -> None:
    ann = sign_up("ann")
    api = app.test_client()
    file = BytesIO()
    Image.new("RGB", (720, 720), "teal").save(file, "PNG")
    sent = {"file": (BytesIO(file.getvalue()), "me.png")}
    picture = api.post(f"{API}/pictures", data=sent, headers=ann.bearer).json["id"]

    changed = api.patch(f"{API}/me", json={"avatar_picture_id": picture}, headers=ann.bearer)

    url = changed.json["avatar_url"]
    assert url
    assert api.get(f"{API}/accounts/ann").json["avatar_url"] == url
    found = accounts.find_caller(ann.token, True, None)
    assert found is not None
    assert found.avatar_url == url


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
