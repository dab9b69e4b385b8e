"""What holds of postings whatever happens."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import AccountId
from app.kernel.money import ZERO, Money
from app.ledger import chart, rules
from app.ledger.rules import LineMoney
from tests.ledger.books import SELLER, WORLD, Books, line_of, sold

pytestmark = pytest.mark.pure


@st.composite
def lines(draw: st.DrawFn, line_id: str = "line") -> LineMoney:
    net = draw(st.integers(0, 10**7))
    people = draw(st.lists(st.sampled_from(["ann", "bob", "cat"]), unique=True, max_size=3))
    weights = [*(draw(st.integers(0, 1_000)) for _ in people), draw(st.integers(1, 1_000))]
    parts = Money(net).split(weights)
    fee_bp = draw(st.sampled_from([0, 333, 500, 1_000]))
    shares = [
        (who, part.fen, draw(st.integers(0, 10_000 - fee_bp)))
        for who, part in zip(people, parts, strict=False)
    ]
    return line_of(net, shares, line_id=line_id, fee_bp=fee_bp)


def amounts_of(line: LineMoney) -> st.SearchStrategy[int]:
    return st.integers(0, line.net.fen)


def stood(books: Books, holder: chart.Holder) -> Money:
    """Return what a holder has had: what stands to them, and what was paid out."""
    paid = [
        move.amount
        for move in books.moves
        if move.kind == "payout" and move.source == holder.payable
    ]
    stands = [books.stands.get(getattr(holder, state), ZERO) for state in chart.STATES]
    return Money.total([*stands, *paid])


def hold(books: Books, standing: Sequence[LineMoney]) -> None:
    """Assert that everybody has had exactly the portions of what the lines are now."""
    assert Money.total(books.stands.values()) == ZERO
    fees = Money.total(line.fee for line in standing)
    assert books.stands.get(chart.FEES, ZERO) == fees
    earned = ZERO
    for who in ("ann", "bob", "cat"):
        due = Money.total(
            share.commission
            for line in standing
            for share in line.shares
            if share.creator_id == who
        )
        assert stood(books, chart.creator(AccountId(who))) == due
        earned += due
    net = Money.total(line.net for line in standing)
    assert stood(books, SELLER) == net - fees - earned


@given(st.data())
def test_whatever_happens_everybody_has_had_the_portions_of_what_is_left(
    data: st.DataObject,
) -> None:
    books = Books()
    standing = [data.draw(lines(name)) for name in ("a", "b", "c")]
    books.post(rules.paid("order", "sandbox", standing))
    for number in range(data.draw(st.integers(0, 10))):
        place = data.draw(st.integers(0, 2))
        line = standing[place]
        step = data.draw(st.sampled_from(["refund", "release", "pay out", "regrade"]))
        if step == "refund":
            standing[place] = books.refund(line, data.draw(amounts_of(line)), str(number))
        elif step == "release" and not line.released:
            standing[place] = books.release(line)
        elif step == "pay out":
            for who in ("m", "ann", "bob", "cat"):
                books.pay_out((SELLER if who == "m" else chart.creator(AccountId(who))).payable)
        elif step == "regrade" and not line.released:
            drawn = data.draw(lines(line.line_id))
            given_ = line.net.split([1, *[1] * len(drawn.shares)])
            shares = tuple(
                replace(share, credited=part, commission_bp=min(share.commission_bp, 9_000))
                for share, part in zip(drawn.shares, given_, strict=False)
            )
            new = replace(line, shares=shares)
            books.post(rules.reattributed("recredited", str(number), line, new))
            standing[place] = new
        hold(books, standing)
    for place, line in enumerate(standing):
        standing[place] = books.refund(line, line.net.fen, f"last-{place}")
    hold(books, standing)
    assert not any(line.net for line in standing)


@given(st.data())
def test_any_sequence_of_refunds_ends_at_zero_when_all_is_refunded(data: st.DataObject) -> None:
    line = data.draw(lines())
    books = sold(line)
    if data.draw(st.booleans()):
        line = books.release(line)

    for number in range(data.draw(st.integers(0, 5))):
        line = books.refund(line, data.draw(amounts_of(line)), str(number))
    line = books.refund(line, line.net.fen, "last")

    assert books.left == {}
    assert not any(share.credited for share in line.shares)


@given(st.data())
def test_a_refund_never_raises_a_share(data: st.DataObject) -> None:
    line = data.draw(lines())
    amount = data.draw(amounts_of(line))

    after = rules.refund_line(line, Money(amount))

    assert after.net == line.net - Money(amount)
    assert after.fee <= line.fee
    for old, new in zip(line.shares, after.shares, strict=True):
        assert ZERO <= new.credited <= old.credited
        assert new.commission <= old.commission


@given(st.data())
def test_refunds_in_parts_return_the_fee_that_one_refund_would(data: st.DataObject) -> None:
    line = data.draw(lines())
    first = data.draw(amounts_of(line))
    second = data.draw(st.integers(0, line.net.fen - first))
    in_parts, at_once = sold(line), sold(line)

    in_parts.refund(in_parts.refund(line, first, "1"), second, "2")
    at_once.refund(line, first + second)

    for account in (chart.FEES, WORLD):
        assert in_parts.stands.get(account, ZERO) == at_once.stands.get(account, ZERO)


@given(lines("a"), lines("b"), st.data())
def test_the_order_of_independent_lines_does_not_matter(
    one: LineMoney, other: LineMoney, data: st.DataObject
) -> None:
    changes = [(line, Money(data.draw(amounts_of(line)))) for line in (one, other)]
    forward, backward = Books(), Books()

    for books, step in ((forward, 1), (backward, -1)):
        books.post(rules.paid("order", "sandbox", [one, other][::step]))
        books.post(rules.refunded("r", "sandbox", changes[::step], books.stands))
        after = [rules.refund_line(*change) for change in changes]
        books.post(rules.released("order", after[::step], books.stands))

    assert forward.left == backward.left


@given(st.data())
def test_an_entry_and_its_reverse_leave_the_books_as_they_were(data: st.DataObject) -> None:
    line = data.draw(lines())
    books = sold(line)
    before = books.left
    entry = rules.refunded(
        "r", "sandbox", [(line, Money(data.draw(amounts_of(line))))], books.stands
    )

    books.post(entry)
    books.post(entry.reversed("undone"))

    assert books.left == before
