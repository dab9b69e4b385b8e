"""Who must sign in first is told why, and comes back to where they were."""

import pytest
from flask.testing import FlaskClient

from tests.accounts.visits import ANN, submit


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        ("http://localhost/u/bob?tab=notes", "/u/bob?tab%3Dnotes"),
        ("http://evil.example/u/bob", "/"),
        ("http://localhost:81/u/bob", "/"),
        ("http://localhost//evil.example", "/"),
        ("localhost/u/bob", "/"),
        ("", "/"),
    ],
)
def test_who_sends_a_form_before_signing_in_comes_back_to_its_page(
    client: FlaskClient, sent_from: str, back: str
) -> None:
    answer = submit(client, "/", "/u/bob/follow", {}, headers={"Referer": sent_from})

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/signin?next={back}&why=follow"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("cart", "Sign in to put things into your cart."),
        ("like", "Sign in to like notes."),
        ("collect", "Sign in to collect notes."),
        ("follow", "Sign in to follow people."),
        ("go-on", "Sign in to go on."),
        ("<b>", "Sign in to go on."),
    ],
)
def test_who_is_asked_to_sign_in_is_told_why(client: FlaskClient, why: str, said: str) -> None:
    where = {"next": "/u/bob", "why": why}

    for path in ("/signin", "/signup"):
        assert said in client.get(path, query_string=where).text
    refused = submit(client, "/signin", "/signin?next=/u/bob&why=like", {})
    made = submit(client, "/signup", "/signup?next=/u/bob&why=like", ANN)

    assert "Sign in to like notes." in refused.text
    assert "Sign in to" not in client.get("/signin?next=/u/bob").text
    assert made.headers["Location"] == "/u/bob"
