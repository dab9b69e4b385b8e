"""From touches to credits: which count, how they share, what is said about it; pure.

Whole numbers throughout. Touches have one order everywhere: (ts_ms, touch_id). These functions
credit live orders and replays alike.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.kernel.money import ZERO, Money

HOUR_MS: Final = 3_600_000

ACCEPTED: Final = "accepted"

LIVE_VERDICTS: Final = ("self_purchase", "author_not_earning", "bad_token", "author_banned")
"""What only live data know, in the order in which they are checked."""

SINGLE_WINNERS: Final = frozenset({"first", "last"})


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch as the rules see it; ``bar`` is the first of `LIVE_VERDICTS` that holds, if any."""

    id: str
    ts_ms: int
    kind: str
    creator: str
    post: str
    product: str
    brand: str
    actor: str
    bar: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An order line as the rules see it; ``ts_ms`` is when its checkout was previewed."""

    order: str
    line: str
    ts_ms: int
    actor: str
    product: str
    brand: str
    net: Money


@dataclass(frozen=True, slots=True)
class TouchClass:
    """Kinds that count alike, and for how long: ``age < window_ms``."""

    name: str
    kinds: frozenset[str]
    window_ms: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of attribution: what counts, and by which models it is shared.

    Args:
        classes: kinds in no class are not eligible.
        waterfall: single-winner models look at the first of these classes with a touch.
        match: `product` or `brand`, what a touch and a line must have in common.
        dedup_ms: a touch repeats the last accepted one of its post and kind when that is younger
            than this; 0: none does.
        path_cap: the newest so many are kept.
        models: by name, their parameters.
    """

    classes: tuple[TouchClass, ...]
    waterfall: tuple[str, ...]
    match: str
    dedup_ms: int
    path_cap: int
    models: Mapping[str, Mapping[str, object]]

    def class_of(self, kind: str) -> TouchClass | None:
        """Return the class that a kind of touch is in."""
        return next((one for one in self.classes if kind in one.kinds), None)

    @property
    def longest_ms(self) -> int:
        """The longest window: nothing older can count."""
        return max(one.window_ms for one in self.classes)

    def sha256(self, model: str) -> str:
        """Return what names the rule as ``model`` applies it; other models do not change it."""
        said = {
            "classes": {one.name: [sorted(one.kinds), one.window_ms] for one in self.classes},
            "waterfall": list(self.waterfall),
            "match": self.match,
            "dedup_ms": self.dedup_ms,
            "path_cap": self.path_cap,
            "model": [model, dict(self.models[model])],
        }
        return hashlib.sha256(_canonical(said).encode()).hexdigest()


DEFAULT_RULE: Final = Rule(
    classes=(
        TouchClass("click", frozenset({"tag_click", "share_open", "save"}), 30 * 24 * HOUR_MS),
        TouchClass("read", frozenset({"open"}), 7 * 24 * HOUR_MS),
    ),
    waterfall=("click", "read"),
    match="product",
    dedup_ms=30 * 60 * 1000,
    path_cap=256,
    models={
        "first": {},
        "last": {},
        "linear": {},
        "position": {"ends": [2, 5]},
        "time_decay": {"half_life_h": 168, "bits": 32},
        "creator_equal": {},
    },
)
"""Settlement looks at clicks of 30 days, then at reads of 7 (ADR 0007)."""

SETTLING_MODEL: Final = "last"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Touches that count, in order, and one verdict for every touch there was."""

    path: tuple[Touch, ...]
    verdicts: tuple[tuple[Touch, str], ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """A touch's part of a line."""

    touch: Touch
    age_ms: int
    weight: int
    credited: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who is credited for a line, why, and why nobody else; recomputable to the byte."""

    line: Line
    rule: Rule
    model: str
    credits: tuple[Credit, ...]
    verdicts: tuple[tuple[str, str], ...]
    unattributed: Money

    @property
    def record(self) -> str:
        """The receipt as canonical JSON: sorted keys, no spaces, whole numbers only."""
        said = {
            "order": self.line.order,
            "line": self.line.line,
            "instant_ms": self.line.ts_ms,
            "net_fen": self.line.net.fen,
            "model": self.model,
            "rule_sha256": self.rule.sha256(self.model),
            "path": [
                {
                    "touch": credit.touch.id,
                    "age_ms": credit.age_ms,
                    "kind": credit.touch.kind,
                    "creator": credit.touch.creator,
                    "post": credit.touch.post,
                    "weight": str(credit.weight),
                    "credit_fen": credit.credited.fen,
                }
                for credit in self.credits
            ],
            "verdicts": [list(pair) for pair in self.verdicts],
            "unattributed_fen": self.unattributed.fen,
        }
        return _canonical(said)

    @property
    def sha256(self) -> str:
        """What names the record."""
        return hashlib.sha256(self.record.encode()).hexdigest()


def judge(line: Line, touches: Sequence[Touch], rule: Rule) -> Judgement:
    """Give every touch exactly one verdict for ``line``; the first check that fails is its reason.

    Args:
        line: the order line.
        touches: in any order; of one actor or of many. One id is one touch, however often given.
        rule: in force for the line.
    """
    once = {touch.id: touch for touch in touches}
    path: list[Touch] = []
    verdicts: dict[str, tuple[Touch, str]] = {}
    last_at: dict[tuple[str, str], int] = {}
    for touch in sorted(once.values(), key=_order):
        why = _barred(line, touch, rule) or _repeated(touch, rule, last_at)
        if why is None:
            last_at[touch.post, touch.kind] = touch.ts_ms
            path.append(touch)
        verdicts[touch.id] = (touch, why or ACCEPTED)
    for touch in path[: -rule.path_cap]:
        verdicts[touch.id] = (touch, "path_cap")
    return Judgement(tuple(path[-rule.path_cap :]), tuple(verdicts.values()))


def weights(model: str, path: Sequence[Touch], line: Line, rule: Rule) -> list[int]:
    """Return a whole weight of 0 or more for each touch of a path.

    Raises:
        KeyError: the rule has no such model.
    """
    count = len(path)
    parameters = rule.models[model]
    if model in SINGLE_WINNERS:
        return _single(model, path, rule)
    if model == "position":
        return _position(count, parameters)
    if model == "time_decay":
        return _decay(path, line, parameters)
    if model == "creator_equal":
        # The Shapley value of "sum of conversions" is an equal split over distinct creators
        # (Zhao, Mahboobi, Bagheri, arXiv 1804.05327); a creator's share sits on their last touch.
        final = {touch.creator: place for place, touch in enumerate(path)}
        return [int(final[touch.creator] == place) for place, touch in enumerate(path)]
    return [1] * count


def credit(
    line: Line, touches: Sequence[Touch], rule: Rule, model: str = SETTLING_MODEL
) -> Receipt:
    """Return the receipt of ``line``: its net shared over the touches that count.

    With none, all of it is unattributed.
    """
    return share(line, judge(line, touches, rule), rule, model)


def share(line: Line, judgement: Judgement, rule: Rule, model: str) -> Receipt:
    """Return the receipt of ``line`` for touches that have been judged already.

    Where every weight has decayed to nothing, nobody is credited.
    """
    path = judgement.path
    given = weights(model, path, line, rule)
    parts = line.net.split(given) if any(given) else (ZERO,) * len(path)
    credits_ = tuple(
        Credit(touch, line.ts_ms - touch.ts_ms, weight, part)
        for touch, weight, part in zip(path, given, parts, strict=True)
    )
    return Receipt(
        line=line,
        rule=rule,
        model=model,
        credits=credits_,
        verdicts=tuple((touch.id, why) for touch, why in judgement.verdicts),
        unattributed=line.net - Money.total(parts),
    )


def _canonical(said: Mapping[str, object]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _order(touch: Touch) -> tuple[int, str]:
    return touch.ts_ms, touch.id


def _barred(line: Line, touch: Touch, rule: Rule) -> str | None:
    if touch.actor != line.actor:
        return "other_actor"
    found = rule.class_of(touch.kind)
    if found is None:
        return "kind_not_eligible"
    if touch.ts_ms > line.ts_ms:
        return "after_order"
    if line.ts_ms - touch.ts_ms >= found.window_ms:
        return "outside_window"
    if touch.bar is not None:
        return touch.bar
    return _mismatch(line, touch, rule)


def _mismatch(line: Line, touch: Touch, rule: Rule) -> str | None:
    if rule.match == "brand":
        return None if touch.brand == line.brand else "brand_mismatch"
    return None if touch.product == line.product else "product_mismatch"


def _repeated(touch: Touch, rule: Rule, last_at: Mapping[tuple[str, str], int]) -> str | None:
    before = last_at.get((touch.post, touch.kind))
    if before is not None and touch.ts_ms - before < rule.dedup_ms:
        return f"duplicate_within_{rule.dedup_ms}ms"
    return None


def _single(model: str, path: Sequence[Touch], rule: Rule) -> list[int]:
    for name in rule.waterfall:
        places = [place for place, touch in enumerate(path) if _is_in(rule, touch, name)]
        if places:
            winner = places[-1] if model == "last" else places[0]
            return [int(place == winner) for place in range(len(path))]
    return [int(place == len(path) - 1) for place in range(len(path))]


def _is_in(rule: Rule, touch: Touch, name: str) -> bool:
    found = rule.class_of(touch.kind)
    return found is not None and found.name == name


def _position(count: int, parameters: Mapping[str, object]) -> list[int]:
    ends = parameters.get("ends", [2, 5])
    assert isinstance(ends, Sequence)
    part, whole = int(ends[0]), int(ends[1])
    between = count - 2
    if between < 1:
        return [1] * count
    return [part * between, *[whole - 2 * part] * between, part * between]


def _decay(path: Sequence[Touch], line: Line, parameters: Mapping[str, object]) -> list[int]:
    half_life = int(str(parameters.get("half_life_h", 168)))
    bits = int(str(parameters.get("bits", 32)))
    return [_decayed((line.ts_ms - touch.ts_ms) // HOUR_MS, half_life, bits) for touch in path]


@cache
def _decayed(hours: int, half_life_h: int, bits: int) -> int:
    """Return ``floor(2 ** (bits - hours / half_life_h))`` by a whole-number root, exactly."""
    power = bits * half_life_h - hours
    return _root(1 << power, half_life_h) if power >= 0 else 0


def _root(number: int, degree: int) -> int:
    low, high = 0, 1 << -(-number.bit_length() // degree)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
    return low
