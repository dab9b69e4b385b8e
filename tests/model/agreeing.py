"""The shop and its model, side by side: what must agree after each act, and in the end."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from app.cli import deep
from app.kernel.problems import Problem
from app.ledger import api as ledger
from app.orders import api as orders
from app.platform.uow import UnitOfWork, snapshot
from tests.model.acts import Real, copied, plain
from tests.model.plain import EPOCH, Checkout


class Agreeing(RuleBasedStateMachine):
    """The shop and its model, side by side."""

    town: ClassVar[tuple[Real, Path]]

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        source, folder = self.town
        fresh = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.real = self.open.enter_context(copied(source, folder, fresh))
        self.shop = plain(self.real)
        self.previews: list[dict[str, Any]] = []
        self.says = "succeeded"

    def teardown(self) -> None:
        try:
            with snapshot() as view:
                assert ledger.audit(view).clean
                broken = [one for one in deep.judge(view) if one.broken]
            # The copy of a town has neither the bytes of its pictures nor its index.
            assert {one.invariant.number for one in broken} <= {"I33", "I34"}, broken
        finally:
            self.open.close()

    def attempt(self, work: Callable[[UnitOfWork], Any]) -> tuple[str, Any, datetime]:
        """Do ``work`` in the real shop; return the problem it met, or what it made and when."""
        try:
            made, now = self.real.do(work)
        except Problem as problem:
            return type(problem).__name__, None, EPOCH
        return "", made, now

    def settle(self) -> None:
        """Carry what waits, in both."""
        self.real.drain()
        self.shop.ask_provider(self.says)

    def checkout(self, view: Any, checkout: Checkout) -> Any:
        """Return the real one."""
        return orders.checkout(view, checkout_id=checkout.id)

    @invariant()
    def orders_agree(self) -> None:
        found = dict(self.real.rows("SELECT id, state FROM orders_order"))
        assert found == {one.id: one.state for one in self.shop.orders}
        columns = "refunded_fen, refunding_fen, refunded_quantity, refunding_quantity"
        lines = self.real.rows(f"SELECT id, {columns}, released_at IS NOT NULL FROM orders_line")
        assert {one[0]: tuple(one[1:]) for one in lines} == {
            line.id: (line.back, line.asked, line.pieces_back, line.pieces_asked, line.released)
            for order in self.shop.orders
            for line in order.lines
        }

    @invariant()
    def stock_agrees(self) -> None:
        rows = self.real.rows("SELECT id, on_hand, reserved FROM catalogue_sku")
        names = {real: name for name, real in self.real.skus.items()}
        assert {names[row[0]]: tuple(row[1:]) for row in rows} == {
            one: (many, self.shop.reserved[one]) for one, many in self.shop.on_hand.items()
        }

    @invariant()
    def refunds_agree(self) -> None:
        rows = self.real.rows("SELECT order_id, amount_fen, state FROM orders_refund")
        assert sorted((row[0] or "", *row[1:]) for row in rows) == sorted(
            (one.order.id if one.order else "", one.amount, one.state) for one in self.shop.refunds
        )

    @invariant()
    def credits_agree(self) -> None:
        rows = self.real.rows(
            "SELECT line_id, creator_id, commission_bp, credited_fen FROM attribution_share"
        )
        assert {(row[0], self.real.named(row[1]), *row[2:]) for row in rows} == {
            (line.id, *line.credit, line.left)
            for order in self.shop.orders
            for line in order.lines
            if line.credit is not None
        }

    @invariant()
    def money_agrees(self) -> None:
        stands: dict[str, int] = {}
        moves = self.real.rows("SELECT source, target, amount_fen FROM ledger_move")
        for source, target, fen in moves:
            stands[source] = stands.get(source, 0) - fen
            stands[target] = stands.get(target, 0) + fen
        found = {self.real.named(one): fen for one, fen in stands.items() if fen}
        assert found == self.shop.balances()
