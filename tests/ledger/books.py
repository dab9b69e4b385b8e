"""Books to post to, and lines to post, for the tests of the postings."""

from collections.abc import Sequence
from dataclasses import replace

from app.kernel.ids import AccountId, LineId, MerchantId
from app.kernel.money import ZERO, Money
from app.ledger import chart, rules
from app.ledger.journal import Entry, Move, balances
from app.ledger.rules import LineMoney, Share

SELLER = chart.merchant(MerchantId("m"))
ANN = chart.creator(AccountId("ann"))
BOB = chart.creator(AccountId("bob"))
WORLD = chart.world("sandbox")


class Books:
    """Accounts as entries leave them; each entry is checked as the ledger checks it."""

    def __init__(self) -> None:
        self.stands: dict[str, Money] = {}
        self.moves: list[Move] = []

    def post(self, entry: Entry | None) -> None:
        if entry is None:
            return
        rules.check(entry, self.stands)
        self.moves += entry.moves
        for account, change in balances(entry.moves).items():
            self.stands[account] = self.stands.get(account, ZERO) + change

    def pay_out(self, payable: str, fen: int | None = None) -> None:
        amount = self.stands.get(payable, ZERO) if fen is None else Money(fen)
        if amount:
            self.post(Entry("payout", payable, (Move(payable, WORLD, amount, "payout"),)))

    def refund(self, line: LineMoney, fen: int, refund_id: str = "r") -> LineMoney:
        self.post(rules.refunded(refund_id, "sandbox", [(line, Money(fen))], self.stands))
        return rules.refund_line(line, Money(fen))

    def release(self, line: LineMoney) -> LineMoney:
        self.post(rules.released("order", [line], self.stands))
        return replace(line, released=True)

    @property
    def left(self) -> dict[str, int]:
        return {account: stand.fen for account, stand in self.stands.items() if stand}


def line_of(
    net: int = 10_000,
    shares: Sequence[tuple[str, int, int]] = (("ann", 10_000, 1_000),),
    *,
    line_id: str = "line",
    fee_bp: int = 500,
    freight: int = 0,
    released: bool = False,
) -> LineMoney:
    return LineMoney(
        line_id=LineId(line_id),
        merchant_id=MerchantId("m"),
        net=Money(net),
        fee_bp=fee_bp,
        shares=tuple(Share(AccountId(who), Money(fen), bp) for who, fen, bp in shares),
        freight=Money(freight),
        released=released,
    )


def said(entry: Entry) -> list[tuple[str, str, int, str]]:
    return [(move.source, move.target, move.amount.fen, move.kind) for move in entry.moves]


def sold(line: LineMoney) -> Books:
    books = Books()
    books.post(rules.paid("order", "sandbox", [line]))
    return books
