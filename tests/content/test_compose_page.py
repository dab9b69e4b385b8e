"""The form for a note loses nothing: neither what was typed nor what was uploaded."""

import io
import re

from app.content import api as content
from tests.support.town import open_shop, picture_bytes, post, stock_thing
from tests.web.forms import Control, read_page

ALT = "口红和镜子"
REFUSED = "喜欢的话打我电话 13812345678"


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


def sent_by_ann(sign_up, **typed: object) -> tuple[int, dict[str, Control]]:
    """Send the form as a browser without scripts does; return the status, and the form again."""
    ann = sign_up("ann")
    body = {"csrf_token": csrf(ann, "/studio/compose"), **typed}
    answer = ann.client.post("/studio/compose", data=body)
    forms = [form for form in read_page(answer.text).forms if "compose" in form.action]
    return answer.status_code, forms[0].controls if forms else {}


def test_one_picture_is_published_and_described_without_scripts(sign_up, look) -> None:
    file = (io.BytesIO(picture_bytes()), "a.png")
    status, _ = sent_by_ann(sign_up, title="Tea", file=file, **{"pictures.0.alt": ALT})

    assert status == 303
    with look() as view:
        (note_id,) = content.all_note_ids(view)
        assert [one.alt for one in content.note(view, note_id=note_id).pictures] == [ALT]


def test_a_refused_note_keeps_its_tags_where_they_were_chosen(sign_up) -> None:
    shop = open_shop(sign_up("cat"), "teashop")
    tea, gone = stock_thing(shop, "Tea"), stock_thing(shop, "Cup")
    post(
        shop.staff,
        f"/api/v1/products/{gone.product_id}",
        {"listed": False},
        method="PATCH",
    )
    chosen = {"tags.1.product_id": tea.product_id, "tags.2.product_id": gone.product_id}
    file = (io.BytesIO(picture_bytes()), "a.png")

    status, form = sent_by_ann(sign_up, title="Tea", file=file, **chosen)

    assert status == 409
    assert form["tags.1.product_id"].values == [tea.product_id]
    assert [form[f"tags.{place}.product_id"].invalid for place in range(3)] == [False, False, True]


def test_words_that_break_a_rule_are_told_at_the_field_that_holds_them(sign_up) -> None:
    file = (io.BytesIO(picture_bytes()), "a.png")

    status, form = sent_by_ann(sign_up, title="Tea", body=REFUSED, file=file)

    assert status == 422
    assert [name for name, one in form.items() if one.invalid] == ["body"]
    assert "“" in form["body"].said
    assert form["body"].values == [REFUSED]
