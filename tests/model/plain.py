"""A shop in plain arithmetic: what must stand after each act, written from the decisions anew.

Nothing here is asked of the application. What it keeps are facts (touches, sales, refunds); where
money stands is computed from them each time, so that no move can hide in it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FEE_BP = 500
MOST_BP = 10_000
PREVIEW = timedelta(minutes=5)
LAPSE = timedelta(minutes=30)
RECEIPT = timedelta(days=10)
HOLD = timedelta(days=15)
GRACE = timedelta(hours=24)
REPEAT_MS = 30 * 60_000
DAY_MS = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINDOWS_MS = {"click": 30 * DAY_MS, "read": 7 * DAY_MS}
CLASSES = {"tag_click": "click", "share_open": "click", "save": "click", "open": "read"}


@dataclass(frozen=True)
class Touch:
    """A row of the touch log: somebody touched a note about a product."""

    at_ms: int
    kind: str
    author: str
    note: str
    product: str
    device: str
    account: str | None
    holds: bool


@dataclass
class Line:
    """A line as it stands; ``left`` is what of its net did not go back."""

    id: str
    product: str
    price: int
    quantity: int
    asked: int = 0
    back: int = 0
    pieces_asked: int = 0
    pieces_back: int = 0
    credit: tuple[str, int] | None = None
    paid: bool = False
    graded: bool = False
    released: bool = False

    @property
    def net(self) -> int:
        """What was paid for it."""
        return self.price * self.quantity

    @property
    def left(self) -> int:
        """What did not go back."""
        return self.net - self.back

    def worth(self, pieces: int) -> int | None:
        """Return what the next so many pieces are worth, or None where there are not so many."""
        before = self.pieces_back + self.pieces_asked
        if before + pieces > self.quantity:
            return None
        free = self.left - self.asked
        return free if before + pieces == self.quantity else min(free, pieces * self.price)


@dataclass
class Order:
    """One merchant's part of a checkout."""

    id: str
    merchant: str
    buyer: str
    placed: datetime
    instant_ms: int
    lines: list[Line]
    state: str = "placed"
    paid: datetime | None = None
    shipped: datetime | None = None
    received: datetime | None = None


@dataclass
class Checkout:
    """What is paid at once."""

    id: str
    charge: str
    buyer: str
    lapses: datetime
    orders: list[Order]
    state: str = "placed"
    opened: bool = False
    """Whether the provider was asked for its charge."""

    @property
    def total(self) -> int:
        """What is to be paid."""
        return sum(line.net for order in self.orders for line in order.lines)


@dataclass
class Txn:
    """Money that came to the provider; ``outcome`` once the shop has heard of it."""

    id: str
    charge: str
    amount: int
    known_there: bool = True
    outcome: str | None = None
    returned: bool = False


@dataclass
class Refund:
    """Money on its way back; without an order, of a transaction that fitted none."""

    order: Order | None
    amount: int
    parts: list[tuple[Line, int, int]]
    """Line, pieces, fen."""
    txn: Txn | None = None
    state: str = "asked"
    id: str = ""
    there: str = ""
    """What the provider says of it, once asked."""


@dataclass
class Shop:
    """Everything there is."""

    prices: dict[str, int]
    on_hand: dict[str, int]
    sellers: dict[str, str]
    """Product to merchant."""
    rates: dict[str, list[tuple[datetime, int]]]
    """Merchant to terms, the oldest first."""
    switches: dict[str, list[tuple[datetime, bool]]]
    """Creator to turns of the switch, the oldest first."""
    reserved: Counter[str] = field(default_factory=Counter)
    banned: set[str] = field(default_factory=set)
    touches: list[Touch] = field(default_factory=list)
    links: dict[tuple[str, str], datetime] = field(default_factory=dict)
    checkouts: list[Checkout] = field(default_factory=list)
    txns: list[Txn] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def orders(self) -> list[Order]:
        """Every order."""
        return [order for one in self.checkouts for order in one.orders]

    def place(self, checkout: Checkout) -> None:
        """Reserve what a checkout holds."""
        self.checkouts.append(checkout)
        for order in checkout.orders:
            for line in order.lines:
                self.reserved[line.product] += line.quantity

    def short(self, wants: dict[str, int]) -> bool:
        """Tell whether there is less of something than is wanted."""
        return any(self.on_hand[one] - self.reserved[one] < many for one, many in wants.items())

    def end(self, checkout: Checkout, state: str) -> None:
        """Give back what a checkout reserved that will not be paid."""
        checkout.state = state
        for order in checkout.orders:
            order.state = state
            for line in order.lines:
                self.reserved[line.product] -= line.quantity

    def hear(self, txn: Txn, now: datetime) -> str:
        """Take money in, once."""
        if txn.outcome is None:
            txn.outcome = self._outcome(txn)
            if txn.outcome == "fits":
                self._pay(self.of_charge(txn.charge), now)
            else:
                self.refunds.append(Refund(None, txn.amount, [], txn, "granted"))
        return txn.outcome

    def of_charge(self, charge: str) -> Checkout:
        """Return the checkout that a charge is for."""
        return next(one for one in self.checkouts if one.charge == charge)

    def _outcome(self, txn: Txn) -> str:
        found = [one for one in self.checkouts if one.charge == txn.charge]
        if not found:
            return "unknown"
        if found[0].state in {"paid", "lapsed", "cancelled"}:
            return "twice" if found[0].state == "paid" else "too-late"
        return "fits" if txn.amount == found[0].total else "wrong-sum"

    def _pay(self, checkout: Checkout, now: datetime) -> None:
        checkout.state = "paid"
        for order in checkout.orders:
            order.state, order.paid = "paid", now
            for line in order.lines:
                self.on_hand[line.product] -= line.quantity
                self.reserved[line.product] -= line.quantity
                line.paid, line.credit = True, self.judge(order, line)

    def hold(self, refund: Refund) -> None:
        """Ask money back."""
        self.refunds.append(refund)
        for line, pieces, fen in refund.parts:
            line.asked += fen
            line.pieces_asked += pieces

    def settle(self, refund: Refund, state: str) -> None:
        """End a refund: refused or failed it lets go, confirmed it takes."""
        refund.state = state
        for line, pieces, fen in refund.parts:
            line.asked -= fen
            line.pieces_asked -= pieces
            if state == "confirmed":
                line.back += fen
                line.pieces_back += pieces
        if state == "confirmed" and refund.txn is not None:
            refund.txn.returned = True
        if state == "confirmed" and refund.order is not None and refund.order.state == "paid":
            self._restock(refund.order, refund)

    def ask_provider(self, says: str) -> None:
        """Have the provider asked for what is granted, and for money whose checkout has ended."""
        for one in self.checkouts:
            if one.opened and one.state in {"lapsed", "cancelled"}:
                self.look_up(one, EPOCH)
        for refund in self.refunds:
            if refund.state == "granted" and not refund.there:
                known = refund.txn is None or refund.txn.known_there
                refund.there = says if known else "failed"
                self.settle_as_told(refund)

    def settle_as_told(self, refund: Refund) -> None:
        """Note what the provider says of a refund."""
        if refund.there in {"succeeded", "failed"}:
            self.settle(refund, "confirmed" if refund.there == "succeeded" else "failed")

    def look_up(self, checkout: Checkout, now: datetime) -> None:
        """Hear of all that came for a charge."""
        for txn in self.txns:
            if txn.charge == checkout.charge:
                self.hear(txn, now)

    def tick(self, now: datetime) -> None:
        """Do what is due."""
        self.grade_due(now)
        self.lapse_due(now)
        self.receive_due(now)
        self.release_due(now)
        for one in self.checkouts:
            if one.opened and one.state == "placed":
                self.look_up(one, now)
        for refund in self.refunds:
            if refund.state == "granted" and refund.there:
                self.settle_as_told(refund)

    def _restock(self, order: Order, refund: Refund) -> None:
        for line, pieces, _ in refund.parts:
            self.on_hand[line.product] += pieces
        if all(line.left == 0 for line in order.lines):
            order.state = "cancelled"
            for line in order.lines:
                self.on_hand[line.product] += line.quantity - line.pieces_back

    def lapse_due(self, now: datetime) -> None:
        """Let go of what was not paid in time."""
        for one in self.checkouts:
            if one.state == "placed" and one.lapses <= now:
                self.end(one, "lapsed")

    def receive_due(self, now: datetime) -> None:
        """Count as received what was sent long ago."""
        for order in self.orders:
            if order.state == "shipped" and order.shipped and order.shipped + RECEIPT <= now:
                order.state, order.received = "received", now

    def grade_due(self, now: datetime) -> None:
        """Look at sales once more a day after their payment."""
        for order in self.orders:
            for line in order.lines:
                due = order.paid is not None and order.paid + GRACE <= now
                if due and not line.graded:
                    line.graded, line.credit = True, self.judge(order, line)

    def release_due(self, now: datetime) -> None:
        """Release what was received long ago and is not asked back."""
        for order in self.orders:
            if order.state != "received" or not order.received or order.received + HOLD > now:
                continue
            for line in order.lines:
                if line.left and not line.released and not line.asked:
                    line.credit = self.judge(order, line)
                    line.graded = line.released = True
            if all(line.released or not line.left for line in order.lines):
                order.state = "completed"

    def judge(self, order: Order, line: Line) -> tuple[str, int] | None:
        """Return who is credited for a line, and their rate: the last click, else the last read."""
        seen: dict[tuple[str, str], int] = {}
        last: dict[str, Touch] = {}
        for touch in self.touches:
            if not self._counts(touch, order, line):
                continue
            before = seen.get((touch.note, touch.kind))
            if before is not None and touch.at_ms - before < REPEAT_MS:
                continue
            seen[touch.note, touch.kind] = touch.at_ms
            last[CLASSES[touch.kind]] = touch
        winner = last.get("click") or last.get("read")
        if winner is None:
            return None
        rates = [self._rate(order.merchant, at) for at in (_at(winner.at_ms), order.placed)]
        return winner.author, min(max(rates), MOST_BP - FEE_BP)

    def _counts(self, touch: Touch, order: Order, line: Line) -> bool:
        age = order.instant_ms - touch.at_ms
        linked = self.links.get((touch.device, order.buyer))
        theirs = touch.account == order.buyer or (
            touch.account is None and linked is not None and linked < _at(order.instant_ms + 1)
        )
        return (
            theirs
            and 0 <= age < WINDOWS_MS[CLASSES[touch.kind]]
            and touch.author not in {order.buyer, *self.banned}
            and self._earned(touch.author, _at(touch.at_ms))
            and touch.holds
            and touch.product == line.product
        )

    def _earned(self, author: str, at: datetime) -> bool:
        return ([False] + [on for since, on in self.switches[author] if since <= at])[-1]

    def _rate(self, merchant: str, at: datetime) -> int:
        return ([0] + [bp for since, bp in self.rates[merchant] if since <= at])[-1]

    def balances(self) -> dict[str, int]:
        """Return where all money stands: a function of the facts alone."""
        stands: Counter[str] = Counter()
        for order in self.orders:
            for line in order.lines:
                if line.paid:
                    self._stand(stands, order, line)
        for txn in self.txns:
            if txn.outcome not in {None, "fits"} and not txn.returned:
                stands[f"transit:{txn.id}"] += txn.amount
                stands["world:none"] -= txn.amount
        return {account: fen for account, fen in stands.items() if fen}

    def _stand(self, stands: Counter[str], order: Order, line: Line) -> None:
        where = "payable" if line.released else "pending"
        fee = line.left * FEE_BP // MOST_BP
        earned = 0
        if line.credit is not None:
            author, rate = line.credit
            earned = line.left * rate // MOST_BP
            stands[f"creator:{author}:{where}"] += earned
        stands["platform:fees"] += fee
        stands[f"merchant:{order.merchant}:{where}"] += line.left - fee - earned
        stands["world:none"] -= line.left


def _at(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
