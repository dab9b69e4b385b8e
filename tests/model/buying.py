"""What readers and buyers do, in the shop and in its model alike."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.problems import Problem
from app.kernel.time import to_ms
from app.orders import api as orders
from app.orders.api import Wanted
from app.orders.providers.port import ProviderRefused
from app.platform.uow import snapshot
from app.touches import api as touches
from app.touches.api import TaggedProduct, Toucher
from tests.model.acts import (
    BUYERS,
    GOODS,
    NOTES,
)
from tests.model.agreeing import Agreeing
from tests.model.plain import PREVIEW, Checkout, Line, Order, Touch

T = TypeVar("T")

ANY = st.integers(0, 5)
"""Which of those there are, from the latest on; see `aim`."""

KINDS = ("open", "tag_click", "save", "share_open")
FAULTS = ("", "", "", "", "expired", "other-device", "twice")


def pick(things: Sequence[T], number: int) -> T:
    """Return one of ``things``: 0 is the latest."""
    return things[-1 - number % len(things)]


def aim(things: Sequence[T], number: int, fits: Callable[[T], bool]) -> T:
    """Return one of ``things``, and two times of three one that fits, where any does.

    Chance alone would ask a shop for what is refused nearly always, and never see money move.
    """
    fitting = [one for one in things if fits(one)]
    return pick(fitting if fitting and number < 4 else things, number)


def refused(call: Callable[[], object]) -> str:
    """Return the name of the problem by which ``call`` is refused, or nothing."""
    try:
        call()
    except (Problem, ProviderRefused) as problem:
        return type(problem).__name__
    return ""


class Buying(Agreeing):
    """What is done before money comes."""

    # — What readers do

    @rule(
        who=st.sampled_from(BUYERS),
        own=st.booleans(),
        signed=st.booleans(),
        note=ANY,
        kind=st.sampled_from(KINDS),
        fault=st.sampled_from(FAULTS),
    )
    def touch(self, who: str, own: bool, signed: bool, note: int, kind: str, fault: str) -> None:
        device = f"{who}0" if own else "shared"
        author, told = NOTES[note % len(NOTES)]
        told = told[:1] if kind == "tag_click" else told
        said, now = self.real.do(
            lambda uow: self._touch(
                uow, device, who if signed else None, note % len(NOTES), told, kind, fault
            )
        )
        assert said == (1 if fault in {"", "twice"} else 0)
        self.shop.touches += [
            Touch(
                to_ms(now),
                kind,
                author,
                f"note{note % len(NOTES)}",
                one,
                device,
                who if signed else None,
                fault in {"", "twice"},
            )
            for one in told
        ]

    def _touch(
        self,
        uow: Any,
        device: str,
        account: str | None,
        note: int,
        told: Sequence[str],
        kind: str,
        fault: str,
    ) -> int:
        real = self.real
        ids = [real.products[one] for one in told]
        owners = catalogue.owners_of(uow, product_ids=ids)
        other = "shared" if device != "shared" else "wen0"
        token = touches.mint(
            device_id=real.devices[other if fault == "other-device" else device],
            note_id=real.notes[f"note{note}"],
            author_id=real.people[NOTES[note][0]],
            goods=[TaggedProduct(one, *owners[one]) for one in ids],
            now=uow.now - timedelta(days=2 if fault == "expired" else 0),
        )
        by = Toucher(real.devices[device], real.people[account] if account else None)
        times = 2 if fault == "twice" else 1
        return touches.record(uow, presented=[(token, kind)] * times, by=by).accepted

    @rule(who=st.sampled_from(BUYERS))
    def sign_in_on_the_shared_device(self, who: str) -> None:
        if who in self.shop.banned:
            return
        _, now = self.real.do(
            lambda uow: accounts.start_session(
                uow,
                account_id=self.real.people[who],
                device_id=self.real.devices["shared"],
                user_agent="model",
            )
        )
        self.shop.links.setdefault(("shared", who), now)

    # — What buyers do

    @rule(
        who=st.sampled_from(BUYERS),
        wants=st.dictionaries(st.sampled_from(tuple(GOODS)), st.integers(1, 3), min_size=1),
    )
    def preview(self, who: str, wants: dict[str, int]) -> None:
        wanted = [Wanted(self.real.skus[one], many) for one, many in wants.items()]
        with snapshot() as view:
            seen = orders.look(view, wanted=wanted)
        prices = {one: self.shop.prices[one] for one in wants}
        there = {one: self.shop.on_hand[one] - self.shop.reserved[one] for one in wants}
        assert seen.total_fen == sum(
            prices[one] * max(0, min(many, there[one])) for one, many in wants.items()
        )
        token = orders.sign_preview(seen, buyer_id=self.real.people[who])
        self.previews.append(
            {"who": who, "wants": wants, "prices": prices, "at": seen.instant, "token": token}
        )

    @precondition(lambda self: self.previews)
    @rule(number=ANY, by=st.sampled_from(("", "", "", *BUYERS)))
    def place(self, number: int, by: str) -> None:
        seen = pick(self.previews, number)
        who = by or seen["who"]
        expected = ""
        if who != seen["who"] or self.real.now() - seen["at"] > PREVIEW:
            expected = "PreviewStale"
        elif self.shop.short(seen["wants"]) or any(
            self.shop.prices[one] != price for one, price in seen["prices"].items()
        ):
            expected = "CheckoutChanged"
        said, made, now = self.attempt(
            lambda uow: orders.place(
                uow,
                buyer_id=self.real.people[who],
                token=seen["token"],
                address_id=self.real.addresses[who],
            )
        )
        assert said == expected
        if not said:
            self._placed(seen, made, now)

    def _placed(self, seen: dict[str, Any], placed: Any, now: Any) -> None:
        with snapshot() as view:
            found = [orders.order(view, order_id=one) for one in placed.order_ids]
        named = {real: name for name, real in self.real.products.items()}
        made = [
            Order(
                one.id,
                self.real.named(one.merchant_id),
                seen["who"],
                now,
                to_ms(seen["at"]),
                [
                    Line(line.id, named[line.product_id], line.price_fen, line.quantity)
                    for line in one.lines
                ],
            )
            for one in found
        ]
        sold = {line.product: (line.quantity, line.price) for one in made for line in one.lines}
        assert sold == {one: (many, seen["prices"][one]) for one, many in seen["wants"].items()}
        assert all(
            self.shop.sellers[line.product] == one.merchant for one in made for line in one.lines
        )
        lapses = now + timedelta(minutes=30)
        self.shop.place(Checkout(placed.checkout_id, placed.payment_id, seen["who"], lapses, made))

    @precondition(lambda self: self.shop.checkouts)
    @rule(number=ANY, by=st.sampled_from(("", "", *BUYERS)))
    def cancel(self, number: int, by: str) -> None:
        checkout = aim(self.shop.checkouts, number, lambda one: one.state == "placed")
        who = by or checkout.buyer
        expected = ""
        if who != checkout.buyer:
            expected = "NotFound"
        elif checkout.state not in {"placed", "cancelled"}:
            expected = "WrongState"
        said, _, _ = self.attempt(
            lambda uow: orders.cancel(
                uow,
                checkout_id=checkout.id,
                buyer_id=self.real.people[who],
            )
        )
        assert said == expected
        if not said and checkout.state == "placed":
            self.shop.end(checkout, "cancelled")
        self.settle()
