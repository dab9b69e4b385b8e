"""A line, and touches that may lead to it, for the tests of the rules."""

from app.attribution.rules import DEFAULT_RULE, HOUR_MS, Line, Touch
from app.kernel.money import Money

NOW = 1_800_000_000_000
DAY_MS = 24 * HOUR_MS
MODELS = tuple(DEFAULT_RULE.models)
LINE = Line("order", "1", NOW, "buyer", "tea", "brand", Money(1_000_000))


def touched(
    touch_id: str = "t1",
    age_ms: int = HOUR_MS,
    kind: str = "tag_click",
    creator: str = "ann",
    **more: str | None,
) -> Touch:
    facts = {"post": f"note of {touch_id}", "product": "tea", "brand": "brand", "actor": "buyer"}
    return Touch(touch_id, NOW - age_ms, kind, creator, **{**facts, **more})  # type: ignore[arg-type] # str throughout but for bar
