"""The sandbox provider, running while the town is made: it has to know what was paid there.

A refund of an order of the demo is asked of it later, as any other is.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from app.cli.processes import PROGRAM
from app.kernel.ids import PaymentId, RefundId
from app.orders.api import PaymentProvider, ProviderDown, ProviderRefused
from app.platform.adapters import adapter
from app.platform.process import ending_with_this
from app.settings import Settings

START_SECONDS = 20.0
LOOK_SECONDS = 0.05


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_bank(settings: Settings) -> Generator[None]:
    """Run the sandbox provider of ``settings`` for the block; nothing where it is not used."""
    if settings.payment != "sandbox":
        yield
        return
    given = {
        "TROVE_DATA_DIR": str(settings.data_dir),
        "TROVE_SANDBOX_PORT": str(settings.bank_port),
        "TROVE_PORT": str(settings.port),
    }
    command = [sys.executable, "-m", PROGRAM, "sandbox"]
    with subprocess.Popen(  # noqa: S603 - our own program, and no word of a stranger's
        command,
        env={**os.environ, **given},
        preexec_fn=ending_with_this(),  # noqa: PLW1509 - no thread runs yet
    ) as process:
        try:
            _wait(settings.bank_port, process)
            yield
        finally:
            process.terminate()


class BankRefused(Exception):
    """The sandbox knows no such behaviour."""


class BankAway(Exception):
    """The sandbox does not answer."""


def tell(what: str, value: str) -> None:
    """Tell the sandbox how the next payment or refund goes.

    Raises:
        BankRefused: it knows no such behaviour.
        BankAway: it does not answer.
    """
    provider: Any = adapter(PaymentProvider)
    try:
        provider.tell(what=what, value=value)
    except ProviderRefused:
        raise BankRefused(f"the sandbox knows no {what} that goes {value!r}") from None
    except ProviderDown as error:
        raise BankAway(f"the sandbox does not answer: {error}") from None


def pay(payment_id: PaymentId, amount_fen: int) -> str:
    """Pay a charge without a word to the site; return the transaction's id."""
    provider: Any = adapter(PaymentProvider)
    provider.open_charge(charge_no=payment_id, amount_fen=amount_fen, description="demo")
    provider.pay(charge_no=payment_id, behaviour="silent")
    return str(provider.charge(charge_no=payment_id).payments[0].txn_id)


def refund(refund_id: RefundId, txn_id: str, amount_fen: int) -> None:
    """Send money back."""
    adapter(PaymentProvider).refund(refund_no=refund_id, txn_id=txn_id, amount_fen=amount_fen)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(LOOK_SECONDS)
        else:
            return
    raise RuntimeError(f"the sandbox provider did not start (status {process.poll()})")
