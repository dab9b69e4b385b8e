"""What may stand in a text that everybody reads; pure.

Each rule works on a normalised copy (width, case, spacing, look-alikes) and names the span in the
text as it was written. What can be meant well is flagged for a person to look at; only what is
plain is refused.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

EXCERPT_MARKS: Final = 12
"""How much of the text before and after a finding is shown with it."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding: where it stands in the text as written, which rule, why, and whether it bars."""

    field: str
    rule: str
    start: int
    end: int
    excerpt: str
    why: str
    refuse: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings of a set of texts, in order of field and place."""

    flags: tuple[Flag, ...]

    @property
    def refused(self) -> tuple[Flag, ...]:
        """The findings that bar the text."""
        return tuple(flag for flag in self.flags if flag.refuse)


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    why: str
    refuse: bool = False
    unless: re.Pattern[str] | None = None
    """What the surroundings may say to make it harmless."""


_LOOK_ALIKES = str.maketrans(
    {
        "薇": "微",
        "徽": "微",
        "溦": "微",
        "嶶": "微",
        "伩": "信",
        "芯": "信",
        "訫": "信",
        "Ⅴ": "v",
        "ν": "v",
        "ѵ": "v",
        "х": "x",
        "ҳ": "x",
        "а": "a",
        "е": "e",
        "о": "o",
        "р": "p",
        "с": "c",
        "і": "i",
        "ο": "o",
        "α": "a",
        "零": "0",
        "〇": "0",
        "一": "1",
        "壹": "1",
        "二": "2",
        "贰": "2",
        "三": "3",
        "叁": "3",
        "四": "4",
        "肆": "4",
        "五": "5",
        "伍": "5",
        "六": "6",
        "陆": "6",
        "七": "7",
        "柒": "7",
        "八": "8",
        "捌": "8",
        "九": "9",
        "玖": "9",
        "①": "1",
        "②": "2",
        "③": "3",
        "④": "4",
        "⑤": "5",
        "⑥": "6",
        "⑦": "7",
        "⑧": "8",
        "⑨": "9",
    }
)
"""Characters that stand for others where somebody wants not to be found; one for one, so that
places stay the same. They are tried beside the text itself, never instead of it."""

_SKIPPED = re.compile(
    r"[\s\u200b-\u200f\u2060\ufeff._\-~·•*|/\\,，。、:：;；!！+＋()（）\[\]【】'\"“”‘’]"
)
_ID = r"(?=[a-z0-9]{0,19}\d)[a-z][a-z0-9]{5,19}"
"""An account name as people hide one: with a digit, or every word after "WeChat" would be one."""
_ORDER_WORDS = re.compile(
    r"(型号|货号|编号|订单|条码|色号|sku|model|isbn|第\d*$|价|元|¥)", re.IGNORECASE
)

_RULES: Final = (
    _Rule(
        "contact-phone",
        re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)"),
        "A phone number takes the conversation, and the buyer's protection, away from here.",
        refuse=True,
        unless=_ORDER_WORDS,
    ),
    _Rule(
        "contact-wechat",
        re.compile(
            rf"(?:加|\+|找|联系|搜|私)?(?:我的?|个)?"
            rf"(?:微信号?|威信|wechat|weixin|vx|v信|wx号?)(?:号|是|id|同号)?{_ID}"
        ),
        "An account elsewhere takes the conversation, and the buyer's protection, away from here.",
        refuse=True,
    ),
    _Rule(
        "contact-qq",
        re.compile(
            r"(?:加|\+|联系)?(?:我的?)?(?:qq|扣扣|企鹅)(?:群|号)?(?:是)?[1-9]\d{5,10}(?!\d)"
        ),
        "An account elsewhere takes the conversation, and the buyer's protection, away from here.",
        refuse=True,
    ),
    _Rule(
        "contact-hint",
        re.compile(
            r"加(?:我)?(?:微信|微|威|v|vx|wx)(?![a-z])|私(?:我|信我?)(?:拿|领|发)?(?:链接|渠道|优惠|低价)"
        ),
        "This reads as an invitation to deal outside; a person will look at it.",
    ),
    _Rule(
        "contact-link",
        re.compile(r"https?[a-z0-9]{4,}|www[a-z0-9]{4,}"),
        "Links lead away from here; tag the product instead.",
        refuse=True,
    ),
    _Rule(
        "claim-absolute",
        re.compile(
            r"全网最低价?|全国第[1一]|史上最[低强好]|最好用的?没有之[1一]|国家级|世界级|100%有效|百分之百有效"
        ),
        "The advertising law (article 9) forbids words that nothing can top.",
    ),
    _Rule(
        "claim-medical",
        re.compile(
            r"根治|包治|治愈(?!系)|药到病除|永不复发|无效退款|[1-9]天(?:瘦|减)(?:掉)?\d+斤|抗癌|防癌|降血[糖压]"
        ),
        "Goods may not be said to heal; only medicines may (advertising law, article 17).",
    ),
    _Rule(
        "review-bought",
        re.compile(r"好评返现|晒图返[现红]|刷单|刷好评|五星返|5星返"),
        "Paying for praise is forbidden (law on unfair competition, article 8).",
        refuse=True,
    ),
    _Rule(
        "recruiting",
        re.compile(r"发展下线|拉人头|入门费|躺赚|月入过万|日赚\d{3,}"),
        "Pay for recruiting is what the law on pyramid selling forbids.",
    ),
)


def screen(texts: Mapping[str, str]) -> Verdict:
    """Return what stands in ``texts`` (by field name) that breaks a rule or may break one."""
    flags = [flag for field, text in texts.items() for flag in _screen(field, text)]
    return Verdict(tuple(flags))


def normalise(text: str) -> tuple[str, list[int]]:
    """Return ``text`` in half width, lower case, without spacing, and each mark's old place."""
    marks: list[str] = []
    places: list[int] = []
    for place, mark in enumerate(text):
        for plain in unicodedata.normalize("NFKC", mark).lower():
            if not _SKIPPED.match(plain):
                marks.append(plain)
                places.append(place)
    return "".join(marks), places


def _screen(field: str, text: str) -> Iterator[Flag]:
    plain, places = normalise(text)
    taken: set[tuple[str, int]] = set()
    for version in dict.fromkeys((plain, plain.translate(_LOOK_ALIKES))):
        for rule in _RULES:
            for found in rule.pattern.finditer(version):
                start, end = places[found.start()], places[found.end() - 1] + 1
                if (rule.name, start) in taken or _harmless(rule, version, found.start()):
                    continue
                taken.add((rule.name, start))
                yield Flag(
                    field, rule.name, start, end, _excerpt(text, start, end), rule.why, rule.refuse
                )


def _harmless(rule: _Rule, text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start]
    return rule.unless is not None and rule.unless.search(before) is not None


def _excerpt(text: str, start: int, end: int) -> str:
    return text[max(0, start - EXCERPT_MARKS) : end + EXCERPT_MARKS]
