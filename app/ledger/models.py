"""Tables of the ledger: entries and moves that only grow, and the balances they sum to."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.append_only import append_only
from app.platform.db import Base

ACCOUNT_LENGTH = 80


class EntryRow(Base):
    """One fact's step; unique, so that posting twice is posting once."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("fact", "step"),)
    personal = "none"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    fact: Mapped[str] = mapped_column(String(140))
    step: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)


class MoveRow(Base):
    """Money from one account to another; an entry of moves always balances."""

    __tablename__ = "ledger_move"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("source <> target", name="ends"),
        Index(None, "source", "entry_seq"),
        Index(None, "target", "entry_seq"),
        Index(None, "line_id"),
    )
    personal = "source, target: account ids of persons"

    entry_seq: Mapped[int] = mapped_column(ForeignKey("ledger_entry.seq"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(ACCOUNT_LENGTH))
    target: Mapped[str] = mapped_column(String(ACCOUNT_LENGTH))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    line_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))


class BalanceRow(Base):
    """Where a person's account stands; the sum of its moves, written with them."""

    __tablename__ = "ledger_balance"
    __table_args__ = (
        # The colon is escaped: SQLAlchemy takes `:receivable` for a parameter.
        CheckConstraint(
            "CASE WHEN account LIKE '%\\:receivable' THEN amount_fen <= 0 ELSE amount_fen >= 0 END",
            name="side",
        ),
    )
    personal = "account: the id of a person"

    account: Mapped[str] = mapped_column(String(ACCOUNT_LENGTH), primary_key=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)


append_only(EntryRow.__table__)
append_only(MoveRow.__table__)
