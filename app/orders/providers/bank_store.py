"""What the sandbox remembers: its own SQLite file, committed before it answers."""

import json
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS charge (
  charge_no TEXT PRIMARY KEY, amount_fen INTEGER NOT NULL, description TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting');
CREATE TABLE IF NOT EXISTS closure (charge_no TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS txn (
  txn_id TEXT PRIMARY KEY, charge_no TEXT NOT NULL, amount_fen INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refund (
  refund_no TEXT PRIMARY KEY, txn_id TEXT NOT NULL, amount_fen INTEGER NOT NULL,
  state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notice (
  event_id TEXT PRIMARY KEY, body TEXT NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS told (what TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


DIE_SECONDS = 1.0
"""A sandbox that is told to die sends its notices after this long: never before it is dead."""

REPEATS = 5


class Conflict(Exception):
    """The request contradicts what is known; the text is the reason's code."""


class BankStore:
    """Charges, transactions, refunds, and the notices that are still to be sent."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def open_charge(self, charge_no: str, amount_fen: int, description: str) -> None:
        """Keep a charge; the same number must be for the same sum."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO charge (charge_no, amount_fen, description) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (charge_no, amount_fen, description),
            )
            if self._one("SELECT amount_fen FROM charge WHERE charge_no = ?", charge_no) != (
                amount_fen,
            ):
                raise Conflict("charge-differs")

    def charge(self, charge_no: str) -> dict[str, Any]:
        """Return a charge with what came for it."""
        with self._lock:
            row = self._one(
                "SELECT state, amount_fen, description FROM charge WHERE charge_no = ?", charge_no
            )
            if row is None:
                raise Conflict("charge-unknown")
            payments = self._db.execute(
                "SELECT txn_id, amount_fen FROM txn WHERE charge_no = ? ORDER BY rowid",
                (charge_no,),
            ).fetchall()
        return {
            "charge_no": charge_no,
            "state": row[0],
            "amount_fen": row[1],
            "description": row[2],
            "payments": [{"txn_id": txn, "amount_fen": fen} for txn, fen in payments],
        }

    def close_charge(self, charge_no: str) -> None:
        """Take no more payments for a charge; one that was paid stays paid."""
        self.charge(charge_no)
        with self._lock, self._db:
            self._db.execute("INSERT INTO closure VALUES (?) ON CONFLICT DO NOTHING", (charge_no,))
            self._db.execute(
                "UPDATE charge SET state = 'closed' WHERE charge_no = ? AND state = 'waiting'",
                (charge_no,),
            )

    def pay(self, charge_no: str, behaviour: str, late_seconds: float) -> list[str]:
        """Take the wallet's money, and plan the notices as told; return the transactions."""
        seen = self.charge(charge_no)
        if behaviour == "decline":
            raise Conflict("declined")
        more = {"wrong_amount": -1, "too_much": 1}.get(behaviour, 0)
        amounts = [seen["amount_fen"] + more]
        if behaviour == "twice":
            amounts *= 2
        txns = [(f"txn_{secrets.token_hex(12)}", amount) for amount in amounts]
        wait_seconds = {"late": late_seconds, "die": DIE_SECONDS}.get(behaviour, 0.0)
        due = time.time() + wait_seconds
        times = {"silent": 0, "repeated": REPEATS}.get(behaviour, 1)
        with self._lock, self._db:
            if self._one("SELECT 1 FROM closure WHERE charge_no = ?", charge_no):
                raise Conflict("charge-closed")
            for txn_id, amount in txns:
                self._db.execute("INSERT INTO txn VALUES (?, ?, ?)", (txn_id, charge_no, amount))
                said = {"charge_no": charge_no, "txn_id": txn_id, "amount_fen": amount}
                for _ in range(times):
                    self._plan("charge.paid", said, due)
            self._db.execute("UPDATE charge SET state = 'paid' WHERE charge_no = ?", (charge_no,))
        return [txn_id for txn_id, _ in txns]

    def refund(
        self, refund_no: str, txn_id: str, amount_fen: int, late_seconds: float
    ) -> tuple[str, str]:
        """Send money back once per number, and never more than came.

        Returns:
            The state, and the behaviour that was told for this refund: `normal` for one that is
            known already.
        """
        with self._lock, self._db:
            known = self._one(
                "SELECT txn_id, amount_fen, state FROM refund WHERE refund_no = ?", refund_no
            )
            if known is not None:
                if known[:2] != (txn_id, amount_fen):
                    raise Conflict("refund-differs")
                return str(known[2]), "normal"
            self._check_refund(txn_id, amount_fen)
            behaviour = self._take("refund") or "normal"
            state = "failed" if behaviour == "fails" else "succeeded"
            self._db.execute(
                "INSERT INTO refund VALUES (?, ?, ?, ?)", (refund_no, txn_id, amount_fen, state)
            )
            said = {"refund_no": refund_no, "txn_id": txn_id, "amount_fen": amount_fen}
            wait_seconds = {"late": late_seconds, "die": DIE_SECONDS}.get(behaviour, 0.0)
            self._plan(f"refund.{state}", said, time.time() + wait_seconds)
            return ("pending" if behaviour == "late" else state), behaviour

    def _check_refund(self, txn_id: str, amount_fen: int) -> None:
        came = self._one("SELECT amount_fen FROM txn WHERE txn_id = ?", txn_id)
        if came is None:
            raise Conflict("txn-unknown")
        went = self._one(
            "SELECT coalesce(sum(amount_fen), 0) FROM refund"
            " WHERE txn_id = ? AND state <> 'failed'",
            txn_id,
        )
        if amount_fen <= 0 or went[0] + amount_fen > came[0]:
            raise Conflict("refund-too-much")

    def refund_state(self, refund_no: str) -> str:
        """Return where a refund stands."""
        with self._lock:
            row = self._one("SELECT state FROM refund WHERE refund_no = ?", refund_no)
        if row is None:
            raise Conflict("refund-unknown")
        return str(row[0])

    def tell(self, what: str, value: str) -> None:
        """Tell in advance how the next payment (`payment`) or refund (`refund`) goes."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO told VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET value = ?",
                (what, value, value),
            )

    def hurry(self) -> None:
        """Send now what was planned for later."""
        with self._lock, self._db:
            self._db.execute("UPDATE notice SET due = 0 WHERE sent = 0")

    def told(self, what: str) -> str | None:
        """Return and forget what was told."""
        with self._lock, self._db:
            return self._take(what)

    def due_notices(self) -> list[tuple[str, str, int]]:
        """Return the notices whose time has come: id, body, tries so far."""
        with self._lock:
            return self._db.execute(
                "SELECT event_id, body, tries FROM notice WHERE sent = 0 AND due <= ?"
                " ORDER BY rowid LIMIT 20",
                (time.time(),),
            ).fetchall()

    def sent(self, event_id: str, *, taken: bool, wait_seconds: float) -> None:
        """Note how sending went; what was not taken is sent again later."""
        with self._lock, self._db:
            self._db.execute(
                "UPDATE notice SET sent = ?, tries = tries + 1, due = ? WHERE event_id = ?",
                (int(taken), time.time() + wait_seconds, event_id),
            )

    def unsent(self) -> int:
        """Return how many notices are still to be taken."""
        with self._lock:
            row = self._db.execute("SELECT count(*) FROM notice WHERE sent = 0").fetchone()
        return int(row[0])

    def _plan(self, type_: str, said: dict[str, object], due: float) -> None:
        event_id = f"evt_{secrets.token_hex(12)}"
        body = json.dumps({"event_id": event_id, "type": type_, **said})
        self._db.execute(
            "INSERT INTO notice (event_id, body, due, tries) VALUES (?, ?, ?, 0)",
            (event_id, body, due),
        )

    def _take(self, what: str) -> str | None:
        row = self._one("SELECT value FROM told WHERE what = ?", what)
        self._db.execute("DELETE FROM told WHERE what = ?", (what,))
        return str(row[0]) if row else None

    def _one(self, statement: str, *values: object) -> Any:
        return self._db.execute(statement, values).fetchone()
