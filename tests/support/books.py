"""The ledger, read beside the site: which entries have come since one last looked."""

from dataclasses import dataclass, field

from tests.support.site import Site

Move = tuple[str, str, int, str]
"""Source, target, fen, kind."""


@dataclass
class Books:
    """Every entry is seen once, so that none comes unnoticed."""

    site: Site
    seen: int = field(default=0)

    def news(self) -> dict[str, list[Move]]:
        """Return the entries since the last look, by fact and step, with their moves in order."""
        rows = self.site.rows(
            "SELECT seq, fact, step, source, target, amount_fen, kind FROM ledger_entry"
            " JOIN ledger_move ON entry_seq = seq WHERE seq > :seen ORDER BY seq, position",
            seen=self.seen,
        )
        found: dict[str, list[Move]] = {}
        for row in rows:
            self.seen = max(self.seen, row.seq)
            found.setdefault(f"{row.fact}/{row.step}", []).append(tuple(row[3:]))
        return found

    def stands(self, owner: str) -> dict[str, int]:
        """Return the accounts of an owner that do not stand at zero, folded from the moves."""
        rows = self.site.rows("SELECT source, target, amount_fen FROM ledger_move")
        found: dict[str, int] = {}
        for source, target, fen in rows:
            found[source] = found.get(source, 0) - fen
            found[target] = found.get(target, 0) + fen
        return {
            account.removeprefix(f"{owner}:"): fen
            for account, fen in found.items()
            if fen and account.startswith(f"{owner}:")
        }

    def line_of(self, order_id: str) -> str:
        """Return the id of an order's only line, which every move of it must carry."""
        (row,) = self.site.rows("SELECT id FROM orders_line WHERE order_id = :id", id=order_id)
        return str(row.id)


@dataclass(frozen=True)
class Sale:
    """A product as one merchant sells it, credited to one creator: what its facts must post.

    Written out from the table of docs/adr/0003-money-and-rounding.md, not asked of the code that
    posts it.
    """

    merchant: str
    """The owner of accounts: `merchant:…`."""

    creator: str
    price_fen: int
    fee_bp: int
    rate_bp: int

    def paid(self, pieces: int) -> list[Move]:
        """Order paid: world → merchant pending (net), → fees, → creator pending."""
        merchant, creator = self._accounts("pending")
        return [
            ("world:sandbox", merchant, self.net(pieces), "sale"),
            (merchant, "platform:fees", self.fee(pieces), "fee"),
            (merchant, creator, self.commission(pieces), "commission"),
        ]

    def refunded(self, had: int, keeps: int, state: str) -> list[Move]:
        """Refund confirmed: both parts back (old portion − new portion), then merchant → world."""
        merchant, creator = self._accounts(state)
        return [
            ("platform:fees", merchant, self.fee(had) - self.fee(keeps), "fee"),
            (creator, merchant, self.commission(had) - self.commission(keeps), "commission"),
            (merchant, "world:sandbox", self.net(had) - self.net(keeps), "refund"),
        ]

    def released(self, pieces: int) -> list[Move]:
        """Line released: what merchant and creator have pending of it becomes payable."""
        pending, payable = self._accounts("pending"), self._accounts("payable")
        return [
            (pending[0], payable[0], self.kept(pieces), "release"),
            (pending[1], payable[1], self.commission(pieces), "release"),
        ]

    def net(self, pieces: int) -> int:
        """Return what so many pieces cost."""
        return self.price_fen * pieces

    def fee(self, pieces: int) -> int:
        """Return the platform's portion: whole fen, never more."""
        return self.net(pieces) * self.fee_bp // 10_000

    def commission(self, pieces: int) -> int:
        """Return the creator's portion: whole fen, never more."""
        return self.net(pieces) * self.rate_bp // 10_000

    def kept(self, pieces: int) -> int:
        """Return what is left to the merchant."""
        return self.net(pieces) - self.fee(pieces) - self.commission(pieces)

    def _accounts(self, state: str) -> tuple[str, str]:
        return f"{self.merchant}:{state}", f"{self.creator}:{state}"
