"""Money, counts, times and refusals as people read them."""

import re
from datetime import datetime, timedelta

from flask_babel import format_datetime, gettext

from app.kernel.time import SHANGHAI
from app.web.locale import shown_language


def money(fen: int) -> str:
    """Return `¥1,234.50` for 123450 fen; cents only where there are any below a whole yuan."""
    sign = "-" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{cents:02d}"


def count(number: int) -> str:
    """Return a number that is short: 1.2万 in Chinese, 12K in English."""
    if shown_language() == "zh":
        return str(number) if number < 10_000 else _short(number, 10_000, "万")
    if number < 1_000:
        return str(number)
    return _short(number, 1_000_000, "M") if number >= 1_000_000 else _short(number, 1_000, "K")


def ago(at: datetime, *, now: datetime) -> str:
    """Return how long ago ``at`` was, or the day when that is more than a week."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return str(gettext("just now"))
    if passed < timedelta(hours=1):
        return str(gettext("%(n)s min ago", n=int(passed.total_seconds() // 60)))
    if passed < timedelta(days=1):
        return str(gettext("%(n)s h ago", n=int(passed.total_seconds() // 3600)))
    if passed < timedelta(days=7):
        return str(gettext("%(n)s d ago", n=passed.days))
    return day(at)


def day(at: datetime) -> str:
    """Return the day in Shanghai."""
    return at.astimezone(SHANGHAI).date().isoformat()


def moment(at: datetime) -> str:
    """Return the day and the minute in Shanghai."""
    return str(format_datetime(at, "yyyy-MM-dd HH:mm"))


_PARTS = re.compile(r"\d+|(?<=Choose one of: ).+(?=\.$)", re.DOTALL)
"""What differs from one refusal to the next of the same kind."""


def sentence(text: str) -> str:
    """Return a sentence of ours in the caller's language; numbers in it are kept as they are."""
    exact = str(gettext(text))
    if exact != text:
        return exact
    parts: list[str] = _PARTS.findall(text)
    pattern = _PARTS.sub("{}", text)
    translated = str(gettext(pattern))
    return text if translated == pattern else translated.format(*parts)


def _short(number: int, unit: int, mark: str) -> str:
    tenths = number * 10 // unit
    return f"{tenths // 10}{mark}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}{mark}"
