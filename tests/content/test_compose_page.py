"""The form for a note loses nothing: neither what was typed nor what was uploaded."""

import io
import re

from tests.support.town import picture_bytes, post

ALT = "口红和镜子"


def csrf(person, url: str) -> str:
    return re.search(r'name="csrf-token"\s+content="([^"]+)"', person.client.get(url).text)[1]


def pictures_in(html: str) -> list[str]:
    return re.findall(r'name="pictures\.\d+\.picture_id"\s+value="([^"]+)"', html)


def test_changing_a_note_keeps_what_its_pictures_show(sign_up) -> None:
    ann = sign_up("ann")
    taken = ann.client.post(
        "/api/v1/pictures",
        data={"file": (io.BytesIO(picture_bytes()), "a.png")},
        headers=ann.bearer,
    ).get_json()["id"]
    note = {"title": "Worth it", "pictures": [{"picture_id": taken, "alt": ALT}]}
    note_id = post(ann, "/api/v1/notes", note).get_json()["id"]

    page = ann.client.get(f"/note/{note_id}/edit").text

    assert re.search(rf'name="pictures.0.alt"[^>]* value="{ALT}"', page)


def test_a_refused_note_keeps_the_picture_that_came_with_it(sign_up) -> None:
    ann = sign_up("ann")
    typed = {
        "csrf_token": csrf(ann, "/studio/compose"),
        "title": "t" * 300,
        "body": "kept words",
        "file": (io.BytesIO(picture_bytes()), "a.png"),
    }

    refused = ann.client.post("/studio/compose", data=typed)

    assert refused.status_code == 422
    assert "kept words" in refused.text
    assert len(pictures_in(refused.text)) == 1
    again = {
        "csrf_token": csrf(ann, "/studio/compose"),
        "title": "Worth it",
        "pictures.0.picture_id": pictures_in(refused.text)[0],
    }
    assert ann.client.post("/studio/compose", data=again).status_code == 303
