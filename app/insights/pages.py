"""Pages of the insights room: the creator's studio, the brand's dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _

from app.attribution import api as attribution
from app.catalogue import api as catalogue
from app.content import api as content
from app.insights import queries
from app.insights.exports import DAYS, as_csv, filter_of, labelled, rows_of
from app.insights.queries import Figures, Filter
from app.insights.schemas import InsightsQuery
from app.kernel.ids import LineId
from app.kernel.page import PAGE_SIZE
from app.kernel.time import day_of
from app.ledger import api as ledger
from app.orders import api as orders
from app.platform.uow import Snapshot
from app.settings import Settings
from app.web.caller import signed_in
from app.web.parsing import load_query
from app.web.rendering import PageBlueprint, render

pages = PageBlueprint("insights_pages", __name__)

REFUSED_MAX = 30

COMPARED_MIN = 5
"""Of fewer orders in the days before, one more or less would be most of what changed."""

WAITING_MAX = 500
"""The next release is looked for among so many lines, those that wait longest."""

SPANS = (7, 30, 90)
GROUPINGS = ("creator", "note", "product", "merchant")


@pages.page("/studio", signed_in=True)
def studio(view: Snapshot) -> str:
    """Show a creator where they stand: money by state, notes, credited orders, refused touches."""
    me = signed_in()
    mine = ledger.creator(me)
    states = {name: getattr(mine, name) for name in ("pending", "payable", "frozen", "receivable")}
    stands = ledger.balances(view, accounts=list(states.values()))
    found = attribution.credits_of(
        view, creator_id=me, cursor=request.args.get("cursor"), size=PAGE_SIZE
    )
    funnels = queries.funnels(view, creator_id=me)
    refused = attribution.refused_touches(view, creator_id=me, limit=REFUSED_MAX)
    ids = {one.note_id for one in funnels} | {one.share.note_id for one in found.items}
    ids |= {one.note_id for one in refused}
    line_ids = [one.line.line_id for one in found.items]
    receipts = attribution.receipts(view, line_ids=line_ids)
    waiting = attribution.waiting_lines(view, creator_id=me, limit=WAITING_MAX)
    days = _settings().release_days
    dates = orders.release_dates(view, line_ids=[*line_ids, *waiting], release_days=days)
    return render(
        "insights/studio.html",
        money={name: stands[account].fen for name, account in states.items()},
        funnels=funnels,
        titles=content.titles(view, note_ids=list(ids)),
        credits=_credits(view, found.items, dates),
        waiting=len(waiting),
        next_release=min((dates[one] for one in waiting if one in dates), default=None),
        receipts={one.line_id: one for one in receipts},
        next_url=f"/studio?cursor={found.next}" if found.next else None,
        refused=refused,
        why=_why(),
        kinds=_kinds(),
        release_days=days,
    )


@pages.page("/brand/<handle>", signed_in=True)
def brand(view: Snapshot, handle: str) -> str:
    """Show a brand's members what each creator, note and product brought."""
    asked = _asked(view)
    which = filter_of(view, asked, handle)
    shown = {by: labelled(view, queries.grouped(view, which=which, by=by), by) for by in GROUPINGS}
    days = queries.series(view, which=which)
    total = queries.total(view, which=which)
    return render(
        "insights/brand.html",
        brand=catalogue.brand(view, key=handle),
        which=which,
        total=total,
        change=_change(total, queries.total(view, which=_before(which))),
        opens=queries.touch_total(view, which=which, kind="open"),
        taps=queries.touch_total(view, which=which, kind="tag_click"),
        chart=_chart(days),
        spark=[row.figures.net_fen for row in days],
        groups=shown,
        span=asked["span"],
        spans=SPANS,
        query=_query(which),
        at=view.now,
    )


@pages.page("/brand/<handle>/<by>.csv", signed_in=True)
def brand_csv(view: Snapshot, handle: str, by: str) -> Response:
    """Give the rows of a table on the dashboard, by the same filter, as CSV."""
    chosen = by if by in queries.GROUPS else "day"
    which = filter_of(view, _asked(view), handle)
    text = as_csv(labelled(view, rows_of(view, which, chosen), chosen))
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{handle}-{chosen}.csv"'
    return response


def _asked(view: Snapshot) -> dict[str, Any]:
    asked: dict[str, Any] = load_query(InsightsQuery)
    typed = request.args.get("span", "")
    span = int(typed) if typed.isascii() and typed.isdigit() and int(typed[:3]) in SPANS else DAYS
    if asked["from_on"] is None and asked["to_on"] is None:
        last = day_of(view.now)
        asked = {**asked, "to_on": last, "from_on": last - timedelta(days=span - 1)}
    return {**asked, "span": span}


def _before(which: Filter) -> Filter:
    days = (which.to_on - which.from_on).days + 1
    last = which.from_on - timedelta(days=1)
    return replace(which, from_on=which.from_on - timedelta(days=days), to_on=last)


def _change(now: Figures, before: Figures) -> int | str | None:
    """Return by how many basis points more was sold, or that there is little to compare with."""
    if not before.net_fen:
        return None
    if before.orders < COMPARED_MIN:
        return "tiny"
    return (now.net_fen - before.net_fen) * 10_000 // before.net_fen


def _chart(days: tuple[queries.Row, ...]) -> dict[str, Any]:
    return {
        "x": [_short(row.key) for row in days],
        "unit": "fen",
        "series": [
            {"name": str(_("Sold")), "values": [row.figures.net_fen for row in days]},
            {
                "name": str(_("Paid back")),
                "values": [row.figures.refunded_fen for row in days],
                "hollow": True,
            },
        ],
    }


def _short(day: date) -> str:
    return day.strftime("%m-%d")


def _query(which: Filter) -> str:
    parts = [f"from_on={which.from_on}", f"to_on={which.to_on}", f"dates={which.dates}"]
    for name in ("creator_id", "note_id", "product_id", "merchant_id"):
        value = getattr(which, name)
        if value:
            parts.append(f"{name}={value}")
    return "&".join(parts)


def _credits(
    view: Snapshot, found: Sequence[attribution.CreditView], dates: Mapping[LineId, datetime]
) -> list[dict[str, Any]]:
    lines = orders.lines(view, line_ids=[one.line.line_id for one in found])
    return [
        {
            "line": one.line,
            "share": one.share,
            "name": lines[one.line.line_id].name,
            "due": dates.get(one.line.line_id),
            "refunding": lines[one.line.line_id].refunding_fen > 0,
        }
        for one in found
    ]


def _settings() -> Settings:
    found: Settings = current_app.config["TROVE_SETTINGS"]
    return found


def _why() -> dict[str, str]:
    return {
        "after_order": str(_("it came after the checkout had begun")),
        "outside_window": str(_("it was too long before the order")),
        "self_purchase": str(_("it was your own purchase")),
        "author_not_earning": str(_("your creator switch was off then")),
        "bad_token": str(_("the page had been open for too long, or on another device")),
        "author_banned": str(_("the account was closed")),
        "kind_not_eligible": str(_("this kind of touch does not count")),
        "path_cap": str(_("there were too many later ones")),
    }


def _kinds() -> dict[str, str]:
    return {
        "open": str(_("a note opened")),
        "tag_click": str(_("a tag tapped")),
        "save": str(_("a note saved")),
        "share_open": str(_("a shared note opened")),
    }
