"""Line ends in what somebody sends end no header of ours, and begin none."""

import io
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from tests.accounts.visits import csrf_of
from tests.support.people import sign_up_person
from tests.support.town import open_shop, picture_bytes

PLANTED = "X-Planted: 1"
CORPUS = tuple(
    f"a{end}{PLANTED}"
    for end in (
        "\r\n", "\n", "\r", "\r\n ", "\n\t", "\x00\r\n", "\r\r\n", "\n\n", "\x0b", "\x0c", "\x85",
        "\u2028", "\u2029", "\u560d\u560a", "\x1b[2J\r\n", "%0d%0a", "%0a", "%E5%98%8D%E5%98%8A",
        "\\r\\n", '"\r\n', ";\r\n", "; filename=x\r\n",
    )
)  # fmt: skip
HEADERS = (
    "X_REQUEST_ID", "REQUEST_ID", "IDEMPOTENCY_KEY", "IF_MATCH", "IF_NONE_MATCH", "REFERER",
    "ORIGIN", "USER_AGENT", "ACCEPT", "ACCEPT_LANGUAGE", "HX_REQUEST", "X_FORWARDED_FOR",
    "AUTHORIZATION", "X_CSRFTOKEN", "RANGE",
)  # fmt: skip


def is_clean(answer: Any) -> bool:
    """Tell whether the headers of an answer are ours, each on a line."""
    marks = {mark for name, value in answer.headers for mark in name + value}
    return (
        answer.status_code < 500
        and "X-Planted" not in answer.headers
        and marks.isdisjoint("\r\n\x00\x0b\x0c")
    )


@pytest.fixture
def places(app: Flask) -> dict[str, Any]:
    """Return every kind of place for a text, by name."""
    ann = sign_up_person(app, "ann", creator=True)
    open_shop(ann, "teashop")
    client, csrf = ann.client, csrf_of(ann.client, "/settings")

    def form(path: str, **typed: Any) -> Any:
        return client.post(path, data={"csrf_token": csrf, **typed})

    def upload(name: str) -> Any:
        file = {"file": (io.BytesIO(picture_bytes()), name)}
        return client.post("/api/v1/pictures", data=file, headers=ann.bearer)

    def header(name: str) -> Any:
        return lambda text: client.patch(
            "/api/v1/me",
            json={"bio": "x"},
            environ_overrides={f"HTTP_{name}": text.encode().decode("latin-1")},
        )

    found = {
        "name": lambda text: form("/settings/profile", name=text, bio=text),
        "name by the API": lambda text: client.patch(
            "/api/v1/me", json={"name": text}, headers=ann.bearer
        ),
        "file name": upload,
        "next": lambda text: form("/preferences", next=f"/{text}", theme=text, lang=text),
        "next of an address": lambda text: client.get("/signin", query_string={"next": f"/{text}"}),
        "csv": lambda text: client.get(f"/brand/teashop_brand/{quote(text)}.csv"),
        "csv of a brand": lambda text: client.get(f"/brand/{quote(text)}/day.csv"),
        "handle": lambda text: client.get(f"/u/{quote(text)}"),
        "search": lambda text: client.get("/search", query_string={"q": text, "sort": text}),
        "cursor": lambda text: client.get("/orders", query_string={"cursor": text}),
        "media": lambda text: client.get(f"/media/{quote(text)}"),
        "language": lambda text: client.get("/", query_string={"lang": text}),
        "key": lambda text: form("/settings/creator/off", idempotency_key=text),
        "token": lambda text: form("/settings/tokens", name=text, **{"scopes[]": "read"}),
    }
    return found | {f"header {name}": header(name) for name in HEADERS}


@pytest.mark.slow
def test_no_text_becomes_a_header(places: dict[str, Any]) -> None:
    found = [
        f"{name}: {text!r}: {answer.status_code} {answer.headers}"
        for name, send in places.items()
        for text in CORPUS
        if not is_clean(answer := send(text))
    ]

    assert found == []


def test_a_header_that_is_made_of_what_was_sent_is_found(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        app.view_functions,
        "site_pages.home",
        lambda: Response(headers=[("X-Echo", request.args["lang"])]),
    )

    # Whether it raises here or is answered as a fault of ours: it is no answer that is clean.
    try:
        answer = client.get("/", query_string={"lang": CORPUS[0]})
    except ValueError:
        return
    assert not is_clean(answer)
