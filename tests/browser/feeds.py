"""A feed that is longer than a screen, published over the API."""

from itertools import chain
from pathlib import Path

import httpx

from tests.browser.visitors import PASSWORD
from tests.support.shared_data import shared_data
from tests.support.site import Site

KINDS = ("dress", "hat", "shirt", "shoes")


def photos(count: int) -> list[Path]:
    """Return so many real photographs."""
    found = chain.from_iterable(
        sorted((shared_data("photos") / "clothing" / kind).glob("*.jpg")) for kind in KINDS
    )
    return list(found)[:count]


def publish_notes(site: Site, *, tagged: str, count: int) -> list[str]:
    """Publish notes of somebody new, all with a tag of the product called ``tagged``.

    The first has three pictures. Return their titles, the newest first.
    """
    with httpx.Client(base_url=f"{site.origin}/api/v1", timeout=30) as client:
        person = {"handle": "wen_posts", "name": "Wen", "email": "wen@example.org"}
        made = client.post("/accounts", json={**person, "password": PASSWORD})
        assert made.status_code == 201, made.text
        client.headers["X-CSRFToken"] = made.json()["csrf_token"]
        assert client.put("/me/creator", json={"accept_terms": True}).status_code == 200
        asked = "SELECT id FROM catalogue_product WHERE name = :name"
        product_id = site.rows(asked, name=tagged)[0].id
        titles = []
        for number, photo in enumerate(photos(count)):
            more = photos(count + 2)[count:] if number == 0 else []
            uploaded = [_upload(client, one) for one in (photo, *more)]
            title = f"第 {number} 篇 note {number}"
            answer = client.post(
                "/notes",
                json={
                    "title": title,
                    "pictures": [{"picture_id": one} for one in uploaded],
                    "tags": [{"product_id": product_id, "picture": 0, "x": 0.5, "y": 0.5}],
                },
            )
            assert answer.status_code == 201, answer.text
            titles.append(title)
    return titles[::-1]


def _upload(client: httpx.Client, photo: Path) -> str:
    answer = client.post("/pictures", files={"file": photo.read_bytes()})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
