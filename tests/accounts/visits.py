"""People who sign up and send forms as a browser does."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

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


def code(answer: Any) -> str:
    """Return the code of a refusal."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return str(answer.json["code"])


def pointers(answer: Any) -> set[str]:
    """Return where the faults are that a refusal names."""
    assert answer.status_code in {409, 422}, answer.get_data(as_text=True)
    return {fault["pointer"] for fault in answer.json["errors"]}


def signed_up(app: Flask, **changes: Any) -> tuple[FlaskClient, dict[str, str]]:
    """Sign up through the API; return the client, and the header that its writes need."""
    client = app.test_client()
    made = client.post(f"{API}/accounts", json={**ANN, **changes})
    assert made.status_code == 201, made.get_data(as_text=True)
    return client, {"X-CSRFToken": made.json["csrf_token"]}


def secret_of(client: FlaskClient) -> str:
    """Return the secret of the session that a browser holds."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    return str(cookie.value)


def me(client: FlaskClient) -> Any:
    """Return how the API answers who this browser is."""
    return client.get(f"{API}/me")


def csrf_of(client: FlaskClient, page: str, **more: Any) -> str:
    """Return the token that the forms of ``page`` carry."""
    html = client.get(page, **more).get_data(as_text=True)
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', html)
    assert found, html
    return found[1]


def submit(client: FlaskClient, page: str, target: str, data: dict[str, Any], **more: Any) -> Any:
    """Send a form as a browser does that has just opened ``page``."""
    return client.post(target, data={"csrf_token": csrf_of(client, page), **data}, **more)
