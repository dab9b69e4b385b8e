"""Money that goes back, in the shop and in its model alike."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.orders import api as orders
from app.orders.api import PartAsked
from tests.model.acts import BUYERS
from tests.model.buying import ANY, Buying, aim, pick
from tests.model.plain import Line, Order, Refund

HOWS = ("one", "one", "rest", "some fen", "half", "most", "all", "too much", "too many")
ASKED = st.lists(st.sampled_from(HOWS), min_size=1, max_size=2)
"""What is asked back of the lines of an order: pieces, a share of what is left, or too much."""

GIVES = {"paid", "shipped", "received", "completed"}
"""What an order is whose money can go back."""

ANSWERS = st.sampled_from(("succeeded", "failed"))
TOLD = st.sampled_from((True, True, False))
STAFF = ("keeper", "keeper", "keeper", "wen")


def gives(order: Order) -> bool:
    """Tell whether any of an order's money can go back."""
    return order.state in GIVES and any(line.asked < line.left for line in order.lines)


class Returning(Buying):
    """What is asked back, decided on and told by the provider."""

    @precondition(lambda self: self.shop.orders)
    @rule(
        number=ANY,
        by=st.sampled_from(("", "", "", *BUYERS)),
        asked=ASKED,
    )
    def ask(self, number: int, by: str, asked: list[str]) -> None:
        self.ask_for(aim(self.shop.orders, number, gives), asked, by)

    def ask_for(self, order: Order, asked: Sequence[str], by: str = "") -> list[Refund]:
        """Ask for an order's money; return the refund, where it is not refused at once."""
        who = by or order.buyer
        wanted, parts = [], []
        lines = [one for one in order.lines if one.asked < one.left] or order.lines
        for line, how in zip(lines, asked, strict=False):
            want, part = self._part(line, how)
            wanted.append(want)
            parts.append(part)
        expected = ""
        if who != order.buyer:
            expected = "NotFound"
        elif order.state not in GIVES:
            expected = "WrongState"
        elif any(not 0 < fen <= line.left - line.asked for line, _, fen in parts):
            expected = "RefundTooMuch"
        said, made, _ = self.attempt(
            lambda uow: orders.ask_refund(
                uow,
                order_id=order.id,
                buyer_id=self.real.people[who],
                asked=wanted,
                reason="another colour",
            )
        )
        assert said == expected
        if said:
            return []
        refund = Refund(order, sum(fen for _, _, fen in parts), parts, id=made)
        self.shop.hold(refund)
        return [refund]

    def _part(self, line: Line, how: str) -> tuple[PartAsked, tuple[Line, int, int]]:
        line_id: Any = line.id
        pieces = line.quantity - line.pieces_back - line.pieces_asked
        many = {"one": 1, "rest": pieces or 1, "too many": pieces + 1}.get(how)
        if many is not None:
            return PartAsked(line_id, quantity=many), (line, many, line.worth(many) or 0)
        free = line.left - line.asked
        shares = {
            "some fen": min(free, 7),
            "half": free // 2 or free,
            "most": free * 9 // 10 or free,
        }
        fen = free + 1 if how == "too much" else shares.get(how, free)
        return PartAsked(line_id, amount_fen=fen), (line, 0, fen)

    @precondition(lambda self: self.shop.refunds)
    @rule(number=ANY, by=st.sampled_from(STAFF), granted=st.sampled_from((True, True, False)))
    def decide(self, number: int, by: str, granted: bool) -> None:
        refund = aim(self.shop.refunds, number, lambda one: one.state == "asked")
        if refund.id:
            self.decide_on(refund, by, granted=granted)

    def decide_on(self, refund: Refund, by: str = "keeper", *, granted: bool) -> None:
        expected = "NotFound" if by != "keeper" else ""
        if not expected and refund.state != "asked":
            expected = "RefundDecided"
        said, _, _ = self.attempt(
            lambda uow: orders.decide_refund(
                uow,
                refund_id=refund.id,
                actor_id=self.real.people[by],
                granted=granted,
                answer="",
            )
        )
        assert said == expected
        if not said and granted:
            refund.state = "granted"
        elif not said:
            self.shop.settle(refund, "refused")
        self.settle()

    @rule(says=st.sampled_from(("succeeded", "pending", "failed", "succeeded")))
    def let_the_provider_say(self, says: str) -> None:
        self.says = self.real.provider.refund_says = says

    @precondition(lambda self: any(one.there == "pending" and one.id for one in self.shop.refunds))
    @rule(number=ANY, says=ANSWERS, told=TOLD)
    def answer(self, number: int, says: str, told: bool) -> None:
        waiting = [one for one in self.shop.refunds if one.there == "pending" and one.id]
        self.answer_for(pick(waiting, number), says, told=told)

    def answer_for(self, refund: Refund, says: str, *, told: bool) -> None:
        kept = self.real.provider.refunds
        kept[refund.id] = (*kept[refund.id][:2], says)
        refund.there = says
        if told:
            for again in range(2):
                notice = self.real.provider.notice(
                    f"refund.{says}", refund_no=refund.id, amount_fen=refund.amount
                )
                said = orders.hear("none", *notice)
                news = "confirmed" if says == "succeeded" else "failed"
                assert said == ("known" if again else news)
            self.shop.settle_as_told(refund)
        self.settle()
