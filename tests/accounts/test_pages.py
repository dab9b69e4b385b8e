"""The pages of signing in: what was typed stays, nobody is sent elsewhere, forms are our own."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from app.accounts import api as accounts
from app.accounts import errors
from tests.accounts.visits import ANN, LOGIN, me, secret_of, signed_up, submit
from tests.support.people import Person

ROOM = Path(accounts.__file__).parent

SignUp = Callable[..., Person]


def test_signing_up_leads_to_where_the_person_was_going(client: FlaskClient) -> None:
    answer = submit(client, "/signup?next=/cart", "/signup?next=/cart", ANN)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/cart")
    assert me(client).json["handle"] == "ann"


def test_a_refused_sign_up_shows_every_fault_and_loses_nothing_but_the_password(
    client: FlaskClient,
) -> None:
    typed = {
        "handle": "Ann!", "name": "Ann <b>", "email": "nowhere", "phone": "12", "password": "secret!9",
    }  # fmt: skip

    answer = submit(client, "/signup", "/signup?next=/cart", typed)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    for name in ("handle", "name", "email", "phone"):
        assert f'value="{escape(typed[name])}"' in html
    assert typed["password"] not in html
    for name in ("handle", "email", "phone", "password"):
        assert f'href="#{name}"' in html
        assert f'id="{name}-said"' in html
    assert "/signup?next=/cart" in html
    assert 'role="alert"' in html


@pytest.mark.parametrize("password", ["short", ANN["password"]])
def test_a_password_that_is_to_be_typed_again_is_asked_for_beside_its_field(
    client: FlaskClient, password: str
) -> None:
    said = "Type the password again."
    assert said not in client.get("/signup").text

    answer = submit(client, "/signup", "/signup", {**ANN, "handle": "A!", "password": password})

    beside = answer.text.split('id="password"')[1].split("<button")[0]
    assert beside.count(said) == 1


@pytest.mark.parametrize("value", ["a\x00b", "x" * 10_000, "\u202e", '"><script>alert(1)</script>'])
def test_strange_text_comes_back_as_it_was_typed_and_harmless(
    client: FlaskClient, value: str
) -> None:
    answer = submit(client, "/signup", "/signup", {**ANN, "handle": value, "name": value})
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert str(escape(value)) in html
    assert "<script>alert" not in html


def test_a_name_that_is_taken_is_said_next_to_its_field(app: Flask, client: FlaskClient) -> None:
    signed_up(app)

    answer = submit(client, "/signup", "/signup", ANN)

    assert answer.status_code == 409
    html = answer.get_data(as_text=True)
    assert 'id="handle-said"' in html
    assert 'id="email-said"' in html


def test_a_form_takes_no_field_that_it_does_not_show(client: FlaskClient) -> None:
    answer = submit(client, "/signup", "/signup", {**ANN, "is_creator": "yes"})

    assert answer.status_code == 422


def test_a_refused_sign_in_keeps_the_name_and_says_the_same_to_all(app: Flask) -> None:
    signed_up(app)

    def refusal(login: str) -> str:
        client = app.test_client()
        answer = submit(
            client, "/signin", "/signin", {"login": login, "password": "not the password"}
        )
        assert answer.status_code == 401
        html = answer.get_data(as_text=True)
        assert f'value="{login}"' in html
        html = re.sub(r'name="(csrf_token|idempotency_key)"\s+value="[^"]+"', "", html)
        return re.sub(r'csrf-token"\s+content="[^"]*"', "TOKEN", html.replace(login, "LOGIN"))

    assert refusal("ann@example.org") == refusal("nobody@example.org")


LEADS_AWAY = [
    "https://evil.example", "http://evil.example/", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\\/evil.example", "//evil.example/%2f..",
    "https:evil.example", "https:/evil.example", "http:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "data:text/html,x", "vbscript:x", "mailto:a@evil.example", "ftp://evil.example", "evil.example", "@evil.example",
    ".evil.example", "?next=//evil.example", "#//evil.example", " //evil.example", "\t//evil.example",
    "\n//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\nLocation: https://evil.example",
    "/\x00/evil.example", "//evil.example@localhost", "//user:pw@evil.example", "//localhost.evil.example",
    "//[::1]", "//%65vil.example", "/\u3000\\evil.example", "", " ", "/ /evil.example", "/" + "a" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("target", LEADS_AWAY)
def test_nobody_is_sent_to_another_site(app: Flask, target: str) -> None:
    client = app.test_client()
    signed_up(app)
    page = client.get("/signin", query_string={"next": target})
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page.get_data(as_text=True))
    assert token

    answer = client.post(
        "/signin", query_string={"next": target}, data={**LOGIN, "csrf_token": token[1]}
    )
    again = client.get("/signin", query_string={"next": target})

    for response in (answer, again):
        assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "target", ["/cart", "/search?q=%E5%8F%A3%E7%BA%A2&type=note", "/u/ann#notes", "/note/note_1"]
)
def test_people_come_back_to_where_they_were(app: Flask, target: str) -> None:
    client, _ = signed_up(app)

    went = client.get("/signin", query_string={"next": target}).headers["Location"]

    assert went == target
    assert urlsplit(went).netloc == ""


@pytest.mark.parametrize(
    ("shown", "back"),
    [
        ("/search?q=tea&type=note", "/search%3Fq%3Dtea%26type%3Dnote"),
        ("/", "/"),
        ("/signin?next=/cart", "/cart"),
        ("/signup", "/"),
    ],
)
def test_the_headers_link_to_sign_in_leads_back_to_the_whole_address(
    client: FlaskClient, shown: str, back: str
) -> None:
    html = client.get(shown).get_data(as_text=True)

    assert set(re.findall(r'href="/signin\?next=([^"]+)"', html)) == {back.replace("%2F", "/")}


def test_settings_ask_to_sign_in_and_come_back(client: FlaskClient) -> None:
    answer = client.get("/settings")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/signin?next=/settings&why=go-on"


FORMS = [
    "/signin", "/signup", "/signout", "/demo/sign-in", "/settings/profile", "/settings/creator",
    "/settings/creator/off", "/settings/addresses", "/settings/addresses/adr_x", "/settings/addresses/adr_x/delete",
    "/settings/sessions/ses_x/end", "/settings/sessions/end", "/settings/tokens", "/settings/tokens/tok_x/end",
    "/settings/password", "/u/bob/follow", "/u/bob/unfollow",
]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_our_token_or_with_anothers_does_nothing(
    app: Flask, sign_up: SignUp, path: str
) -> None:
    ann, bob = sign_up("ann"), sign_up("bob")
    html = bob.client.get("/settings").get_data(as_text=True)
    others = re.search(r'name="csrf_token"\s+value="([^"]+)"', html)
    assert others

    for data in ({}, {"csrf_token": others[1]}, {"csrf_token": "x"}):
        assert ann.client.post(path, data=data).status_code == 400
    away = {"Origin": "https://evil.example"}
    assert submit(ann.client, "/settings", path, {}, headers=away).status_code == 403
    assert me(ann.client).status_code == 200


def test_a_token_from_before_signing_in_is_no_longer_good(app: Flask) -> None:
    signed_up(app)
    client = app.test_client()
    html = client.get("/signin").get_data(as_text=True)
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', html)
    assert token
    client.post("/signin", data={**LOGIN, "csrf_token": token[1]})

    stale = client.post("/settings/profile", data={"csrf_token": token[1], "name": "Eve"})

    assert stale.status_code == 400
    assert me(client).json["name"] == "Ann"


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(
    app: Flask, sign_up: SignUp
) -> None:
    signed_up(app)
    thief = sign_up("thief")
    planted = secret_of(thief.client)
    client = app.test_client()
    client.set_cookie("session", planted)
    token = re.search(
        r'name="csrf_token"\s+value="([^"]+)"', client.get("/settings").get_data(as_text=True)
    )
    assert token

    client.post("/signin", data={**LOGIN, "csrf_token": token[1]})

    assert secret_of(client) != planted
    assert me(client).json["handle"] == "ann"
    assert me(thief.client).status_code == 401


def test_signing_out_ends_the_session_for_good(app: Flask) -> None:
    client, _ = signed_up(app)
    secret = secret_of(client)

    answer = submit(client, "/settings", "/signout", {})

    assert answer.status_code == 303
    assert client.get_cookie("session") is None
    assert "You are signed out." in client.get("/").get_data(as_text=True)
    thief = app.test_client()
    thief.set_cookie("session", secret)
    assert me(thief).status_code == 401


def sentences() -> set[str]:
    """Return every sentence of this room that a person may read."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found = {str(message) for _, _, message, _, _ in extract_from_dir(ROOM, methods)}
    for refusal in vars(errors).values():
        if isinstance(refusal, type) and refusal.__module__ == errors.__name__:
            found |= {refusal.title, refusal.hint}  # type: ignore[attr-defined] # they are Problems
    for source in (ROOM / "rules.py", ROOM / "schemas.py", ROOM / "commands" / "people.py"):
        told = r'(?:return|ValidationError\(|": \[?)\s*"([A-Z][^"]+\.)"'
        found |= set(re.findall(told, source.read_text()))
    return found


def test_every_sentence_is_there_in_chinese() -> None:
    catalogue = ROOM / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
    with catalogue.open("rb") as file:
        chinese = {str(one.id): one for one in read_po(file) if one.id}

    assert len(chinese) > 90
    assert sentences() - set(chinese) == set()
    assert [
        name
        for name, one in chinese.items()
        if one.fuzzy or not re.search("[\u4e00-\u9fff]", str(one.string))
    ] == []
    for one in chinese.values():
        assert set(re.findall(r"%\(\w+\)s", str(one.id))) == set(
            re.findall(r"%\(\w+\)s", str(one.string))
        )
