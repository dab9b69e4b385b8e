"""What is as long as it may be is taken, and so is all that is made of it: on every database."""

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.catalogue import api as catalogue
from app.kernel.ids import ProductId, SkuId
from app.pictures import api as pictures
from app.platform.uow import snapshot, unit_of_work
from tests.support import trade
from tests.support.people import sign_up_person
from tests.support.town import Thing, picture_bytes, place, post

GROWS = "\ufdfa"
"""One sign of which normalising makes eighteen."""


def undelivered() -> int:
    """Deliver; return how much could not be."""
    trade.drain()
    with snapshot() as view:
        asked = "SELECT count(*) FROM platform_delivery WHERE state <> 'done'"
        return int(view.value(text(asked)))


def test_the_longest_goods_are_imported_found_and_bought(app: Flask, tmp_path: Path) -> None:
    with unit_of_work() as uow:
        catalogue.add_merchant(uow, handle="shop", name="S" * 80)
    rows = [
        {
            "sku": f"{'C' * 63}{number}", "name": "N" * 300, "brand": brand, "price": "10",
            "category": " > ".join(letter * 60 for letter in "ABCDE"), "stock": 5,
            "description": "D" * 10_000,
        }
        for number, brand in enumerate(("B" * 80, GROWS * 80, GROWS * 79 + "x"))
    ]  # fmt: skip
    file = tmp_path / "goods.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    report = catalogue.import_products(file, columns=catalogue.ColumnMap(), merchant="shop")
    assert (report.added, report.brands_added, list(report.faults)) == (3, 3, [])
    assert undelivered() == 0
    with snapshot() as view:
        made = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    buyer = sign_up_person(app, "buyer")
    wants = {Thing(ProductId(one.id), SkuId(one.skus[0].id)): 1 for one in made.values()}
    assert place(buyer, wants)["total_fen"] == 3_000
    assert undelivered() == 0


def test_a_note_with_all_that_a_note_may_have_is_published(app: Flask) -> None:
    me = sign_up_person(app, "ann", creator=True, name="N" * 40)
    picture = pictures.upload(owner_id=me.id, data=picture_bytes())
    alt = ("全网最低价 " * 40)[:200]
    note = {
        "title": "T" * 20, "body": "国家级 " * 250, "topics": [f"{n}{'t' * 19}" for n in range(10)],
        "pictures": [{"picture_id": picture, "alt": alt}] * 18,
    }  # fmt: skip

    answer = post(me, "/api/v1/notes", note)

    assert answer.status_code == 201, answer.text
    assert undelivered() == 0
