"""Naive twins: for each guard the same code but for one line, which the same races must find broken.

Nothing on the disk is changed: a process that runs a twin compiles the module from changed source
as it is imported. Where a second layer would hold what the first lets through, it is taken away
*beneath*, for the twin and for its control; the control differs from the twin by the one line only,
and must hold.

SQLite lets writers take turns, so that whatever a transaction reads is true until it commits. There
the mistake that a naive shop makes is to look in one transaction and to write in another; in a twin
`as_before()` is the database as it stood before the unit of work waited for its turn. The wait between
both is made longer (`Twin.pause`), in twins and their controls only: what is proven is that the
races see such a mistake.
"""

import ast
import contextvars
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

BENEATH = ":beneath"
"""After the name of a twin: its control, with the guard in its place."""

UOW = "app.platform.uow"
PAUSE_SECONDS = 0.02

LATE = """
from tests.races.twins import as_before, new_id, value_before
"""
NAMES = ("as_before", "new_id", "value_before")
EARLY = """
from tests.races.twins import early
unit_of_work = early(unit_of_work)
"""


@dataclass(frozen=True)
class Line:
    """A line of a function, and what stands there instead."""

    module: str
    function: str
    old: str
    new: str


@dataclass(frozen=True)
class Twin:
    """A guard left out by one ``line``; ``beneath`` is what else holds the same."""

    name: str
    race: str
    line: Line
    beneath: tuple[Line, ...] = ()
    pause: float = PAUSE_SECONDS
    waits: bool = False
    """Whether its units of work wait, though it does not read what was there before their turn."""

    @property
    def is_early(self) -> bool:
        """Whether its units of work look, and wait, before their turn."""
        told = [one.new for one in (self.line, *self.beneath)]
        return self.waits or any("as_before()" in one or "value_before(" in one for one in told)


STOCK = "app.catalogue.commands.stock"
CHECKOUT = "app.orders.commands.checkout"
PAYMENT = "app.orders.commands.payment"
NOTICES = "app.orders.commands.notices"
REFUNDS = "app.orders.commands.refunds"
FULFILMENT = "app.orders.commands.fulfilment"
EDGE = "app.web.edge"
KEYS = "app.platform.idempotency"
RELAY = "app.platform.relay"
NOTES = "app.content.commands"
FOLLOWS = "app.accounts.commands.follows"

NO_MAP = Line(KEYS, "running", "if mark in _running:", "if None in _running:")
LOOK_AT_ORDER = (
    "seen = queries.order(uow, order_id=order_id)",
    "seen = queries.order(as_before(), order_id=order_id)",
)

TWINS = (
    Twin(
        "stock",
        "last_item",
        Line(STOCK, "reserve", "if uow.change(taken) != 1:", "if uow.change(taken) > 1:"),
        (
            Line(
                CHECKOUT,
                "place",
                "now_seen = look(uow, wanted=wanted)",
                "now_seen = look(as_before(), wanted=wanted)",
            ),
        ),
    ),
    Twin(
        "key-kept",
        "same_key_checkout",
        Line(EDGE, "_once", "idempotency.keep_answer(uow, claim, answer)", "pass"),
    ),
    Twin(
        "key-looked-for",
        "same_key_refund",
        Line(EDGE, "_once", "before = idempotency.find_answer(uow, claim)", "before = None"),
        (NO_MAP,),
        waits=True,
    ),
    Twin(
        "charge-number",
        "same_payment",
        Line(NOTICES, "pay_path", "charge_no=seen.payment.id", 'charge_no=new_id("payment")'),
    ),
    Twin(
        "cancel",
        "cancel_or_pay",
        Line(
            CHECKOUT,
            "_end",
            '.where(CheckoutRow.id == seen.id, CheckoutRow.state == "placed")',
            ".where(CheckoutRow.id == seen.id)",
        ),
    ),
    Twin(
        "payment-looked-at",
        "two_payments",
        Line(
            PAYMENT,
            "take_money",
            "seen = queries.payment(uow, payment_id=PaymentId(money.charge_no))",
            "seen = queries.payment(as_before(), payment_id=PaymentId(money.charge_no))",
        ),
    ),
    Twin(
        "notice",
        "same_notice",
        Line(
            PAYMENT,
            "take_money",
            "if uow.change(_RECORD, values) == 0:",
            "if uow.change(_RECORD, values) < 0:",
        ),
    ),
    Twin(
        "refund-held",
        "same_line",
        Line(REFUNDS, "_hold", "if uow.change(held) != 1:", "if uow.change(held) > 1:"),
        (Line(REFUNDS, "ask_refund", *LOOK_AT_ORDER),),
    ),
    Twin(
        "refund-decided",
        "decisions",
        Line(
            REFUNDS,
            "_move",
            "where(RefundRow.id == refund_id, RefundRow.state == old)",
            "where(RefundRow.id == refund_id)",
        ),
    ),
    Twin(
        "release",
        "refund_or_release",
        Line(
            FULFILMENT,
            "_release_line",
            "LineRow.refunding_fen == 0,",
            "LineRow.refunding_fen >= 0,",
        ),
        (Line(FULFILMENT, "release", *LOOK_AT_ORDER),),
        pause=0.2,
    ),
    Twin(
        "like-is-news",
        "likes",
        Line(
            NOTES,
            "react",
            "if uow.change(_REACT, values) == 1:",
            "if uow.change(_REACT, values) >= 0:",
        ),
    ),
    Twin(
        "like-counted",
        "likes",
        Line(
            NOTES,
            "_count",
            "values({column: column + by})",
            "values({column: value_before(column, NoteRow.id == note_id) + by})",
        ),
    ),
    Twin(
        "follow-is-news",
        "follows",
        Line(
            FOLLOWS,
            "follow",
            "if uow.change(_FOLLOW, values) == 1:",
            "if uow.change(_FOLLOW, values) >= 0:",
        ),
    ),
    Twin(
        "follow-counted",
        "follows",
        Line(
            FOLLOWS,
            "_count",
            "followers=Account.followers + by",
            "followers=value_before(Account.followers, Account.id == followed_id) + by",
        ),
        pause=0.1,
    ),
    Twin(
        "version",
        "same_change",
        Line(
            NOTES,
            "edit",
            "NoteRow.version == (seen.version if version is None else version),",
            "NoteRow.version > 0,",
        ),
    ),
    Twin(
        "deleted",
        "change_or_delete",
        Line(
            NOTES,
            "delete_note",
            'NoteRow.author_id == author_id, NoteRow.state == "published")',
            "NoteRow.author_id == author_id)",
        ),
    ),
    Twin(
        "delivery-claimed",
        "two_relays",
        Line(
            RELAY,
            "_claim",
            'done = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state == "waiting")',
            "done = update(DeliveryRow).where(DeliveryRow.id == delivery_id)",
        ),
        (
            Line(
                RELAY,
                "_claim",
                "if not uow.rows(mine.with_for_update(skip_locked=True)):",
                "if mine is None:",
            ),
        ),
    ),
)
"""Every twin; README.md tells them in words."""


class Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports modules from changed source."""

    def __init__(self, sources: dict[str, str]) -> None:
        """Take ``sources`` by the names of their modules."""
        self._sources = sources

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find those modules, and no others."""
        del path, target
        if name not in self._sources:
            return None
        return importlib.util.spec_from_loader(name, self)

    def get_source(self, fullname: str) -> str:
        """Return the changed source."""
        return self._sources[fullname]

    def get_code(self, fullname: str) -> CodeType:
        """Compile it under its file's name."""
        return compile(self._sources[fullname], str(_file(fullname)), "exec")


def plant(asked: str) -> None:
    """Have this process run the twin that ``asked`` names, or its control; none for no name."""
    if not asked:
        return
    name = asked.removesuffix(BENEATH)
    twin = next(one for one in TWINS if one.name == name)
    lines = twin.beneath if asked.endswith(BENEATH) else (twin.line, *twin.beneath)
    sources = changed(lines)
    if twin.is_early:
        _pause[0] = twin.pause
        sources[UOW] = sources.get(UOW, _file(UOW).read_text()) + EARLY
    assert not set(sources) & set(sys.modules), "what is changed was imported before"
    sys.meta_path.insert(0, Planted(sources))


def changed(lines: tuple[Line, ...]) -> dict[str, str]:
    """Return the sources of the modules in which ``lines`` stand, changed.

    Raises:
        ValueError: a line is not there once; the code has moved on.
    """
    sources: dict[str, str] = {}
    for one in lines:
        source = sources.get(one.module) or source_of(one.module)
        whole = source.splitlines(keepends=True)
        first, last = _span(source, one.function)
        body = "".join(whole[first:last])
        if body.count(one.old) != 1:
            raise ValueError(f"{one.module}.{one.function} has not one: {one.old}")
        body = body.replace(one.old, one.new)
        sources[one.module] = "".join(whole[:first]) + body + "".join(whole[last:])
    return sources


def source_of(module: str) -> str:
    """Return the source of a module, with the names that changed lines may use."""
    source = _file(module).read_text()
    if taken := [one for one in NAMES if re.search(rf"\b{one}\b", source)]:
        raise ValueError(f"{module} has names of its own: {taken}")
    return source + LATE


_before: contextvars.ContextVar[Any] = contextvars.ContextVar("before")
_pause = [PAUSE_SECONDS]


def as_before() -> Any:
    """Return the database as it stood before this unit of work had its turn."""
    return _before.get()


def value_before(column: Any, condition: Any) -> Any:
    """Return what a column was before this unit of work had its turn."""
    from sqlalchemy import select

    return as_before().value(select(column).where(condition))


def new_id(kind: str) -> str:
    """Return a new id."""
    from app.kernel.ids import mint

    return str(mint(kind))


def early(unit_of_work: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``unit_of_work``, which looks, waits a while, and only then takes its turn."""
    from sqlalchemy import text

    from app.platform.uow import snapshot

    @contextmanager
    def looking(**options: Any) -> Generator[Any]:
        with snapshot() as view:
            # What a snapshot sees is decided when it is first asked for something.
            view.rows(text("SELECT count(*) FROM platform_lease"))
            threading.Event().wait(_pause[0])
            token = _before.set(view)
            try:
                with unit_of_work(**options) as uow:
                    yield uow
            finally:
                _before.reset(token)

    return looking


def _file(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def _span(source: str, function: str) -> tuple[int, int]:
    """Return where a function begins and ends, in lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            assert node.end_lineno is not None
            return node.lineno - 1, node.end_lineno
    raise ValueError(function)
