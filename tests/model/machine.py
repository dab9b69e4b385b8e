"""Hypothesis trades: it chooses acts, good and bad, and after each looks whether all agrees."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.accounts import api as accounts
from app.kernel.ids import mint
from app.orders import api as orders
from app.platform import clock
from app.platform.uow import snapshot
from tests.model.acts import BUYERS, CREATORS, GOODS, TERMS, reprice, set_terms, switch
from tests.model.buying import ANY, FAULTS, KINDS, aim, refused
from tests.model.plain import Checkout, Order, Txn
from tests.model.returning import ANSWERS, ASKED, STAFF, TOLD, Returning, gives

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
PAYMENTS = (*["normal"] * 6, "wrong_amount", "too_much")

HELD = {"paid", "shipped", "received"}
"""What an order is whose money waits for its release."""


@dataclass(frozen=True)
class Sale:
    """One sale from the touches on, by as much as happens in it."""

    who: str
    wants: dict[str, int]
    touched: list[tuple[int, str, str]]
    """Note, kind, and what is wrong with it."""
    days: int = 0
    """Between the touches and the order."""
    off: str = ""
    """A creator who does not earn while they touch."""
    device: str = "own"
    """Whether they sign in where they touched, and when: before they buy, or after.

    Lent, it was another who touched, signed in there.
    """
    behaviour: str = "normal"
    offered: str = ""
    """When the merchant offers another ``rate``."""
    rate: int = 0
    price: int = 0
    """Asked from now on for the first of the goods, after they were looked at and before the order."""
    asked: tuple[str, ...] = ()
    """What is asked back, and granted, as soon as it is ``then``."""
    then: str = "paid"


RATES = (0, 500, 1_234, 3_000)
PRICES = (1, 33, 9_999, 10_001)
SALE = st.builds(
    Sale,
    who=st.sampled_from(BUYERS),
    wants=st.dictionaries(st.sampled_from(tuple(GOODS)), st.integers(1, 3), min_size=1),
    touched=st.lists(
        st.tuples(ANY, st.sampled_from(KINDS), st.sampled_from(FAULTS)), min_size=1, max_size=3
    ),
    days=st.sampled_from((*[0] * 6, 8, 8, 31)),
    off=st.sampled_from((*[""] * 7, *CREATORS)),
    device=st.sampled_from(("own", "own", "own", "before", "after", "lent")),
    behaviour=st.sampled_from(PAYMENTS),
    offered=st.sampled_from(("", "", "before", "after")),
    rate=st.sampled_from(RATES),
    price=st.sampled_from((*[0] * 20, *PRICES)),
    asked=st.one_of(st.just(()), ASKED.map(tuple)),
    then=st.sampled_from(("paid", "paid", "shipped", "received late", "received", "completed")),
)


def waits(order: Order) -> bool:
    """Tell whether an order that is credited to somebody waits for its release."""
    return order.state in HELD and any(line.credit for line in order.lines)


class Trading(Returning):
    """All there is to do."""

    # — Money that comes

    @precondition(lambda self: self.shop.checkouts)
    @rule(number=ANY, behaviour=st.sampled_from(PAYMENTS), told=st.booleans())
    def pay(self, number: int, behaviour: str, told: bool) -> None:
        checkout = aim(self.shop.checkouts, number, lambda one: one.state == "placed")
        self.pay_for(checkout, behaviour, told=told)

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
        self.hear(aim(self.shop.txns, number, lambda one: one.outcome is None))
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
        self.ship_order(aim(self.shop.orders, number, lambda one: one.state == "paid"), by)

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
        self.receive_order(aim(self.shop.orders, number, lambda one: one.state == "shipped"), by)

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

    @rule(product=st.sampled_from(tuple(GOODS)), price=st.sampled_from(PRICES))
    def reprice(self, product: str, price: int) -> None:
        reprice(self.real, product, price)
        self.shop.prices[product] = price

    @rule(product=st.sampled_from(tuple(GOODS)), change=st.integers(-3, 4) | st.none())
    def restock(self, product: str, change: int | None) -> None:
        if change is None:
            # One piece more than nobody has reserved.
            change = self.shop.reserved[product] - self.shop.on_hand[product] - 1
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
        self.look_around(sale)
        self.change_around(sale, "before")
        for checkout in self.order(sale):
            self.change_around(sale, "after")
            self.pay_for(checkout, sale.behaviour, told=True)
            for order in checkout.orders:
                self.go_on(order, sale)

    def look_around(self, sale: Sale) -> None:
        own, lent = sale.device == "own", sale.device == "lent"
        who = next(one for one in BUYERS if one != sale.who) if lent else sale.who
        if sale.off:
            self.turn_the_switch(creator=sale.off, on=False)
        for note, kind, fault in sale.touched:
            self.touch(who=who, own=own, signed=own or lent, note=note, kind=kind, fault=fault)
        if sale.off:
            self.turn_the_switch(creator=sale.off, on=True)
        if sale.days:
            self.wait(wait={"days": sale.days})

    def change_around(self, sale: Sale, when: str) -> None:
        if sale.offered == when:
            self.offer(merchant="north", rate=sale.rate)
        if (sale.device if sale.device != "lent" else "before") == when:
            self.sign_in_on_the_shared_device(who=sale.who)

    def order(self, sale: Sale) -> list[Checkout]:
        """Look and order; return the checkout, where it is not refused."""
        before = len(self.shop.checkouts)
        self.preview(who=sale.who, wants=sale.wants)
        if sale.price:
            self.reprice(product=next(iter(sale.wants)), price=sale.price)
        self.place(number=0, by="")
        return self.shop.checkouts[before:]

    def go_on(self, order: Order, sale: Sale) -> None:
        self.bring(order, sale.then)
        for refund in self.ask_for(order, sale.asked) if sale.asked else []:
            self.decide_on(refund, granted=True)

    def bring(self, order: Order, state: str) -> None:
        """Bring an order so far, where it has not ended."""
        if state != "paid" and order.state == "paid":
            self.ship_order(order, "keeper")
        if state in {"received", "completed"} and order.state == "shipped":
            self.receive_order(order)
        if state == "received late":
            self.wait(wait={"days": 10, "minutes": 1})
        if state == "completed":
            self.wait(wait={"days": 15, "minutes": 1})

    @precondition(lambda self: len(self.shop.banned) < 2)
    @rule(sale=SALE, number=ANY)
    def ban_who_is_credited(self, sale: Sale, number: int) -> None:
        self.sell(sale)
        waiting = [one for one in self.shop.orders if waits(one)]
        if not waiting:
            return
        order = aim(
            waiting, number, lambda one: any(0 < line.back < line.net for line in one.lines)
        )
        self.wait(wait=WAITS[0])
        for creator in [line.credit[0] for line in order.lines if line.credit][:1]:
            self.ban(creator=creator)
        self.wait(wait={"hours": 25})
        self.bring(order, "completed")

    @rule(sale=SALE, then=st.sampled_from(("cancel", "lapse", "ask")))
    def pay_unheard(self, sale: Sale, then: str) -> None:
        for checkout in self.order(sale):
            self.restock(product=next(iter(sale.wants)), change=None)
            self.pay_for(checkout, sale.behaviour, told=False)
            if then == "cancel":
                self.cancel(number=0, by="")
            else:
                self.wait(wait={"minutes": 31 if then == "lapse" else 6})
            if self.shop.txns:
                self.notice(number=0)

    @precondition(lambda self: any(gives(one) for one in self.shop.orders))
    @rule(number=ANY, asked=ASKED, granted=st.sampled_from((True, True, False)))
    def give_back(self, number: int, asked: list[str], granted: bool) -> None:
        for refund in self.ask_for(aim(self.shop.orders, number, gives), asked):
            self.decide_on(refund, granted=granted)

    @precondition(lambda self: any(gives(one) for one in self.shop.orders))
    @rule(number=ANY, asked=ASKED, says=ANSWERS, told=TOLD, wait=st.sampled_from(LATER))
    def give_back_by_and_by(
        self, number: int, asked: list[str], says: str, told: bool, wait: dict[str, int]
    ) -> None:
        self.let_the_provider_say(says="pending")
        for refund in self.ask_for(aim(self.shop.orders, number, gives), asked):
            self.decide_on(refund, granted=True)
            if wait:
                self.wait(wait=wait)
            if refund.there == "pending":
                self.answer_for(refund, says, told=told)

    @precondition(lambda self: any(gives(one) for one in self.shop.orders))
    @rule(
        number=ANY,
        held=st.sampled_from(("one", "half", "most", "most", "all")),
        then=st.sampled_from(("one", "one", "rest", "half", "too much", "too many")),
        last=st.sampled_from(("one", "rest", "rest", "all", "too much")),
    )
    def ask_while_some_is_held(self, number: int, held: str, then: str, last: str) -> None:
        order = aim(self.shop.orders, number, gives)
        first = self.ask_for(order, [held])
        second = self.ask_for(order, [then])
        for refund in (first + second)[:1]:
            self.decide_on(refund, granted=False)
            self.ask_for(order, [last])

    @precondition(lambda self: any(one.state == "paid" for one in self.shop.orders))
    @rule(received=st.booleans(), wait=st.sampled_from(LATER), banned=st.sampled_from(NOBODY))
    def hand_over(self, received: bool, wait: dict[str, int], banned: str) -> None:
        self.hand_all_over(received=received)
        if banned:
            self.wait(wait={"hours": 25})
            self.ban(creator=banned)
        if wait:
            self.wait(wait=wait)

    def hand_all_over(self, *, received: bool) -> None:
        for order in [one for one in self.shop.orders if one.state == "paid"]:
            self.ship_order(order, "keeper")
        for order in [one for one in self.shop.orders if one.state == "shipped" and received]:
            self.receive_order(order)

    @precondition(lambda self: any(one.state in HELD for one in self.shop.orders))
    @rule(number=ANY, asked=ASKED, wait=st.sampled_from(LATER), granted=st.booleans())
    def ask_over_the_release(
        self, number: int, asked: list[str], wait: dict[str, int], granted: bool
    ) -> None:
        self.hand_all_over(received=True)
        order = aim(self.shop.orders, number, lambda one: one.state == "received" and gives(one))
        refunds = self.ask_for(order, asked)
        self.wait(wait=wait or WAITS[-1])
        for refund in refunds:
            self.decide_on(refund, granted=granted)
            self.wait(wait=WAITS[0])
