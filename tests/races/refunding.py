"""Races for money that goes back: refund against refund, decisions, notices, refund against release."""

from datetime import timedelta
from functools import partial
from typing import Any

from app.kernel.ids import OrderId, RefundId
from app.orders import api as orders
from app.orders.api import OrderView, PartAsked
from app.platform.uow import UnitOfWork, snapshot, transact
from tests.races.buying import bought, one_answer
from tests.races.crowd import CLIENTS, Answer, Call, statuses, unexpected
from tests.races.ground import Ground
from tests.races.rounds import Round
from tests.support import engines
from tests.support.town import stock_thing

PIECES = 3
"""Of each of the two lines that are refunded piece by piece."""

DUE = 4
"""Orders that are due to be released in one round."""

HELD_DAYS = 20
"""So long ago was received what is due to be released."""


def same_line(ground: Ground) -> Round:
    """Twenty refunds of one line of three pieces: three are taken."""
    order = _order(ground, 1)
    (line,) = order.lines
    calls = [_ask(ground, order, [line.id]) for _ in range(CLIENTS)]
    return Round(calls, partial(_judge_pieces, ground, order))


def lines_of_one_order(ground: Ground) -> Round:
    """Twenty refunds over both lines of an order, from both ends: three are taken."""
    order = _order(ground, 2)
    ids = [line.id for line in order.lines]
    calls = [_ask(ground, order, ids[:: 1 - 2 * (place % 2)]) for place in range(CLIENTS)]
    return Round(calls, partial(_judge_pieces, ground, order))


def same_key_refund(ground: Ground) -> Round:
    """One refund, asked for twenty times under its key: one, and one answer."""
    order = _order(ground, 1)
    call = _ask(ground, order, [order.lines[0].id])

    def judge(answers: list[Answer]) -> list[str]:
        faults = one_answer([*answers, ground.crowd.one(call)], 201)
        return faults + _under_way(ground, order, 1)

    return Round([call] * CLIENTS, judge)


def decisions(ground: Ground) -> Round:
    """A refund that is granted and refused at one moment: the first holds, all others are told."""
    order = _order(ground, 1)
    refund_id = transact(partial(_asked, order))
    calls = [
        Call(
            "PUT",
            f"/api/v1/refunds/{refund_id}/decision",
            ground.keeper,
            {"granted": place % 2 == 0},
            key=ground.name("decide"),
        )
        for place in range(CLIENTS)
    ]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None, 409: "refund-decided"})
        if (decided := statuses(answers).get(200, 0)) != 1:
            faults.append(f"{decided} decided one refund")
        # Asked and decided; where it was granted the provider may confirm it at any moment.
        steps = (
            "SELECT count(*) FROM orders_step WHERE order_id = :id"
            " AND what LIKE 'refund-%ed' AND what <> 'refund-confirmed'"
        )
        found = ground.value(steps, id=order.id)
        return faults if found == 2 else [*faults, f"{found} steps instead of 2"]

    return Round(calls, judge)


def refund_notices(ground: Ground) -> Round:
    """A granted refund, confirmed by nineteen sides and by the worker: sent back once."""
    order = _order(ground, 1)
    refund_id = transact(partial(_granted, order, ground))
    with snapshot() as view:
        fen = orders.refund(view, refund_id=refund_id).amount_fen
    said = {"refund_no": refund_id, "amount_fen": fen}
    calls = [ground.notice("refund.succeeded", **said) for _ in range(CLIENTS)]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None})
        news = sum((one.body or {}).get("outcome") == "confirmed" for one in answers)
        if news > 1:
            faults.append(f"{news} were told that they confirmed it")
        asked = "SELECT refunded_fen, refunding_fen FROM orders_line WHERE order_id = :id"
        line = tuple(ground.rows(asked, id=order.id)[0])
        return faults if line == (fen, 0) else [*faults, f"refunded {line}, not ({fen}, 0)"]

    return Round(calls, judge)


def refund_or_release(ground: Ground) -> Round:
    """Orders, asked back in part while the clock releases them: a line is one or the other."""
    due = [_received(ground) for _ in range(DUE)]
    release = Call(act=lambda: ground.ask_beside(ground.releasing))
    calls = [release] + [
        _ask(ground, due[place % DUE], [due[place % DUE].lines[0].id])
        for place in range(CLIENTS - 1)
    ]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers[1:], {201: None, 422: "refund-too-much"})
        if not str(answers[0].body).isdecimal():
            faults.append(f"the release said {answers[0].body}")
        for order in due:
            faults += _kept_apart(ground, order)
        return faults

    return Round(calls, judge)


def _judge_pieces(ground: Ground, order: OrderView, answers: list[Answer]) -> list[str]:
    faults = unexpected(answers, {201: None, 422: "refund-too-much"})
    if (taken := statuses(answers).get(201, 0)) != PIECES:
        faults.append(f"{taken} refunds of {PIECES} pieces were taken")
    return faults + _under_way(ground, order, PIECES)


def _under_way(ground: Ground, order: OrderView, right: int) -> list[str]:
    """Hold an order to how many pieces of each line are on their way back."""
    faults = []
    for line in order.lines:
        parts = ground.value(
            "SELECT coalesce(sum(quantity), 0) FROM orders_refund_part WHERE line_id = :id",
            id=line.id,
        )
        kept = ground.value("SELECT refunding_quantity FROM orders_line WHERE id = :id", id=line.id)
        if (parts, kept) != (right, right):
            faults.append(f"{parts} pieces are asked back, the line says {kept}, {right} is right")
    return faults


def _kept_apart(ground: Ground, order: OrderView) -> list[str]:
    """Hold an order to it that no line was released while a refund of it was under way."""
    rows = ground.rows(
        "SELECT l.id FROM orders_line l JOIN orders_refund_part p ON p.line_id = l.id"
        " JOIN orders_refund r ON r.id = p.refund_id"
        " WHERE l.order_id = :id AND r.state = 'asked' AND l.released_at > r.asked_at",
        id=order.id,
    )
    if engines.SCALE:
        # There the two instants are of two transactions that may overlap: they tell nothing.
        rows = []
    return [f"{row[0]} was released with a refund under way" for row in rows]


def _order(ground: Ground, lines: int) -> OrderView:
    """Return a paid order of the fifth buyer, of so many lines of `PIECES` pieces."""
    things = [stock_thing(ground.shop, ground.name("back"), stock=PIECES) for _ in range(lines)]
    done = bought(ground, ground.people[5], dict.fromkeys(things, PIECES))
    with snapshot() as view:
        return orders.order(view, order_id=done.order_ids[0])


def _received(ground: Ground) -> OrderView:
    """Return an order that was received so long ago that it is due to be released."""
    order = _order(ground, 1)

    def work(uow: UnitOfWork) -> None:
        orders.ship(
            uow, order_id=order.id, actor_id=ground.keeper.id, carrier="SF", tracking_no="1"
        )
        orders.receive(uow, order_id=order.id, buyer_id=order.buyer_id)

    with snapshot() as view:
        then = view.now - timedelta(days=HELD_DAYS)
    transact(work, now=then)
    return order


def _asked(order: OrderView, uow: UnitOfWork) -> RefundId:
    return orders.ask_refund(
        uow,
        order_id=OrderId(order.id),
        buyer_id=order.buyer_id,
        asked=[PartAsked(order.lines[0].id, quantity=1)],
        reason="race",
    )


def _granted(order: OrderView, ground: Ground, uow: UnitOfWork) -> RefundId:
    refund_id = _asked(order, uow)
    orders.decide_refund(
        uow, refund_id=refund_id, actor_id=ground.keeper.id, granted=True, answer=""
    )
    return refund_id


def _ask(ground: Ground, order: OrderView, line_ids: list[Any]) -> Call:
    body = {"parts": [{"line_id": one, "quantity": 1} for one in line_ids], "reason": "race"}
    path = f"/api/v1/orders/{order.id}/refunds"
    return Call("POST", path, ground.people[5], body, key=ground.name("ask"))


RACES = (
    same_line,
    lines_of_one_order,
    same_key_refund,
    decisions,
    refund_notices,
    refund_or_release,
)
