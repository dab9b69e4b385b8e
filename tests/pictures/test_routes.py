"""Uploading over HTTP: what is taken, what is refused, what is served."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.pictures import rules
from app.pictures.errors import PictureQuotaReached
from tests.support.people import Person

SignUp = Callable[..., Person]


def picture_bytes(width: int = 300, height: int = 200, color: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def _send(person: Person, data: bytes, name: str = "file"):
    body = {name: (io.BytesIO(data), "it.png")}
    return person.client.post("/api/v1/pictures", data=body, headers=person.bearer)


def test_an_upload_answers_with_where_the_picture_is(app: Flask, sign_up: SignUp):
    ann = sign_up("ann")

    answer = _send(ann, picture_bytes())

    assert answer.status_code == 201, answer.text
    seen = answer.get_json()
    assert (seen["width"], seen["height"], seen["color"]) == (300, 200, "#008080")
    served = app.test_client().get(seen["url_360"])
    assert served.status_code == 200
    assert served.content_type == "image/webp"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert "immutable" in served.headers["Cache-Control"]
    again = app.test_client().get(f"/api/v1/pictures/{seen['id']}")
    assert again.get_json() == seen


def test_the_same_bytes_are_the_same_picture(sign_up: SignUp):
    ann, bob = sign_up("ann"), sign_up("bob")

    first, second = _send(ann, picture_bytes()), _send(ann, picture_bytes())

    assert first.get_json()["id"] == second.get_json()["id"]
    assert _send(bob, picture_bytes()).get_json()["id"] != first.get_json()["id"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<svg/>", 415, "picture-unsupported"),
        (picture_bytes()[:90], 422, "picture-damaged"),
        (picture_bytes(10, 10), 422, "picture-too-small"),
        (picture_bytes(16_001, 64), 422, "picture-too-wide"),
        (b"x" * ((20 << 20) + 1), 413, "picture-too-large"),
        (b"x" * (22 << 20), 413, "too-large"),
        (b"", 422, "picture-missing"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_name(
    sign_up: SignUp, data: bytes, status: int, code: str
):
    answer = _send(sign_up("ann"), data)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_too_many_pixels_are_refused(sign_up: SignUp):
    out = io.BytesIO()
    Image.new("1", (15_000, 15_000)).save(out, "PNG")

    answer = _send(sign_up("ann"), out.getvalue())

    assert answer.get_json()["code"] == "picture-too-many-pixels"


def test_another_field_is_no_picture(sign_up: SignUp):
    assert _send(sign_up("ann"), picture_bytes(), "photo").get_json()["code"] == "picture-missing"


def test_a_stranger_may_not_upload(client: FlaskClient):
    answer = client.post("/api/v1/pictures", data={"file": (io.BytesIO(b"x"), "x.png")})

    assert answer.get_json()["code"] == "sign-in-required"


@pytest.mark.parametrize("path", ["/media/../keys.json", "/media/ab", "/media/%00", "/media/"])
def test_only_keys_are_served(client: FlaskClient, path: str):
    assert client.get(path).status_code == 404


def test_the_day_has_an_end():
    rules.check_quota(files=199, total_bytes=0, size_bytes=1)
    rules.check_quota(files=0, total_bytes=0, size_bytes=rules.BYTES_PER_DAY)

    for files, total in [(200, 0), (0, rules.BYTES_PER_DAY)]:
        with pytest.raises(PictureQuotaReached):
            rules.check_quota(files=files, total_bytes=total, size_bytes=1)
