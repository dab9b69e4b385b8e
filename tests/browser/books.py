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
