"""Connections to PostgreSQL that notice a server which is there and says nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.errors import OperationalError

from app.platform.pulse import PULSE, SILENT

GRACE_SECONDS = 1.0


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that is there and says nothing.

    Neither the statement's time limit nor TCP's notices a stopped server: its kernel still answers.
    """

    limit_seconds = GRACE_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, but no longer than `limit_seconds`; then the connection is gone."""
        if PULSE.silent:
            if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                # What it had begun is void: a rollback would not be heard either.
                self.pgconn.finish()
            raise OperationalError(SILENT)
        try:
            return super().wait(gen, interval=interval, timeout=timeout or self.limit_seconds)
        except psycopg.Error as error:
            # What the server itself says (it has a SQLSTATE) is an answer; in a pipeline it comes
            # while the transaction is still called active.
            if (
                isinstance(error, OperationalError)
                and error.sqlstate is None
                and not self.closed
                and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE
            ):
                self.pgconn.finish()
            # The server's details show the row ("Key (phone)=(…)"): they must not come into a log.
            error.args = (error.diag.message_primary or str(error),)
            raise


def connecting(given: Mapping[str, Any], *, statement_seconds: float) -> Callable[[], Any]:
    """Return what makes a connection with libpq's parameters ``given``.

    The server itself ends a statement after ``statement_seconds``; not much later it is the server
    that does not answer.
    """

    def connect() -> WatchedConnection:
        made = PULSE.connected(lambda: WatchedConnection.connect(**given))
        made.limit_seconds = statement_seconds + GRACE_SECONDS
        return made

    return connect
