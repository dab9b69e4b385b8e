"""Search over HTTP: counts beside the result, and phrases by pinyin and initials."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.platform.uow import snapshot, unit_of_work
from tests.support.people import Person
from tests.support.town import Shop, open_shop, publish

SignUp = Callable[..., Person]
ALL = "facets=brand_id&facets=category_id&facets=price&facets=in_stock"
GOODS = (
    ("红茶", "halde", "茶叶", 4_900, 5),
    ("绿茶", "halde", "茶叶", 9_900, 0),
    ("茶壶", "other", "茶具", 19_900, 3),
)


@pytest.fixture
def brands(sign_up: SignUp, drain: Callable[[], int]) -> dict[str, Shop]:
    """Two shops with a brand each, and three things that are called tea."""
    shops = {name: open_shop(sign_up(f"staff_{name}"), name) for name in ("halde", "other")}
    for name, shop, category, price_fen, stock in GOODS:
        sku = SkuDraft(code=name, name="one size", price_fen=price_fen, stock=stock)
        with unit_of_work() as uow:
            draft = ProductDraft(
                brand_id=shops[shop].brand_id,
                name=name,
                category_id=catalogue.ensure_category(uow, names=(category,)),
                skus=(sku,),
            )
            catalogue.add_product(uow, merchant_id=shops[shop].merchant_id, draft=draft)
    drain()
    return shops


def counted(client: FlaskClient, query: str) -> dict[str, dict[str, int]]:
    """Return the counts of a search, by facet and by name of the value."""
    answer = client.get(f"/api/v1/search?type=product&q=茶&{query}")
    assert answer.status_code == 200, answer.text
    return {
        one["name"]: {each["label"] or each["value"]: each["count"] for each in one["values"]}
        for one in answer.get_json()["facets"]
    }


def test_facets_are_counted_with_names(client: FlaskClient, brands: dict[str, Shop]) -> None:
    found = counted(client, ALL)

    assert found["brand_id"] == {"halde brand": 2, "other brand": 1}
    assert found["category_id"] == {"茶叶": 2, "茶具": 1}
    assert found["price"] == {"0-4999": 1, "5000-9999": 1, "10000-19999": 1}
    assert found["in_stock"] == {"1": 2, "0": 1}
    assert counted(client, "") == {}


def test_a_facet_is_counted_without_its_own_filter(
    client: FlaskClient, brands: dict[str, Shop]
) -> None:
    found = counted(client, f"{ALL}&brand_id={brands['halde'].brand_id}&in_stock=true")

    assert found["brand_id"] == {"halde brand": 1, "other brand": 1}
    assert found["in_stock"] == {"1": 1, "0": 1}
    assert found["category_id"] == {"茶叶": 1}


def test_a_price_band_says_what_to_ask_for(client: FlaskClient, brands: dict[str, Shop]) -> None:
    answer = client.get("/api/v1/search?type=product&facets=price").get_json()
    (facet,) = answer["facets"]

    for value in facet["values"]:
        bounds = f"price_fen_min={value['price_fen_min']}&price_fen_max={value['price_fen_max']}"
        narrowed = client.get(f"/api/v1/search?type=product&{bounds}").get_json()
        assert narrowed["total"] == value["count"] == 1


def test_an_unknown_facet_is_refused_with_its_place(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?facets=colour")

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith("/facets")


@pytest.mark.parametrize("typed", ["茶", "cha", "chaye", "cy"])
def test_phrases_are_suggested_by_pinyin_and_initials(
    client: FlaskClient, brands: dict[str, Shop], typed: str
) -> None:
    said = client.get(f"/api/v1/suggestions?q={typed}").get_json()["items"]
    page = client.get(f"/suggestions?q={typed}").get_data(as_text=True)

    assert "茶叶" in said
    assert "茶叶" in page


def test_the_page_leads_to_each_narrower_result_and_back(
    client: FlaskClient, brands: dict[str, Shop]
) -> None:
    import html
    import re

    def page(address: str) -> tuple[list[str], dict[str, tuple[int, str]]]:
        text = html.unescape(client.get(address).get_data(as_text=True))
        section = text.partition('class="facets"')[2].partition("</section>")[0]
        chips = re.findall(
            r'href="([^"]*)"[^>]*>([^<]+)<span class="num hint">(\d+)</span>', section
        )
        shown = [name for name, *_ in GOODS if name in text.partition("</section>")[2]]
        return shown, {label: (int(count), url) for url, label, count in chips}

    shown, chips = page("/search?type=product&q=茶")
    assert shown == ["红茶", "绿茶", "茶壶"]
    assert chips["halde brand"][0] == 2
    assert chips["¥50–¥100"][0] == 1

    for label, (count, url) in chips.items():
        narrowed, inside = page(url)
        assert len(narrowed) == count, label
        assert page(inside[label][1])[0] == shown

    two = page(page(chips["halde brand"][1])[1]["In stock"][1])[0]
    assert two == ["红茶"]


def test_the_page_of_notes_is_narrowed_by_topic_and_one_of_people_by_nothing(
    app: Flask, sign_up: SignUp, drain: Any
) -> None:
    ann = sign_up("ann")
    publish(ann, title="tea one", body="#green", color="red")
    publish(ann, title="tea two", body="#black", color="blue")
    drain()

    notes = ann.client.get("/search?q=tea").get_data(as_text=True)
    people = ann.client.get("/search?q=ann&type=person").get_data(as_text=True)

    assert "#green" in notes.partition('class="facets"')[2]
    assert 'class="facets"' not in people
    with snapshot() as view:
        assert catalogue.categories(view, ids=[]) == ()
