"""Signing up, in and out over HTTP: who somebody is cannot be guessed, planted or replayed."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.accounts import api as accounts
from tests.accounts.visits import (
    ANN,
    API,
    LOGIN,
    PASSWORD,
    code,
    csrf_of,
    pointers,
    secret_of,
    signed_up,
)
from tests.support.people import Person

SignUp = Callable[..., Person]


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


def test_a_password_is_compared_without_holding_the_database(app: Flask, unit: Any) -> None:
    signed_up(app)

    with unit():
        refused = app.test_client().post(
            f"{API}/sessions", json={**LOGIN, "password": "not the password"}
        )

    assert code(refused) == "sign-in-refused"


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

    token = client.post(
        f"{API}/sessions", json=LOGIN, headers={"X-CSRFToken": csrf_of(client, "/settings")}
    )

    assert token.status_code == 201
    assert secret_of(client) != before
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get(f"{API}/me").status_code == 401


def test_a_planted_session_is_never_signed_in(app: Flask) -> None:
    signed_up(app)
    client = app.test_client()
    client.set_cookie("session", "planted")

    assert client.post(f"{API}/sessions", json=LOGIN).status_code == 201
    assert secret_of(client) != "planted"


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
    header = {"X-CSRFToken": csrf_of(ann.client, "/settings")}
    leaked = app.test_client().put(f"{API}/me/password", json=body, headers=ann.bearer)
    answer = ann.client.put(f"{API}/me/password", json=body, headers=header)

    assert (leaked.status_code, code(leaked)) == (403, "forbidden")
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
