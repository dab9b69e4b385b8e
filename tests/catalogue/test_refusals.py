"""What this room refuses over HTTP: its status, its code, and what it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.catalogue import errors
from app.kernel.ids import mint
from app.kernel.problems import Problem
from app.pictures import api as pictures
from tests.support.people import Person
from tests.support.provoking import assert_refused, refusals_of
from tests.support.town import Shop, Thing, open_shop, picture_bytes, place, post, stock_thing


@dataclass(frozen=True)
class Counter:
    """A shop that has a product, and somebody who buys of it."""

    shop: Shop
    thing: Thing
    buyer: Person

    def add(self, **change: Any) -> Any:
        """Add a product that is right but for what changes."""
        draft = {
            "merchant_id": self.shop.merchant_id,
            "brand_id": self.shop.brand_id,
            "name": "Cup",
            "skus": [{"code": "cup", "price_fen": 100}],
            **change,
        }
        return post(self.shop.staff, "/api/v1/products", draft)

    def change(self, *, seen: str = "*", **change: Any) -> Any:
        """Change the product."""
        path = f"/api/v1/products/{self.thing.product_id}"
        headers = {**self.shop.staff.bearer, "If-Match": seen}
        return self.shop.staff.client.patch(path, json=change, headers=headers)


@pytest.fixture
def counter(sign_up: Callable[..., Person]) -> Counter:
    shop = open_shop(sign_up("cat"), "teashop")
    return Counter(shop, stock_thing(shop, "Tea", stock=5), sign_up("bob"))


def _product_stale(counter: Counter) -> Any:
    assert counter.change(name="Black tea", seen='"v1"').status_code == 200
    return counter.change(name="Green tea", seen='"v1"')


def _stock_below_reserved(counter: Counter) -> Any:
    place(counter.buyer, {counter.thing: 3})
    return counter.change(skus=[{"id": counter.thing.sku_id, "stock_change": -3}])


PROVOKED: dict[type[Problem], Callable[[Counter], Any]] = {
    errors.SkuCodeTaken: lambda counter: counter.add(skus=[{"code": "Tea", "price_fen": 100}]),
    errors.ProductStale: _product_stale,
    errors.StockBelowReserved: _stock_below_reserved,
    errors.UnknownPart: lambda counter: counter.add(brand_id=mint("brand")),
}
NAMES = {
    errors.SkuCodeTaken: lambda counter: {"codes": ["Tea"]},
    errors.ProductStale: lambda counter: {"version": 2},
    errors.StockBelowReserved: lambda counter: {"sku_ids": [counter.thing.sku_id]},
    errors.UnknownPart: lambda counter: {"part": "brand_id"},
}
BY_COMMANDS = {errors.HandleTaken}
"""Shops are opened on the command line: see `tests/cli`."""
TOLD_BY_OTHERS = {errors.OutOfStock, errors.StockNotReserved}
"""Orders look before they reserve, and answer with `checkout-changed`."""


@pytest.mark.parametrize("problem", PROVOKED, ids=lambda problem: problem.code)
def test_a_refusal_says_what_happened_and_what_to_do(
    counter: Counter, problem: type[Problem]
) -> None:
    said = assert_refused(PROVOKED[problem](counter), problem)

    named = NAMES[problem](counter)
    assert {name: said[name] for name in named} == named


def test_every_refusal_of_this_room_is_provoked() -> None:
    assert set(PROVOKED) | BY_COMMANDS | TOLD_BY_OTHERS == refusals_of(errors)


def test_every_part_is_looked_for(counter: Counter) -> None:
    strange = pictures.upload(owner_id=counter.buyer.id, data=picture_bytes())

    for part, refused in (
        ("category_id", counter.add(category_id=mint("category"))),
        ("picture_id", counter.add(picture_id=strange)),
        ("picture_id", counter.change(picture_id=strange)),
    ):
        assert assert_refused(refused, errors.UnknownPart)["part"] == part


def test_stock_may_fall_to_what_is_reserved(counter: Counter) -> None:
    place(counter.buyer, {counter.thing: 3})

    assert (
        counter.change(skus=[{"id": counter.thing.sku_id, "stock_change": -2}]).status_code == 200
    )


def test_a_refused_change_changes_nothing(counter: Counter) -> None:
    place(counter.buyer, {counter.thing: 3})
    refused = counter.change(
        name="Ruined", skus=[{"id": counter.thing.sku_id, "price_fen": 1, "stock_change": -5}]
    )

    assert_refused(refused, errors.StockBelowReserved)
    path = f"/api/v1/products/{counter.thing.product_id}"
    seen = counter.buyer.client.get(path).get_json()
    assert (seen["name"], seen["version"], seen["skus"][0]["price_fen"]) == ("Tea", 1, 10_000)


def test_a_shop_of_others_is_not_there(counter: Counter) -> None:
    path = f"/api/v1/products/{counter.thing.product_id}"
    draft = {
        "merchant_id": counter.shop.merchant_id,
        "brand_id": counter.shop.brand_id,
        "name": "Cup",
        "skus": [{"code": "cup", "price_fen": 100}],
    }

    for answer in (
        post(counter.buyer, "/api/v1/products", draft),
        post(counter.buyer, path, {"name": "Mine"}, method="PATCH"),
        counter.change(skus=[{"id": mint("sku"), "price_fen": 1}]),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
