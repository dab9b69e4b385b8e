"""How often somebody may try to sign in or up."""

from collections.abc import Callable, Iterable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.settings import Settings
from tests.accounts.visits import (
    ANN,
    API,
    LOGIN,
    code,
    signed_up,
)
from tests.support.people import Person
from tests.web.forms import read_page

SignUp = Callable[..., Person]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with limits."""
    return settings.model_copy(update={"limits": True})


def tries(client: FlaskClient, logins: Iterable[str], addresses: Iterable[str]) -> list[int]:
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
    sign_up: SignUp, client: FlaskClient, login: str
) -> None:
    sign_up("ann")
    addresses = [f"203.0.113.{number}" for number in range(7)]

    assert tries(client, [login] * 7, addresses) == [401] * 5 + [429] * 2


def test_spelling_a_login_otherwise_gives_no_more_tries(client: FlaskClient) -> None:
    spellings = [
        "13812341234",
        "+8613812341234",
        "138 1234 1234",
        "138-1234-1234",
        "+86 13812341234",
    ]
    addresses = [f"203.0.113.{number}" for number in range(6)]

    assert tries(client, [*spellings, "13812341234"], addresses) == [401] * 5 + [429]


@pytest.mark.parametrize("remote", ["203.0.113.9", "2001:db8:1:1::9"])
def test_one_address_cannot_guess_at_many_accounts(client: FlaskClient, remote: str) -> None:
    logins = [f"person{number}@example.org" for number in range(27)]

    statuses = tries(client, logins, [remote] * 27)

    assert statuses == [401] * 25 + [429] * 2


def test_one_house_is_one_source_however_its_addresses_are_spelt(client: FlaskClient) -> None:
    addresses = [f"2001:db8::{number:x}" for number in range(13)]
    addresses += [f"2001:0db8:0:0:1::{number:x}" for number in range(14)]

    statuses = tries(client, [f"person{number}@example.org" for number in range(27)], addresses)

    assert statuses == [401] * 25 + [429] * 2


def test_a_limit_says_how_long_to_wait(client: FlaskClient) -> None:
    tries(client, ["ann@example.org"] * 5, ["203.0.113.1"] * 5)

    refused = client.post(f"{API}/sessions", json=LOGIN)

    assert code(refused) == "too-many-requests"
    assert 0 < int(refused.headers["Retry-After"]) <= 61


HERE, ELSEWHERE = "127.0.0.1", "203.0.113.5"


def test_who_is_guessed_at_signs_in_from_a_browser_of_theirs(app: Flask) -> None:
    mine, headers = signed_up(app)
    assert mine.delete(f"{API}/sessions/current", headers=headers).status_code == 204
    logins = [LOGIN["login"]] * 6 + [f"person{number}@example.org" for number in range(25)]

    guessed = tries(app.test_client(), logins, [HERE] * len(logins))

    assert guessed[-1] == 429
    assert app.test_client().post(f"{API}/sessions", json=LOGIN).status_code == 429
    assert mine.post(f"{API}/sessions", json=LOGIN).status_code == 201


def test_a_browser_that_is_known_does_not_guess_for_ever(app: Flask) -> None:
    mine, _ = signed_up(app)
    mine.delete_cookie("session")

    statuses = tries(mine, [LOGIN["login"]] * 7, [f"203.0.113.{number}" for number in range(7)])

    assert statuses == [401] * 5 + [429] * 2


def test_a_browser_is_known_to_whom_it_signed_in_only(app: Flask) -> None:
    signed_up(app)
    other, _ = signed_up(app, handle="bob", email="bob@example.org")
    other.delete_cookie("session")
    tries(app.test_client(), [LOGIN["login"]] * 5, ["203.0.113.1"] * 5)

    assert tries(other, [LOGIN["login"]], [ELSEWHERE]) == [429]


def test_others_sign_in_all_the_same(app: Flask, client: FlaskClient) -> None:
    signed_up(app)
    tries(client, ["bob@example.org"] * 6, ["203.0.113.1"] * 6)

    assert client.post(f"{API}/sessions", json=LOGIN).status_code == 201


def test_one_address_makes_ten_accounts_an_hour(app: Flask) -> None:
    for number in range(10):
        signed_up(app, handle=f"ann_{number}", email=f"ann{number}@example.org")

    refused = app.test_client().post(f"{API}/accounts", json=ANN)

    assert code(refused) == "too-many-requests"


def test_who_sends_a_form_too_often_finds_it_as_it_was_typed(client: FlaskClient) -> None:
    html = client.get("/signin").text
    csrf = html.partition('name="csrf_token" value="')[2].partition('"')[0]
    typed = {"login": "bob@example.org", "password": "no", "csrf_token": csrf}

    answers = [client.post("/signin", data=typed) for _ in range(6)]

    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    page = read_page(answers[-1].text)
    assert page.alerts
    kept = [one.controls["login"].values for one in page.forms if "login" in one.controls]
    assert kept == [["bob@example.org"]]
