"""Figures as people read them: by whose filter, with names, as CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.insights import queries
from app.insights.queries import Filter, Row
from app.kernel.ids import BrandId
from app.kernel.problems import FieldError, InvalidInput, NotFound, field_error
from app.kernel.time import day_of
from app.platform.uow import Snapshot
from app.web.caller import signed_in

DAYS = 30
"""So many days are shown to whoever does not say."""

DAYS_MAX = 366
FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Days outside are slips; from the ends of the calendar one cannot count on."""

OUTSIDE = f"Years are {FIRST_YEAR} to {LAST_YEAR}."
BACKWARDS = "These days end before they begin."
TOO_MANY = f"These are more than {DAYS_MAX} days."

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0")
"""Cells that begin so are formulas to spreadsheets; they get an apostrophe in front."""

CSV_COLUMNS = (
    "key",
    "label",
    "orders",
    "pieces",
    "net_fen",
    "refunded_fen",
    "kept_fen",
    "commission_fen",
)


def filter_of(view: Snapshot, asked: dict[str, Any], brand_key: str) -> Filter:
    """Return the filter that was asked for, of a brand of the caller's own.

    Raises:
        NotFound: there is no such brand, or the caller does not belong to it.
        InvalidInput: the days are in no order, or too many.
    """
    brand = catalogue.brand(view, key=brand_key)
    brand_id = BrandId(brand.id)
    if not catalogue.is_brand_member(view, account_id=signed_in(), brand_id=brand_id):
        raise NotFound
    from_on, to_on = _days(asked.get("from_on"), asked.get("to_on"), today=day_of(view.now))
    names = ("dates", "creator_id", "note_id", "product_id", "merchant_id")
    return Filter(brand_id, from_on, to_on, **{name: asked[name] for name in names})


def _days(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """Return both ends; who gives none or one means `DAYS` days, or those up to today."""
    named = "/to_on" if last else "/from_on"
    given = (("/from_on", first), ("/to_on", last))
    if faults := [_fault(where, OUTSIDE) for where, day in given if day and not _is_day(day)]:
        raise InvalidInput(faults)
    last = last or max(today, first or today)
    first = first or last - timedelta(days=DAYS - 1)
    if not 0 <= (last - first).days < DAYS_MAX:
        raise InvalidInput([_fault(named, BACKWARDS if last < first else TOO_MANY)])
    return first, last


def _is_day(day: date) -> bool:
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _fault(pointer: str, why: str) -> FieldError:
    return field_error(pointer, "out-of-range", why)


def rows_of(view: Snapshot, which: Filter, by: str) -> Sequence[Row]:
    """Return the parts of a filter's sum."""
    if by == "day":
        return queries.series(view, which=which)
    return queries.grouped(view, which=which, by=by)


def labelled(view: Snapshot, rows: Sequence[Row], by: str) -> list[dict[str, Any]]:
    """Return rows with a name each."""
    names: dict[Any, str] = {
        **_names(view, [row.key for row in rows if row.key], by),
        None: _("nobody credited"),
        queries.REST: _("all others"),
    }
    return [
        {
            "key": None if row.key is None else str(row.key),
            "label": names.get(row.key, str(row.key)),
            "figures": row.figures,
        }
        for row in rows
    ]


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as RFC 4180 text, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        figures = row["figures"]
        numbers = [getattr(figures, name) for name in CSV_COLUMNS[2:]]
        writer.writerow([_safe(row["key"] or ""), _safe(row["label"]), *numbers])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _names(view: Snapshot, keys: list[Any], by: str) -> dict[Any, str]:
    if by == "creator":
        return {one.id: one.name for one in accounts.people(view, account_ids=keys).values()}
    if by == "note":
        return dict(content.titles(view, note_ids=keys))
    if by == "product":
        return {one.id: one.name for one in catalogue.products(view, product_ids=keys).values()}
    if by == "merchant":
        return {one.id: one.name for one in catalogue.merchants(view, ids=keys).values()}
    return {}
