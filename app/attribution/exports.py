"""The live log in the formats that `trove attribution replay` reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.attribution import commands, queries
from app.attribution.queries import PaidLine
from app.attribution.rules import DEFAULT_RULE, LIVE_VERDICTS
from app.platform.uow import Snapshot


@dataclass(frozen=True, slots=True)
class Exported:
    """Rows of the touches and lines files, and the rule; replayed they give the stored receipts."""

    touches: list[tuple[object, ...]]
    lines: list[tuple[object, ...]]
    rule: str


def export(view: Snapshot) -> Exported:
    """Return the log of every paid line.

    A buyer is named by account and line: which touches are theirs, and what live data knew of them
    when the receipt was made, may differ from line to line. A touch that live data bar has what
    bars it for its kind, which is in no class, and its own kind in `barred_kind`: whoever does not
    know that column credits alike, and ours gives the same verdicts too.
    """
    found: list[tuple[object, ...]] = []
    lines = []
    for line in queries.all_lines(view):
        actor = f"{line.buyer_id}.{line.line_id}"
        lines.append(_line_row(line, actor))
        found += _touch_rows(view, line, actor)
    return Exported(found, lines, _rule())


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
    # What live data knew when the receipt was made, which is not what they know now.
    said = queries.verdicts(view, line_id=line.line_id)
    for touch in commands.candidates(view, line):
        bar = said.get(touch.touch_id)
        if bar is None:
            continue
        barred = bar in LIVE_VERDICTS
        yield (
            touch.touch_id,
            touch.ts_ms,
            bar if barred else touch.kind,
            touch.author_id,
            touch.note_id,
            touch.product_id,
            touch.brand_id,
            actor,
            touch.kind if barred else "",
        )


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
