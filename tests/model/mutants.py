"""Faults in the handling of money, made by hand: each changes one place, and the model must see it.

`python -m tests.model.mutants` plants each in a process of its own and tells which live; numbers
as arguments choose some. Nothing on the disk is changed: the module is compiled from the changed
source as it is imported.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 150
"""A mutant that so many trades do not find is counted as living."""


@dataclass(frozen=True)
class Mutant:
    """One change: ``old`` stands once in the file."""

    file: str
    old: str
    new: str
    also: tuple[str, str] | None = None
    """What stands guard behind it in the same file, and must go too for anything to be seen."""

    @property
    def module(self) -> str:
        """The dotted name of the file's module."""
        return self.file.removesuffix(".py").replace("/", ".")

    @property
    def source(self) -> str:
        """The changed source.

        Raises:
            ValueError: the place is not there once; the code has moved on.
        """
        told = (ROOT / self.file).read_text()
        if told.count(self.old) != 1:
            raise ValueError(f"{self.file} has {told.count(self.old)} times: {self.old}")
        told = told.replace(self.old, self.new)
        if self.also is not None and self.also[0] not in told:
            raise ValueError(f"{self.file} has no more: {self.also[0]}")
        return told.replace(*self.also) if self.also else told


PAYMENT = "app/orders/commands/payment.py"
REFUNDS = "app/orders/commands/refunds.py"
FULFILMENT = "app/orders/commands/fulfilment.py"
CHECKOUT = "app/orders/commands/checkout.py"
NOTICES = "app/orders/commands/notices.py"
ORDER_RULES = "app/orders/rules.py"
STOCK = "app/catalogue/commands/stock.py"
CREDIT = "app/attribution/commands.py"
CREDIT_RULES = "app/attribution/rules.py"
LEDGER = "app/ledger/rules.py"
MONEY = "app/kernel/money.py"
TOUCHES = "app/touches/commands.py"

MUTANTS = (
    # Money that comes
    Mutant(
        PAYMENT,
        'return "fits" if seen.amount_fen == money.amount_fen',
        'return "fits" if seen.amount_fen <= money.amount_fen',
    ),
    Mutant(
        PAYMENT,
        'return "fits" if seen.amount_fen == money.amount_fen',
        'return "fits" if seen.amount_fen >= money.amount_fen',
    ),
    Mutant(PAYMENT, '        return "too-late"', '        return "twice"'),
    Mutant(PAYMENT, "        return _known(uow, money)", "        return outcome"),
    Mutant(PAYMENT, "    catalogue.sell(uow, ref=one.id)\n", ""),
    Mutant(
        PAYMENT,
        "            amount_fen=money.amount_fen,\n            reason=NOT_OURS",
        "            amount_fen=money.amount_fen - 1 or 1,\n            reason=NOT_OURS",
    ),
    Mutant(PAYMENT, "    uow.announce(RefundGranted(refund_id=refund_id))\n", ""),
    Mutant(
        PAYMENT,
        "    ledger.post(uow, ledger.unmatched(provider=money.provider, txn=money.txn_id, amount=amount))\n",
        "",
    ),
    Mutant(PAYMENT, "PaymentRow.opened_at.is_not(None))", "PaymentRow.opened_at.is_(None))"),
    Mutant(
        NOTICES,
        'return "failed" if fail_refund(uow, refund_id=refund_id) else "known"',
        'return "failed" if confirm_refund(uow, refund_id=refund_id) else "known"',
    ),
    Mutant(
        "app/orders/projector.py", "        take_payments(provider.name, payment_id, said)\n", ""
    ),
    # Money that goes back
    Mutant(
        REFUNDS,
        "refunded_fen=LineRow.refunded_fen + part.amount_fen,",
        "refunded_fen=LineRow.refunded_fen + part.amount_fen * (part.quantity or 1),",
    ),
    Mutant(
        REFUNDS,
        "                refunding_quantity=LineRow.refunding_quantity - part.quantity,\n            )\n        )\n\n\ndef _take_back",
        "            )\n        )\n\n\ndef _take_back",
    ),
    Mutant(
        REFUNDS,
        "if not _move(uow, refund_id, RefundState.GRANTED, RefundState.FAILED, {}):",
        "if not _move(uow, refund_id, RefundState.ASKED, RefundState.FAILED, {}):",
    ),
    Mutant(
        REFUNDS,
        '    _let_go(uow, seen)\n    write_step(\n        uow, one.id, what="refund-refused"',
        '    write_step(\n        uow, one.id, what="refund-refused"',
    ),
    Mutant(
        REFUNDS,
        '        _restock(uow, skus[part.line_id], part.quantity, f"{seen.id}:{part.line_id}")',
        "        pass",
    ),
    Mutant(
        REFUNDS,
        "    if before.state is not OrderState.PAID:\n        return",
        "    if before.state is OrderState.COMPLETED:\n        return",
    ),
    Mutant(
        REFUNDS,
        "if all(line.refunded_fen == line.net_fen for line in now_seen.lines):",
        "if any(line.refunded_fen == line.net_fen for line in now_seen.lines):",
    ),
    Mutant(
        REFUNDS,
        "            left = line.quantity - line.refunded_quantity",
        "            left = line.quantity",
    ),
    Mutant(
        REFUNDS,
        "        parts={part.line_id: part.amount_fen for part in seen.parts},",
        "        parts={part.line_id: part.amount_fen for part in seen.parts[:1]},",
    ),
    Mutant(
        ORDER_RULES,
        "        amount = line.left_fen if end == line.quantity else min(worth, line.left_fen)",
        "        amount = min(worth, line.left_fen)",
    ),
    Mutant(
        ORDER_RULES,
        "        amount = line.left_fen if end == line.quantity else min(worth, line.left_fen)",
        "        amount = line.left_fen if end == line.quantity else worth",
    ),
    Mutant(
        ORDER_RULES,
        "        return self.net_fen - self.refunded_fen - self.refunding_fen",
        "        return self.net_fen - self.refunded_fen",
    ),
    # Holding and releasing
    Mutant(
        FULFILMENT,
        "not line.settled and line.id not in held]",
        "not line.settled]",
        (
            "            LineRow.refunding_fen == 0,\n            LineRow.refunded_fen",
            "            LineRow.refunded_fen",
        ),
    ),
    Mutant(
        FULFILMENT,
        "    if {line.id for line in seen.lines if not line.settled} <= set(released):",
        "    if released:",
    ),
    Mutant(
        FULFILMENT,
        "    return release_due(seen.received_at, days=settings.release_days) <= uow.now",
        "    return True",
        (
            "    latest = view.now - timedelta(days=settings.release_days)",
            "    latest = view.now",
        ),
    ),
    Mutant(
        FULFILMENT,
        "    latest = view.now - timedelta(days=settings.release_days)",
        "    latest = view.now - timedelta(days=settings.release_days + 1)",
    ),
    Mutant(
        FULFILMENT,
        "    latest = view.now - timedelta(days=settings.auto_receipt_days)",
        "    latest = view.now - timedelta(days=settings.release_days)",
    ),
    Mutant(CREDIT, '        regrade(uow, line_id=line_id, stage="release")', "        pass"),
    # Reserving and selling
    # That two cannot reserve the last piece decides a race; its twin is in tests/races.
    Mutant(
        "app/catalogue/commands/products.py",
        "SkuRow.on_hand + change.stock_change >= SkuRow.reserved)",
        "SkuRow.on_hand + change.stock_change >= 0)",
    ),
    Mutant(
        STOCK,
        "            _set(uow, sku_id, on_hand=-quantity, reserved=-quantity)",
        "            _set(uow, sku_id, on_hand=-quantity, reserved=0)",
    ),
    Mutant(
        STOCK,
        "            _set(uow, sku_id, on_hand=0, reserved=-quantity)",
        "            _set(uow, sku_id, on_hand=quantity, reserved=-quantity)",
    ),
    Mutant(CHECKOUT, "        catalogue.unreserve(uow, ref=one.id)\n", ""),
    Mutant(CHECKOUT, "    uow.announce(ChargeAbandoned(payment_id=seen.payment.id))\n", ""),
    Mutant(
        CHECKOUT, "    if now_seen.terms() != agreed or now_seen.short:", "    if now_seen.short:"
    ),
    Mutant(CHECKOUT, "    if whose != buyer_id or not timedelta(0)", "    if not timedelta(0)"),
    # Crediting
    Mutant(
        CREDIT, "min(max(touch_bp, order_bp), BP - line.fee_bp)", "min(order_bp, BP - line.fee_bp)"
    ),
    Mutant(
        CREDIT, "min(max(touch_bp, order_bp), BP - line.fee_bp)", "min(touch_bp, BP - line.fee_bp)"
    ),
    Mutant(
        CREDIT,
        "for at in (from_ms(touch.ts_ms), line.placed_at)",
        "for at in (from_ms(touch.ts_ms), line.paid_at)",
    ),
    Mutant(
        CREDIT,
        "    parts = Money(line.left_fen).split(weights)",
        "    parts = Money(line.net_fen).split(weights)",
    ),
    Mutant(
        CREDIT, '    if touch.author_id == line.buyer_id:\n        return "self_purchase"\n', ""
    ),
    Mutant(
        CREDIT,
        '    if not author.was_earning(from_ms(touch.ts_ms)):\n        return "author_not_earning"\n',
        "",
    ),
    Mutant(CREDIT, '    if not touch.token_ok:\n        return "bad_token"\n', ""),
    Mutant(CREDIT, '    return "author_banned" if author.is_banned else None', "    return None"),
    Mutant(
        "app/attribution/jobs.py",
        "        before = view.now - commands.GRACE",
        "        before = view.now",
    ),
    Mutant(
        CREDIT,
        "            .values(left_fen=after.net.fen)",
        "            .values(left_fen=line.net.fen)",
    ),
    Mutant(
        CREDIT,
        "                .values(credited_fen=share.credited.fen)",
        "                .values(credited_fen=0)",
    ),
    Mutant(
        CREDIT_RULES,
        '            winner = places[-1] if model == "last" else places[0]',
        "            winner = places[0]",
    ),
    Mutant(CREDIT_RULES, '    waterfall=("click", "read"),', '    waterfall=("read", "click"),'),
    Mutant(
        CREDIT_RULES,
        '    if line.ts_ms - touch.ts_ms >= found.window_ms:\n        return "outside_window"\n',
        "",
    ),
    Mutant(
        CREDIT_RULES,
        'frozenset({"open"}), 7 * 24 * HOUR_MS)',
        'frozenset({"open"}), 30 * 24 * HOUR_MS)',
    ),
    Mutant(
        "app/touches/queries.py",
        "TouchRow.device_id.in_(devices) & TouchRow.account_id.is_(None),",
        "TouchRow.device_id.in_(devices),",
    ),
    Mutant(
        "app/touches/queries.py",
        "        LinkRow.account_id == account_id, LinkRow.at < _end_of(to_ms)\n",
        "        LinkRow.account_id == account_id\n",
    ),
    # Posting
    Mutant(
        LEDGER, '        moves += _moves((pending, chart.FEES, line.fee, "fee"), line=line)\n', ""
    ),
    Mutant(
        LEDGER,
        "        due = line.net + line.freight - line.fee - commission",
        "        due = line.net + line.freight - commission",
    ),
    Mutant(
        LEDGER,
        '    moves = _give_back(now, line, (chart.FEES, line.fee - after.fee), "fee")',
        '    moves = _give_back(now, line, (chart.FEES, (line.net - after.net).portion(line.fee_bp)), "fee")',
    ),
    Mutant(
        LEDGER,
        "        owed = old.commission - new.commission",
        "        owed = (old.credited - new.credited).portion(old.commission_bp)",
    ),
    Mutant(
        LEDGER,
        "    if not line.released:\n        return [(holder.pending, amount)]\n",
        "    if True:\n        return [(holder.pending, amount)]\n",
    ),
    Mutant(
        LEDGER,
        "        if change < ZERO:\n            back +=",
        "        if change < ZERO and False:\n            back +=",
    ),
    Mutant(
        MONEY,
        "        return Money(self.fen * rate_bp // BP)",
        "        return Money((self.fen * rate_bp + BP // 2) // BP)",
    ),
)


class Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from changed source."""

    def __init__(self, mutant: Mutant) -> None:
        """Plant ``mutant``."""
        self._mutant = mutant
        self._source = mutant.source

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find that module, and no other."""
        del path, target
        if name != self._mutant.module:
            return None
        return importlib.util.spec_from_loader(name, self)

    def get_source(self, fullname: str) -> str:
        """Return the changed source."""
        del fullname
        return self._source

    def get_code(self, fullname: str) -> CodeType:
        """Compile it under its file's name."""
        del fullname
        return compile(self._source, str(ROOT / self._mutant.file), "exec")


def run_planted(number: int) -> int:
    """Hold the model against the shop with one fault in it; return what pytest does."""
    sys.meta_path.insert(0, Planted(MUTANTS[number]))
    import pytest  # after the planting: its plugins import what is tested

    here = str(Path(__file__).with_name("test_model.py"))
    return int(pytest.main(["-q", "-n", "0", "-x", "-p", "no:randomly", "-W", "ignore", here]))


def is_found(number: int, *, examples: int = EXAMPLES) -> bool:
    """Tell whether the model sees a fault, in a process of its own."""
    command = [sys.executable, "-m", "tests.model.mutants", "--planted", str(number)]
    environment = {**os.environ, "MODEL_EXAMPLES": str(examples), "MODEL_SHRINKS": "0"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 1


def main(words: Sequence[str]) -> int:
    """Plant those that are asked for, or all; tell which live."""
    if words[:1] == ["--planted"]:
        return run_planted(int(words[1]))
    living = []
    chosen = [int(word) for word in words] or list(range(len(MUTANTS)))
    for number in chosen:
        begun = time.monotonic()
        found = is_found(number)
        one = MUTANTS[number]
        took = f"{time.monotonic() - begun:4.0f} s"
        told = f"{one.file}: {one.old.strip()[:40]!r} → {one.new.strip()[:40]!r}"
        print(f"{number:3} {'found' if found else 'LIVES'} {took}  {told}", flush=True)
        if not found:
            living.append(number)
    print(f"{len(chosen) - len(living)} of {len(chosen)} found", flush=True)
    return 1 if len(living) * 20 > len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
