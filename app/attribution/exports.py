"""The live log in the formats that `trove attribution replay` reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.attribution import commands, queries
from app.attribution.queries import PaidLine
from app.attribution.rules import DEFAULT_RULE
from app.platform.uow import Snapshot
from app.touches import api as touches


@dataclass(frozen=True, slots=True)
class Exported:
    """Rows of the touches and lines files, and the rule; replayed they give the stored receipts."""

    touches: list[tuple[object, ...]]
    lines: list[tuple[object, ...]]
    rule: str


def export(view: Snapshot) -> Exported:
    """Return the log of every paid line.

    A buyer is named by account and by how many devices were theirs at the line's instant: which
    touches are theirs depends on it. A touch that live data bar is written with that as its kind,
    which is in no class.
    """
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    lines = []
    for line in queries.all_lines(view):
        actor = _actor(view, line)
        lines.append(_line_row(line, actor))
        for row in _touch_rows(view, line, actor):
            found[str(row[0]), actor] = row
    return Exported(_unique(found), lines, _rule())


def _actor(view: Snapshot, line: PaidLine) -> str:
    linked = touches.devices_of(view, account_id=line.buyer_id, to_ms=line.instant_ms)
    return f"{line.buyer_id}.{len(linked)}"


def _line_row(line: PaidLine, actor: str) -> tuple[object, ...]:
    return (
        line.order_id,
        line.line_id,
        line.instant_ms,
        actor,
        line.product_id,
        line.brand_id,
        line.net_fen,
        "",
    )


def _touch_rows(view: Snapshot, line: PaidLine, actor: str) -> Iterator[tuple[object, ...]]:
    for seen in commands.to_rules(view, line, commands.candidates(view, line), actor=actor):
        kind = seen.bar or seen.kind
        yield (
            seen.id,
            seen.ts_ms,
            kind,
            seen.creator,
            seen.post,
            seen.product,
            seen.brand,
            actor,
        )


def _unique(found: dict[tuple[str, str], tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Name a touch that several buyers share once for each, in an order that stays the same."""
    seen: dict[str, int] = {}
    rows = []
    for touch_id, actor in sorted(found):
        count = seen[touch_id] = seen.get(touch_id, 0) + 1
        row = found[touch_id, actor]
        rows.append(row if count == 1 else (f"{touch_id}.{count}", *row[1:]))
    return rows


def _rule() -> str:
    said = {
        "classes": {
            one.name: {"kinds": sorted(one.kinds), "window_ms": one.window_ms}
            for one in DEFAULT_RULE.classes
        },
        "waterfall": list(DEFAULT_RULE.waterfall),
        "match": DEFAULT_RULE.match,
        "dedup_ms": DEFAULT_RULE.dedup_ms,
        "path_cap": DEFAULT_RULE.path_cap,
        "models": {"last": {}},
    }
    return json.dumps(said, indent=1)
