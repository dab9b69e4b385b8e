"""A cookie that somebody copied is good for nothing once its owner ends it, by whichever page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api as accounts
from app.platform.uow import snapshot, unit_of_work
from tests.accounts.visits import (
    API,
    LOGIN,
    PASSWORD,
    code,
    csrf_of,
    me,
    secret_of,
    signed_up,
    submit,
)

End = Callable[[FlaskClient, FlaskClient], Any]


def _revoke(phone: FlaskClient, _laptop: FlaskClient) -> Any:
    listed = phone.get(f"{API}/sessions").json["items"]
    other = next(one["id"] for one in listed if not one["is_current"])
    return submit(phone, "/settings", f"/settings/sessions/{other}/end", {})


def _change_password(phone: FlaskClient, _laptop: FlaskClient) -> Any:
    typed = {"current_password": PASSWORD, "new_password": "another horse battery"}
    return submit(phone, "/settings", "/settings/password", typed)


def _ban(phone: FlaskClient, _laptop: FlaskClient) -> Any:
    with snapshot() as view:
        ann = accounts.find_by_handle(view, handle="ann")
    assert ann is not None
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=ann.id)
    return None


ENDS: dict[str, End] = {
    "signing out": lambda _, laptop: submit(laptop, "/settings", "/signout", {}),
    "signing in anew": lambda _, laptop: laptop.post(
        f"{API}/sessions", json=LOGIN, headers={"X-CSRFToken": csrf_of(laptop, "/settings")}
    ),
    "signing out everywhere": lambda phone, _: submit(
        phone, "/settings", "/settings/sessions/end", {}
    ),
    "ending that browser": _revoke,
    "another password": _change_password,
    "a ban": _ban,
}


@pytest.mark.parametrize("name", ENDS)
def test_a_copied_cookie_is_worth_nothing_afterwards(app: Flask, name: str) -> None:
    phone, _ = signed_up(app)
    laptop, thief = app.test_client(), app.test_client()
    assert laptop.post(f"{API}/sessions", json=LOGIN).status_code == 201
    for cookie in ("session", "page", "device"):
        kept = laptop.get_cookie(cookie)
        if kept is not None:
            thief.set_cookie(cookie, kept.value)
    assert me(thief).status_code == 200

    ENDS[name](phone, laptop)

    assert me(thief).status_code == 401
    assert thief.get("/settings").location.startswith("/signin")


def test_a_planted_session_is_never_signed_in_by_the_form(app: Flask) -> None:
    signed_up(app)
    mallory, _ = signed_up(app, handle="mallory", email="mallory@example.org")
    victim, theirs = app.test_client(), secret_of(mallory)
    victim.set_cookie("session", theirs)

    assert submit(victim, "/settings", "/signin", LOGIN).status_code == 303

    assert secret_of(victim) != theirs
    assert me(victim).json["handle"] == "ann"
    thief = app.test_client()
    thief.set_cookie("session", theirs)
    assert me(thief).status_code == 401


def test_a_token_for_forms_from_before_the_sign_in_is_good_for_nothing(app: Flask) -> None:
    signed_up(app)
    client = app.test_client()
    planted = csrf_of(client, "/signin")
    page = client.get_cookie("page")
    assert page is not None
    assert client.post("/signin", data={"csrf_token": planted, **LOGIN}).status_code == 303

    refused = client.patch(f"{API}/me", json={"bio": "x"}, headers={"X-CSRFToken": planted})

    assert code(refused) == "csrf-missing"
