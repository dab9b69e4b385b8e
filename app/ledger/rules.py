"""Which moves each fact makes; pure. The table of docs/adr/0003 as functions.

Fee and commission are portions of the credited net: price × quantity less discounts less refunds;
freight is outside. What a refund changes is the *difference of portions*, so that any sequence of
refunds ends exactly where one refund of the same sum would.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from app.kernel.ids import AccountId, LineId, MerchantId
from app.kernel.money import BP, ZERO, Money
from app.ledger import chart
from app.ledger.chart import Holder
from app.ledger.errors import BelowZero
from app.ledger.journal import Entry, Move, balances

Balances = Mapping[str, Money]
"""Where accounts stand before an entry; what is missing stands at zero."""


@dataclass(frozen=True, slots=True)
class Share:
    """A creator's part of a line: the net that is credited to them, and their commission's rate."""

    creator_id: AccountId
    credited: Money
    commission_bp: int

    @property
    def commission(self) -> Money:
        """What they earn by it."""
        return self.credited.portion(self.commission_bp)


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The money of one order line as it stands: ``net`` is what is left after refunds.

    Raises:
        ValueError: an amount is negative, more is credited than there is, or the platform and a
            creator would take more than the whole.
    """

    line_id: LineId
    merchant_id: MerchantId
    net: Money
    fee_bp: int
    shares: tuple[Share, ...] = ()
    freight: Money = ZERO
    released: bool = False

    def __post_init__(self) -> None:
        """Refuse what would take more out of the line than came in."""
        credits_ = [share.credited for share in self.shares]
        highest_bp = max((share.commission_bp for share in self.shares), default=0)
        if min([self.net, self.freight, *credits_]) < ZERO or Money.total(credits_) > self.net:
            raise ValueError(f"more is credited than there is: {self}")
        if self.fee_bp + highest_bp > BP:
            raise ValueError(f"fee and commission take more than the whole: {self}")

    @property
    def fee(self) -> Money:
        """The platform's part."""
        return self.net.portion(self.fee_bp)


def paid(order: str, provider: str, lines: Sequence[LineMoney]) -> Entry:
    """Return the entry of an order whose money came."""
    moves: list[Move] = []
    for line in lines:
        pending = chart.merchant(line.merchant_id).pending
        moves += _moves((chart.world(provider), pending, line.net, "sale"), line=line)
        moves += _moves((chart.world(provider), pending, line.freight, "freight"), line=line)
        moves += _moves((pending, chart.FEES, line.fee, "fee"), line=line)
        for share in line.shares:
            held = chart.creator(share.creator_id).pending
            moves += _moves((pending, held, share.commission, "commission"), line=line)
    return Entry(f"order-paid:{order}", "paid", tuple(moves))


def unmatched(provider: str, txn: str, amount: Money) -> Entry:
    """Return the entry of money that fits no order: it only passes through."""
    move = Move(chart.world(provider), chart.transit(txn), amount, "unmatched")
    return Entry(f"unmatched:{provider}:{txn}", "in", (move,))


def unmatched_returned(provider: str, txn: str, amount: Money) -> Entry:
    """Return the entry of money that fitted no order and went back."""
    move = Move(chart.transit(txn), chart.world(provider), amount, "unmatched")
    return Entry(f"unmatched:{provider}:{txn}", "out", (move,))


def released(order: str, lines: Sequence[LineMoney], before: Balances) -> Entry:
    """Return the entry of lines whose hold is over: pending becomes payable, debts first.

    Its step is the first line's id: an order may be released in parts, a line only once.

    Raises:
        ValueError: there is no line, or one is released already.
    """
    if not lines or any(line.released for line in lines):
        raise ValueError(f"nothing to release in {lines}")
    now = dict(before)
    moves: list[Move] = []
    for line in lines:
        commission = Money.total(share.commission for share in line.shares)
        seller = chart.merchant(line.merchant_id)
        due = line.net + line.freight - line.fee - commission
        moves += _pay_in(now, seller, (seller.pending, due), line, ("debt", "release"))
        for share in line.shares:
            earner = chart.creator(share.creator_id)
            part = (earner.pending, share.commission)
            moves += _pay_in(now, earner, part, line, ("debt", "release"))
    return Entry(f"order-released:{order}", lines[0].line_id, tuple(moves))


def refund_line(line: LineMoney, amount: Money) -> LineMoney:
    """Return ``line`` as a refund of ``amount`` leaves it.

    The refund is spread over the outstanding credits, never the smaller net anew: largest
    remainder could raise somebody's share (the Alabama paradox).

    Raises:
        ValueError: more than is left.
    """
    if not ZERO <= amount <= line.net:
        raise ValueError(f"cannot refund {amount} of {line.net}")
    if not amount:
        return line
    credits_left = [share.credited.fen for share in line.shares]
    uncredited = line.net.fen - sum(credits_left)
    *parts, _ = amount.split([*credits_left, uncredited])
    shares = tuple(
        replace(share, credited=share.credited - part)
        for share, part in zip(line.shares, parts, strict=True)
    )
    return replace(line, net=line.net - amount, shares=shares)


def refunded(
    refund: str, provider: str, changes: Sequence[tuple[LineMoney, Money]], before: Balances
) -> Entry:
    """Return the entry of money that went back: what others had of it returns first.

    Args:
        refund: its id.
        provider: who sent the money.
        changes: each line as it stands, and how much of it goes back.
        before: where the accounts stand.
    """
    now = dict(before)
    back: list[Move] = []
    out: list[Move] = []
    for line, amount in changes:
        after = refund_line(line, amount)
        seller = chart.merchant(line.merchant_id)
        back += _return_parts(now, line, after)
        out += _take(now, seller, amount, line, chart.world(provider), "refund")
    return Entry(f"refund:{refund}", "refunded", (*back, *out))


def reattributed(fact: str, step: str, old: LineMoney, new: LineMoney) -> Entry | None:
    """Return the entry that moves a line's commission before release, or None where none moves.

    The difference goes through the merchant's pending account: from nobody to a creator, from one
    to another, from one to nobody.

    Raises:
        ValueError: the line is released, or more than its shares differs.
    """
    if old.released or replace(new, shares=old.shares) != old:
        raise ValueError(f"cannot turn {old} into {new}")
    pending = chart.merchant(old.merchant_id).pending
    owed_before = _commissions(old)
    owed_now = _commissions(new)
    back: list[Move] = []
    out: list[Move] = []
    for creator_id in sorted({*owed_before, *owed_now}):
        held = chart.creator(creator_id).pending
        change = owed_now.get(creator_id, ZERO) - owed_before.get(creator_id, ZERO)
        if change < ZERO:
            back += _moves((held, pending, -change, "commission"), line=old)
        else:
            out += _moves((pending, held, change, "commission"), line=old)
    moves = (*back, *out)
    return Entry(fact, step, moves) if moves else None


def check(entry: Entry, before: Balances) -> None:
    """Make sure that no account ends on the wrong side of zero.

    Raises:
        BelowZero: one does.
    """
    for account, change in balances(entry.moves).items():
        stands = before.get(account, ZERO) + change
        if stands < ZERO and not chart.may_be_negative(account) and chart.keeps_balance(account):
            raise BelowZero(account, stands.fen)
        if stands > ZERO and not chart.may_be_positive(account):
            raise BelowZero(account, stands.fen)


def accounts_of(lines: Iterable[LineMoney]) -> frozenset[str]:
    """Return every account whose stand decides how money of ``lines`` moves."""
    holders = chain.from_iterable(
        (
            chart.merchant(line.merchant_id),
            *(chart.creator(share.creator_id) for share in line.shares),
        )
        for line in lines
    )
    return frozenset(
        account
        for holder in holders
        for account in (holder.pending, holder.payable, holder.frozen, holder.receivable)
    )


def _commissions(line: LineMoney) -> dict[AccountId, Money]:
    owed: dict[AccountId, Money] = {}
    for share in line.shares:
        owed[share.creator_id] = owed.get(share.creator_id, ZERO) + share.commission
    return owed


def _return_parts(now: dict[str, Money], line: LineMoney, after: LineMoney) -> list[Move]:
    moves = _give_back(now, line, (chart.FEES, line.fee - after.fee), "fee")
    for old, new in zip(line.shares, after.shares, strict=True):
        earner = chart.creator(old.creator_id)
        owed = old.commission - new.commission
        for part in _sources(now, earner, owed, line):
            moves += _give_back(now, line, part, "commission")
    return moves


def _give_back(
    now: dict[str, Money], line: LineMoney, part: tuple[str, Money], kind: str
) -> list[Move]:
    seller = chart.merchant(line.merchant_id)
    if line.released:
        # The kind stays what it is in both, so that moves of a kind still sum to its portion.
        return _pay_in(now, seller, part, line, (kind, kind))
    source, amount = part
    return _apply(now, _moves((source, seller.pending, amount, kind), line=line))


def _take(
    now: dict[str, Money], holder: Holder, amount: Money, line: LineMoney, target: str, kind: str
) -> list[Move]:
    moves: list[Move] = []
    for account, part in _sources(now, holder, amount, line):
        moves += _apply(now, _moves((account, target, part, kind), line=line))
    return moves


def _sources(
    now: Mapping[str, Money], holder: Holder, amount: Money, line: LineMoney
) -> list[tuple[str, Money]]:
    """Return where ``amount`` is taken from: pending before the release; then what there is."""
    if not line.released:
        return [(holder.pending, amount)]
    parts: list[tuple[str, Money]] = []
    left = amount
    for account in (holder.frozen, holder.payable):
        part = min(left, max(now.get(account, ZERO), ZERO))
        parts.append((account, part))
        left -= part
    return [*parts, (holder.receivable, left)]


def _pay_in(
    now: dict[str, Money],
    holder: Holder,
    part: tuple[str, Money],
    line: LineMoney,
    kinds: tuple[str, str],
) -> list[Move]:
    """Return the moves by which money enters a payable: it fills the receivable first.

    ``kinds`` are those of the two moves.
    """
    source, amount = part
    owed = max(-now.get(holder.receivable, ZERO), ZERO)
    debt = min(owed, amount)
    moves = _moves((source, holder.receivable, debt, kinds[0]), line=line)
    moves += _moves((source, holder.payable, amount - debt, kinds[1]), line=line)
    return _apply(now, moves)


def _apply(now: dict[str, Money], moves: list[Move]) -> list[Move]:
    for account, change in balances(moves).items():
        now[account] = now.get(account, ZERO) + change
    return moves


def _moves(parts: tuple[str, str, Money, str], *, line: LineMoney) -> list[Move]:
    source, target, amount, kind = parts
    return [Move(source, target, amount, kind, line.line_id)] if amount > ZERO else []
