"""Previews and refunds as arithmetic: examples, and what holds whatever is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import BrandId, LineId, MerchantId, ProductId, SkuId
from app.orders.errors import RefundTooMuch
from app.orders.rules import (
    QUANTITY_MAX,
    LineLeft,
    Offer,
    Part,
    PartAsked,
    Wanted,
    few_left_fault,
    preview,
    refund_parts,
    release_due,
)

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = LineId("line")


def offer(
    name: str, *, merchant: str = "m", price_fen: int = 100, available: int = 9, listed: bool = True
) -> Offer:
    return Offer(
        SkuId(name),
        ProductId(f"product of {name}"),
        MerchantId(merchant),
        merchant.title(),
        BrandId("brand"),
        name,
        "one size",
        price_fen,
        available,
        listed,
    )


def offers(*found: Offer) -> dict[SkuId, Offer]:
    return {one.sku_id: one for one in found}


def line(net_fen: int = 1_000, quantity: int = 3, **more: int) -> LineLeft:
    facts = {"refunded_fen": 0, "refunding_fen": 0, "refunded_quantity": 0}
    return LineLeft(LINE, net_fen, quantity, **{**facts, **more})


def part(left: LineLeft, **asked: int) -> Part:
    (found,) = refund_parts([PartAsked(LINE, **asked)], {LINE: left})
    return found


# Previews.


def test_a_preview_has_a_parcel_a_merchant_in_the_order_in_which_they_occur() -> None:
    found = offers(offer("tea"), offer("pot", merchant="n", price_fen=700), offer("cup"))

    seen = preview([Wanted(SkuId(one), 2) for one in ("tea", "pot", "cup")], found, at=NOW)

    assert [
        (parcel.merchant_id, parcel.merchant_name, [one.offer.name for one in parcel.quotes])
        for parcel in seen.parcels
    ] == [("m", "M", ["tea", "cup"]), ("n", "N", ["pot"])]
    assert [parcel.total_fen for parcel in seen.parcels] == [400, 1_400]
    assert (seen.total_fen, seen.instant) == (1_800, NOW)


def test_freight_is_paid_with_the_goods_and_is_none_of_them() -> None:
    (parcel,) = preview([Wanted(SkuId("tea"), 2)], offers(offer("tea")), at=NOW).parcels

    sent = replace(parcel, freight_fen=12)

    assert (parcel.freight_fen, sent.goods_fen, sent.total_fen) == (0, 200, 212)


@pytest.mark.parametrize(
    ("available", "listed", "short"),
    [(2, True, False), (3, True, False), (1, True, True), (0, True, True), (9, False, True)],
)
def test_what_cannot_be_had_as_wanted_is_short(available: int, listed: bool, short: bool) -> None:
    found = offers(offer("tea", available=available, listed=listed), offer("pot"))

    seen = preview([Wanted(SkuId("tea"), 2), Wanted(SkuId("pot"), 1)], found, at=NOW)

    assert [one.offer.name for one in seen.short] == (["tea"] if short else [])


@pytest.mark.parametrize(
    ("available", "listed", "had"),
    [(9, True, 2), (1, True, 1), (0, True, 0), (-1, True, 0), (9, False, 0)],
)
def test_what_is_short_counts_as_far_as_it_can_be_had(
    available: int, listed: bool, had: int
) -> None:
    found = offers(offer("tea", available=available, listed=listed))

    seen = preview([Wanted(SkuId("tea"), 2)], found, at=NOW)

    assert seen.total_fen == had * 100


@pytest.mark.parametrize(
    ("left", "in_cart", "said"),
    [
        (3, 0, "Only 3 left."),
        (3, 2, "Only 3 left; 2 of them are in your cart already."),
        (0, 2, "None of these are left."),
    ],
)
def test_what_is_left_is_said_in_words(left: int, in_cart: int, said: str) -> None:
    assert few_left_fault(left, in_cart=in_cart) == said


def test_what_is_agreed_to_does_not_depend_on_the_order_in_which_it_is_named() -> None:
    found = offers(offer("tea"), offer("pot", merchant="n"))
    wanted = [Wanted(SkuId("tea"), 2), Wanted(SkuId("pot"), 1)]

    assert preview(wanted, found, at=NOW).terms() == [["pot", 1, 100], ["tea", 2, 100]]
    assert preview(wanted[::-1], found, at=NOW).terms() == preview(wanted, found, at=NOW).terms()


@given(
    st.lists(
        st.tuples(
            st.sampled_from("mno"),
            st.integers(1, QUANTITY_MAX),
            st.integers(1, 10**9),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_preview_sums_to_what_is_wanted_and_loses_nothing(
    rows: list[tuple[str, int, int]],
) -> None:
    found = offers(
        *(
            offer(f"sku{place}", merchant=merchant, price_fen=price, available=QUANTITY_MAX)
            for place, (merchant, _, price) in enumerate(rows)
        )
    )
    wanted = [Wanted(SkuId(f"sku{place}"), row[1]) for place, row in enumerate(rows)]

    seen = preview(wanted, found, at=NOW)

    assert seen.total_fen == sum(count * price for _, count, price in rows)
    assert len(seen.terms()) == len(rows)
    assert [one.merchant_id for one in seen.parcels] == list(dict.fromkeys(row[0] for row in rows))


# Refunds.


def test_pieces_are_worth_their_share_to_the_fen() -> None:
    # 10.00 in three pieces: 3.34, 3.33, 3.33.
    assert part(line(), quantity=1) == Part(LINE, 1, 334)
    assert part(line(), quantity=2) == Part(LINE, 2, 667)
    assert part(line(), quantity=3) == Part(LINE, 3, 1_000)
    gone = line(refunded_fen=334, refunded_quantity=1)
    assert part(gone, quantity=1) == Part(LINE, 1, 333)


def test_the_last_pieces_take_what_is_left_after_refunds_by_amount() -> None:
    dear = line(refunded_fen=900)

    assert part(dear, quantity=1) == Part(LINE, 1, 100)
    assert part(line(refunded_fen=500), quantity=3) == Part(LINE, 3, 500)
    assert part(line(refunded_fen=334 + 5, refunded_quantity=1), quantity=2).amount_fen == 661


def test_pieces_that_are_being_asked_for_cannot_be_asked_for_again() -> None:
    held = line(net_fen=200, quantity=2, refunding_fen=100, refunding_quantity=1)

    assert part(held, quantity=1) == Part(LINE, 1, 100)
    with pytest.raises(RefundTooMuch):
        part(held, quantity=2)


def test_an_amount_goes_back_as_asked_and_takes_no_piece() -> None:
    assert part(line(), amount_fen=1) == Part(LINE, 0, 1)
    assert part(line(), amount_fen=1_000) == Part(LINE, 0, 1_000)


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (line(), {"quantity": 4}),
        (line(), {"amount_fen": 1_001}),
        (line(), {"amount_fen": 0}),
        (line(), {"amount_fen": -1}),
        (line(), {}),
        (line(), {"quantity": 0}),
        (line(refunded_fen=1_000), {"quantity": 1}),
        (line(refunding_fen=1_000), {"quantity": 1}),
        (line(refunding_fen=1_000), {"amount_fen": 1}),
        (line(refunded_fen=400, refunding_fen=500), {"amount_fen": 101}),
        (line(refunded_fen=667, refunded_quantity=2), {"quantity": 2}),
        (line(refunded_fen=1_000, refunded_quantity=3), {"quantity": 1}),
    ],
)
def test_more_than_is_left_is_refused_and_told(left: LineLeft, asked: dict[str, int]) -> None:
    with pytest.raises(RefundTooMuch) as refused:
        part(left, **asked)

    assert refused.value.facts == {"line_id": LINE, "left_fen": left.left_fen}


def test_lines_are_answered_in_the_order_in_which_they_are_asked_for() -> None:
    other = LineId("other")
    left = {LINE: line(), other: replace(line(net_fen=50, quantity=1), line_id=other)}

    found = refund_parts([PartAsked(other, quantity=1), PartAsked(LINE, amount_fen=7)], left)

    assert found == (Part(other, 1, 50), Part(LINE, 0, 7))


ASKS = st.lists(
    st.tuples(
        st.sampled_from(["quantity", "amount_fen"]),
        st.integers(1, 60),
        st.sampled_from(["confirmed", "refused", "under way"]),
    ),
    max_size=12,
)


@given(st.integers(1, 50), st.integers(1, 9), ASKS)
def test_whatever_is_asked_and_decided_never_more_than_all_goes_back(
    net_fen: int, quantity: int, asks: list[tuple[str, int, str]]
) -> None:
    left = line(net_fen=net_fen, quantity=quantity)
    for how, many, end in asks:
        try:
            got = part(left, **{how: many})
        except RefundTooMuch:
            assert many > (left.quantity_left if how == "quantity" else left.left_fen) or (
                how == "quantity" and _worth_nothing(left, many)
            )
            continue
        assert 0 < got.amount_fen <= left.left_fen
        assert got.quantity == (many if how == "quantity" else 0)
        if how == "amount_fen":
            assert got.amount_fen == many
        left = _decided(left, got, end)
        assert left.refunded_fen + left.refunding_fen <= net_fen
        assert left.refunded_quantity + left.refunding_quantity <= quantity


@given(st.integers(1, 10**9), st.integers(1, 9), st.data())
def test_all_pieces_together_are_worth_all_in_whatever_steps(
    net_fen: int, quantity: int, data: st.DataObject
) -> None:
    left, went = line(net_fen=max(net_fen, quantity), quantity=quantity), 0
    while left.quantity_left:
        got = part(left, quantity=data.draw(st.integers(1, left.quantity_left)))
        left, went = _decided(left, got, "confirmed"), went + got.amount_fen

    assert went == left.net_fen
    assert left.left_fen == 0


def _decided(left: LineLeft, got: Part, end: str) -> LineLeft:
    if end == "refused":
        return left
    if end == "confirmed":
        return replace(
            left,
            refunded_fen=left.refunded_fen + got.amount_fen,
            refunded_quantity=left.refunded_quantity + got.quantity,
        )
    return replace(
        left,
        refunding_fen=left.refunding_fen + got.amount_fen,
        refunding_quantity=left.refunding_quantity + got.quantity,
    )


def _worth_nothing(left: LineLeft, many: int) -> bool:
    """Tell whether the pieces are worth less than a fen, or nothing is left of the line."""
    return left.left_fen == 0 or left.net_fen < left.quantity


@pytest.mark.parametrize("days", [1, 15])
def test_money_is_released_so_many_days_after_the_receipt(days: int) -> None:
    assert release_due(NOW, days=days) == NOW + timedelta(days=days)
