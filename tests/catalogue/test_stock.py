"""Stock through the door: one UPDATE on condition decides, and every step counts once."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import column, func, select, table

from app.catalogue import api as catalogue
from app.catalogue.errors import StockNotReserved
from app.platform.uow import snapshot, unit_of_work
from tests.support.people import Person
from tests.support.town import Thing, open_shop, stock_thing


@pytest.fixture
def things(app: Flask, sign_up: Callable[..., Person]) -> tuple[Thing, Thing]:
    shop = open_shop(sign_up("cat"), "teashop")
    return stock_thing(shop, "Tea", stock=3), stock_thing(shop, "Pot", stock=1)


def _shelf(thing: Thing) -> tuple[int, int]:
    """Return what is on hand and reserved; the moves that were written say the same."""
    sku = table("catalogue_sku", column("id"), column("on_hand"), column("reserved"))
    moves = table(
        "catalogue_stock_move",
        column("sku_id"), column("on_hand_change"), column("reserved_change"),
    )  # fmt: skip
    with snapshot() as view:
        row = view.row(select(sku.c.on_hand, sku.c.reserved).where(sku.c.id == thing.sku_id))
        summed = view.row(
            select(func.sum(moves.c.on_hand_change), func.sum(moves.c.reserved_change)).where(
                moves.c.sku_id == thing.sku_id
            )
        )
    assert tuple(row) == tuple(summed)
    return row.on_hand, row.reserved


def _reserve(ref: str, *wants: tuple[Thing, int]) -> None:
    with unit_of_work() as uow:
        wanted = {thing.sku_id: count for thing, count in wants}
        catalogue.reserve(uow, wants=wanted, ref=ref)


def test_the_last_piece_is_reserved_once(things: tuple[Thing, Thing]) -> None:
    tea, pot = things
    _reserve("one", (pot, 1))

    with pytest.raises(catalogue.OutOfStock) as refused:
        _reserve("other", (tea, 1), (pot, 1))

    assert refused.value.facts == {"sku_ids": [pot.sku_id]}
    assert (_shelf(tea), _shelf(pot)) == ((3, 0), (1, 1))


def test_all_that_is_short_is_named(things: tuple[Thing, Thing]) -> None:
    with pytest.raises(catalogue.OutOfStock) as refused:
        _reserve("one", *((thing, 4) for thing in things))

    assert refused.value.facts == {"sku_ids": sorted(thing.sku_id for thing in things)}


def test_each_step_counts_once_however_often_it_is_taken(things: tuple[Thing, Thing]) -> None:
    tea, _ = things
    for _ in range(2):
        _reserve("sold", (tea, 2))
        _reserve("free", (tea, 1))
    assert _shelf(tea) == (3, 3)

    for _ in range(2):
        with unit_of_work() as uow:
            catalogue.sell(uow, ref="sold")
            catalogue.unreserve(uow, ref="free")
            catalogue.restock(uow, sku_id=tea.sku_id, quantity=1, ref="back")

    assert _shelf(tea) == (2, 0)


def test_what_is_sold_is_not_given_back_and_what_is_given_back_not_sold(
    things: tuple[Thing, Thing],
) -> None:
    tea, _ = things
    _reserve("sold", (tea, 1))
    _reserve("free", (tea, 1))
    with unit_of_work() as uow:
        catalogue.sell(uow, ref="sold")
        catalogue.unreserve(uow, ref="sold")
        catalogue.unreserve(uow, ref="free")
    assert _shelf(tea) == (2, 0)

    for ref in ("free", "never"):
        with pytest.raises(StockNotReserved), unit_of_work() as uow:
            catalogue.sell(uow, ref=ref)
