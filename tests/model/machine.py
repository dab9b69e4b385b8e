"""Hypothesis trades: it chooses acts, good and bad, and after each looks whether all agrees."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.accounts import api as accounts
from app.kernel.ids import mint
from app.orders import api as orders
from app.orders.api import PartAsked
from app.platform import clock
from app.platform.uow import snapshot
from tests.model.acts import BUYERS, CREATORS, GOODS, TERMS, reprice, set_terms, switch
from tests.model.buying import ANY, KINDS, Buying, pick, refused
from tests.model.plain import Checkout, Line, Order, Refund, Txn

WAITS: tuple[dict[str, int], ...] = (
    {"minutes": 6},
    {"minutes": 31},
    {"hours": 25},
    {"days": 8},
    {"days": 10, "minutes": 1},
    {"days": 15, "minutes": 1},
    {"days": 31},
)
LATER: tuple[dict[str, int], ...] = ({}, *WAITS[4:6], WAITS[5])
NOBODY = ("", "", "", *CREATORS)
PAYMENTS = ("normal", "normal", "normal", "wrong_amount", "too_much")
ASKED = st.lists(
    st.one_of(
        st.tuples(st.just("pieces"), st.integers(1, 4)),
        st.tuples(st.just("fen"), st.sampled_from((1, 7, 34, 5_000, 15_000, 30_000))),
        st.just(("all", 0)),
    ),
    min_size=1,
    max_size=2,
)
"""What is asked back of the first lines of an order: pieces, money, or all that is left."""


@dataclass(frozen=True)
class Sale:
    """What somebody touches, wants and pays, and whether terms change meanwhile."""

    who: str
    wants: dict[str, int]
    touched: list[tuple[int, str]]
    behaviour: str
    offered: str
    rate: int


RATES = (0, 500, 1_234, 3_000)
SALE = st.builds(
    Sale,
    who=st.sampled_from(BUYERS),
    wants=st.dictionaries(st.sampled_from(tuple(GOODS)), st.integers(1, 2), min_size=1),
    touched=st.lists(st.tuples(ANY, st.sampled_from(KINDS)), min_size=1, max_size=3),
    behaviour=st.sampled_from(PAYMENTS),
    offered=st.sampled_from(("", "", "before", "after")),
    rate=st.sampled_from(RATES),
)
ANSWERS = st.sampled_from(("succeeded", "failed"))
TOLD = st.sampled_from((True, True, False))
STAFF = ("keeper", "keeper", "keeper", "wen")


class Trading(Buying):
    """All there is to do."""

    # — Money that comes

    @precondition(lambda self: self.shop.checkouts)
    @rule(number=ANY, behaviour=st.sampled_from(PAYMENTS), told=st.booleans())
    def pay(self, number: int, behaviour: str, told: bool) -> None:
        self.pay_for(pick(self.shop.checkouts, number), behaviour, told=told)

    def pay_for(self, checkout: Checkout, behaviour: str, *, told: bool) -> None:
        def ask() -> object:
            with snapshot() as view:
                seen = self.checkout(view, checkout)
            return orders.pay_path(seen)

        said = refused(ask)
        assert said == ("" if checkout.state == "placed" else "NotPayable")
        checkout.opened |= not said
        paid: list[Any] = []
        said = refused(
            lambda: paid.append(
                self.real.provider.pay(charge_no=checkout.charge, behaviour=behaviour)
            )
        )
        takes = checkout.opened and checkout.state in {"placed", "paid"}
        assert said == ("" if takes else "ProviderRefused")
        for one in paid:
            more = {"wrong_amount": -1, "too_much": 1}.get(behaviour, 0)
            assert one.amount_fen == checkout.total + more
            if not one.amount_fen:
                # A fen too little of one fen: a payment of nothing is none.
                continue
            self.shop.txns.append(Txn(one.txn_id, checkout.charge, one.amount_fen))
            if told:
                self.hear(self.shop.txns[-1])
        self.settle()

    @precondition(lambda self: sum(one.outcome == "unknown" for one in self.shop.txns) < 2)
    @rule(amount=st.integers(1, 20_000))
    def money_for_nothing(self, amount: int) -> None:
        self.shop.txns.append(Txn(mint("event"), mint("payment"), amount, known_there=False))
        self.hear(self.shop.txns[-1])
        self.settle()

    @precondition(lambda self: self.shop.txns)
    @rule(number=ANY)
    def notice(self, number: int) -> None:
        self.hear(pick(self.shop.txns, number))
        self.settle()

    def hear(self, txn: Txn) -> None:
        notice = self.real.provider.notice(
            "charge.paid", charge_no=txn.charge, txn_id=txn.id, amount_fen=txn.amount
        )
        said = orders.hear("none", *notice)
        assert said == self.shop.hear(txn, self.real.now())

    # — Goods that go

    @precondition(lambda self: self.shop.orders)
    @rule(number=ANY, by=st.sampled_from(STAFF))
    def ship(self, number: int, by: str) -> None:
        self.ship_order(pick(self.shop.orders, number), by)

    def ship_order(self, order: Order, by: str) -> None:
        expected = "NotFound" if by != "keeper" else "" if order.state == "paid" else "WrongState"
        said, _, now = self.attempt(
            lambda uow: orders.ship(
                uow,
                order_id=order.id,
                actor_id=self.real.people[by],
                carrier="SF",
                tracking_no="1",
            )
        )
        assert said == expected
        if not said:
            order.state, order.shipped = "shipped", now

    @precondition(lambda self: self.shop.orders)
    @rule(number=ANY, by=st.sampled_from(("", "", *BUYERS)))
    def receive(self, number: int, by: str) -> None:
        self.receive_order(pick(self.shop.orders, number), by)

    def receive_order(self, order: Order, by: str = "") -> None:
        who = by or order.buyer
        expected = "NotFound" if who != order.buyer else ""
        if not expected and order.state != "shipped":
            expected = "WrongState"
        said, _, now = self.attempt(
            lambda uow: orders.receive(
                uow,
                order_id=order.id,
                buyer_id=self.real.people[who],
            )
        )
        assert said == expected
        if not said:
            order.state, order.received = "received", now

    # — Money that goes back

    @precondition(lambda self: self.shop.orders)
    @rule(
        number=ANY,
        by=st.sampled_from(("", "", "", *BUYERS)),
        asked=ASKED,
    )
    def ask(self, number: int, by: str, asked: list[tuple[str, int]]) -> None:
        order = pick(self.shop.orders, number)
        who = by or order.buyer
        wanted, parts = [], []
        for line, (how, many) in zip(order.lines, asked, strict=False):
            want, part = self._part(line, how, many)
            wanted.append(want)
            parts.append(part)
        expected = ""
        if who != order.buyer:
            expected = "NotFound"
        elif order.state not in {"paid", "shipped", "received", "completed"}:
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
        if not said:
            amount = sum(fen for _, _, fen in parts)
            self.shop.hold(Refund(order, amount, parts, id=made))

    def _part(self, line: Line, how: str, many: int) -> tuple[PartAsked, tuple[Line, int, int]]:
        line_id: Any = line.id
        if how == "pieces":
            return PartAsked(line_id, quantity=many), (line, many, line.worth(many) or 0)
        fen = line.left - line.asked if how == "all" else many
        return PartAsked(line_id, amount_fen=fen), (line, 0, fen)

    @precondition(lambda self: self.shop.refunds)
    @rule(number=ANY, by=st.sampled_from(STAFF), granted=st.sampled_from((True, True, False)))
    def decide(self, number: int, by: str, granted: bool) -> None:
        refund = pick(self.shop.refunds, number)
        if not refund.id:
            return
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
        refund = pick(waiting, number)
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

    # — What changes around it

    @rule(wait=st.sampled_from(WAITS))
    def wait(self, wait: dict[str, int]) -> None:
        self.real.do(lambda uow: clock.move(uow.session.connection(), timedelta(**wait)))
        now = self.real.now()
        self.real.run_jobs()
        self.shop.tick(now)
        self.settle()

    @rule(creator=st.sampled_from(CREATORS), on=st.booleans())
    def turn_the_switch(self, creator: str, on: bool) -> None:
        self.shop.switches[creator].append((switch(self.real, creator, on=on), on))

    @rule(merchant=st.sampled_from(tuple(TERMS)), rate=st.sampled_from(RATES))
    def offer(self, merchant: str, rate: int) -> None:
        self.shop.rates[merchant].append((set_terms(self.real, merchant, rate), rate))

    @rule(product=st.sampled_from(tuple(GOODS)), price=st.sampled_from((1, 33, 9_999, 10_001)))
    def reprice(self, product: str, price: int) -> None:
        reprice(self.real, product, price)
        self.shop.prices[product] = price

    @rule(product=st.sampled_from(tuple(GOODS)), change=st.integers(-3, 4))
    def restock(self, product: str, change: int) -> None:
        left = self.shop.on_hand[product] + change
        said = refused(lambda: reprice(self.real, product, None, stock_change=change))
        short = change and left < self.shop.reserved[product]
        assert said == ("StockBelowReserved" if short else "")
        if not said:
            self.shop.on_hand[product] = left

    @precondition(lambda self: len(self.shop.checkouts) > 2)
    @rule(creator=st.sampled_from(CREATORS))
    def ban(self, creator: str) -> None:
        if creator not in self.shop.banned:
            self.real.do(lambda uow: accounts.ban(uow, account_id=self.real.people[creator]))
            self.shop.banned.add(creator)

    # — Whole ways, so that chance gets far

    @initialize(sales=st.lists(SALE, min_size=1, max_size=3))
    def begin(self, sales: list[Sale]) -> None:
        for sale in sales:
            self.sell(sale)

    @rule(sale=SALE)
    def sell(self, sale: Sale) -> None:
        for note, kind in sale.touched:
            self.touch(who=sale.who, own=True, signed=True, note=note, kind=kind, fault="")
        if sale.offered == "before":
            self.offer(merchant="north", rate=sale.rate)
        self.preview(who=sale.who, wants=sale.wants)
        before = len(self.shop.checkouts)
        self.place(number=0, by="")
        if sale.offered == "after":
            self.offer(merchant="north", rate=sale.rate)
        if len(self.shop.checkouts) > before:
            self.pay_for(self.shop.checkouts[-1], sale.behaviour, told=True)

    @rule(sale=SALE, then=st.sampled_from(("cancel", "lapse", "ask")))
    def pay_unheard(self, sale: Sale, then: str) -> None:
        self.preview(who=sale.who, wants=sale.wants)
        before = len(self.shop.checkouts)
        self.place(number=0, by="")
        if len(self.shop.checkouts) > before:
            self.pay_for(self.shop.checkouts[-1], sale.behaviour, told=False)
            if then == "cancel":
                self.cancel(number=0, by="")
            else:
                self.wait(wait={"minutes": 31 if then == "lapse" else 6})

    @precondition(lambda self: self.shop.orders)
    @rule(number=ANY, asked=ASKED, granted=st.sampled_from((True, True, False)))
    def give_back(self, number: int, asked: list[tuple[str, int]], granted: bool) -> None:
        before = len(self.shop.refunds)
        self.ask(number=number, by="", asked=asked)
        if len(self.shop.refunds) > before:
            self.decide(number=0, by="keeper", granted=granted)

    @precondition(lambda self: self.shop.orders)
    @rule(number=ANY, asked=ASKED, says=ANSWERS, told=TOLD)
    def give_back_by_and_by(
        self, number: int, asked: list[tuple[str, int]], says: str, told: bool
    ) -> None:
        before = len(self.shop.refunds)
        self.let_the_provider_say(says="pending")
        self.ask(number=number, by="", asked=asked)
        if len(self.shop.refunds) > before:
            self.decide(number=0, by="keeper", granted=True)
            self.answer(number=0, says=says, told=told)

    @precondition(lambda self: self.shop.orders)
    @rule(number=ANY, held=ASKED, then=ASKED, last=ASKED)
    def ask_while_some_is_held(
        self,
        number: int,
        held: list[tuple[str, int]],
        then: list[tuple[str, int]],
        last: list[tuple[str, int]],
    ) -> None:
        before = len(self.shop.refunds)
        self.ask(number=number, by="", asked=held)
        self.ask(number=number, by="", asked=then)
        if len(self.shop.refunds) > before:
            place = len(self.shop.refunds) - before - 1
            self.decide(number=place, by="keeper", granted=False)
            self.ask(number=number, by="", asked=last)

    @precondition(lambda self: any(one.state == "paid" for one in self.shop.orders))
    @rule(
        received=st.booleans(),
        wait=st.sampled_from(LATER),
        banned=st.sampled_from(NOBODY),
        asked=st.one_of(st.just([]), ASKED),
    )
    def hand_over(
        self, received: bool, wait: dict[str, int], banned: str, asked: list[tuple[str, int]]
    ) -> None:
        for order in [one for one in self.shop.orders if one.state == "paid"]:
            self.ship_order(order, "keeper")
            if received:
                self.receive_order(order)
        if asked:
            self.ask(number=0, by="", asked=asked[:1])
        if banned:
            self.wait(wait={"hours": 25})
            self.ban(creator=banned)
        if wait:
            self.wait(wait=wait)
