"""From text to tokens, once, for every engine: engines only split at spaces. Pure.

Streams of a document: `all` (title, brand, body), `t` (title), `a` (attributes), `tb` (Han pairs of
the title), `ab` (Han pairs of everything), `tq` (syllables of the title). Each begins with a
sentinel: engines count documents and average lengths over different sets when a field may be empty.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from search.pinyin import syllables

ANALYSIS_VERSION = 2
"""Changes with every change of the tokens; an index of another version is rebuilt."""

SENTINEL = "␀"
TOKEN_LENGTH_MAX = 64
QUERY_LENGTH_MAX = 64
BODY_LENGTH_MAX = 20_000

_TRADITIONAL = (
    "電競鍵盤鏡頭這裡個們來時國說為會過還後學開長車馬門問間關東風飛魚鳥點無兒幾機見覺親觀規視"
    "話語讀寫書買賣貨費質貴價錢銀鐵鋼鞋紅綠藍黃顏色襪裙褲衣帶鏈錶鐘燈檯燭壺鍋盤碗麵飯菜湯"
    "雞鴨豬羊牛蝦蟹蘋橙檸檬藥膚潔淨濕乾燥護霜粧妝髮髒臟頭腳臉體麗優質實際選擇種類歡樂園遊戲"
    "玩具網絡線層單雙對組件裝備製造產業專賣場館廠師傅員工號碼條約紀錄經濟營養給與從應該讓進"
    "達運動練習舊新聽聲響廣麥筆紙張圖畫愛戀結婚禮盒貼紋繡針織絲綢緞麻棉羽絨暖氣涼爽"
)
_SIMPLIFIED = (
    "电竞键盘镜头这里个们来时国说为会过还后学开长车马门问间关东风飞鱼鸟点无儿几机见觉亲观规视"
    "话语读写书买卖货费质贵价钱银铁钢鞋红绿蓝黄颜色袜裙裤衣带链表钟灯台烛壶锅盘碗面饭菜汤"
    "鸡鸭猪羊牛虾蟹苹橙柠檬药肤洁净湿干燥护霜妆妆发脏脏头脚脸体丽优质实际选择种类欢乐园游戏"
    "玩具网络线层单双对组件装备制造产业专卖场馆厂师傅员工号码条约纪录经济营养给与从应该让进"
    "达运动练习旧新听声响广麦笔纸张图画爱恋结婚礼盒贴纹绣针织丝绸缎麻棉羽绒暖气凉爽"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
"""The traditional characters of shopping; a table of our own, one for one."""

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECES = re.compile(rf"[{_HAN}]+|[0-9a-zA-Z\u00c0-\u024f]+(?:[-'][0-9a-zA-Z\u00c0-\u024f]+)*")
_IS_HAN = re.compile(rf"[{_HAN}]")
_CAMEL = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}(?![a-z])")
_UNIT = re.compile(r"(\d+)(ml|l|g|kg|mg|mm|cm|m|w|v|gb|tb|mb|inch|pcs|oz|ft)")
_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "knives": "knife",
    "shelves": "shelf",
    "scarves": "scarf",
}


@dataclass(frozen=True, slots=True)
class Streams:
    """A document's tokens, space-separated, by stream."""

    all: str
    t: str
    a: str
    tb: str
    ab: str
    tq: str


@dataclass(frozen=True, slots=True)
class Word:
    """A Latin word of a query, with the forms that count nearly as much."""

    text: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query's text: Latin words; Han characters, pairs, runs, syllables; all in order."""

    words: tuple[Word, ...]
    chars: tuple[str, ...]
    pairs: tuple[str, ...]
    runs: tuple[str, ...]
    syllables: tuple[str, ...]
    plain: str

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it that could be found."""
        return not (self.words or self.chars)


def normalise(text: str) -> str:
    """Return ``text`` in NFKC, simplified, lower case, with single spaces."""
    return " ".join(_plain(text).lower().split())


def streams(
    title: str, *, brand: str = "", body: str = "", attributes: tuple[str, ...] = ()
) -> Streams:
    """Return the tokens of a document."""
    body = body[:BODY_LENGTH_MAX]
    title_tokens = list(tokens(title))
    whole = [*title_tokens, *tokens(brand), *tokens(body)]
    said = [token for value in attributes for token in tokens(value)]
    title_pairs = list(pairs(title))
    all_pairs = [*title_pairs, *pairs(brand), *pairs(body)]
    read = list(syllables(_plain(title)))
    made = (whole, title_tokens, said, title_pairs, all_pairs, read)
    return Streams(*(_join(one) for one in made))


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of ``text``: each Han character, each Latin word whole and in its forms."""
    for piece in _PIECES.findall(_plain(text)):
        if _IS_HAN.match(piece):
            yield from piece
        else:
            yield from dict.fromkeys(_forms(piece))


def pairs(text: str) -> Iterator[str]:
    """Yield the overlapping pairs of Han characters in ``text``."""
    for piece in _PIECES.findall(_plain(text)):
        if _IS_HAN.match(piece):
            yield from (piece[place : place + 2] for place in range(len(piece) - 1))


def ask(text: str) -> Asked:
    """Return what a query's text asks for; only its first characters count."""
    plain = _plain(text[: QUERY_LENGTH_MAX * 4])[:QUERY_LENGTH_MAX]
    pieces = _PIECES.findall(plain)
    latin = [piece for piece in pieces if not _IS_HAN.match(piece)]
    runs = tuple(piece for piece in pieces if _IS_HAN.match(piece))
    words = []
    for place, piece in enumerate(latin):
        first, *others = dict.fromkeys(_forms(piece))
        joined = [
            _singular((latin[other] + piece if other < place else piece + latin[other]).lower())
            for other in (place - 1, place + 1)
            if 0 <= other < len(latin)
        ]
        words.append(Word(first, tuple(dict.fromkeys([*others, *joined]))))
    return Asked(
        words=tuple(dict.fromkeys(words)),
        chars=tuple(dict.fromkeys("".join(runs))),
        pairs=tuple(dict.fromkeys(pairs(plain))),
        runs=runs,
        syllables=tuple(dict.fromkeys(syllables(plain))),
        plain=" ".join(plain.lower().split()),
    )


def _plain(text: str) -> str:
    clean = "".join(mark for mark in text if unicodedata.category(mark) != "Cs")
    return unicodedata.normalize("NFKC", clean).translate(_TO_SIMPLIFIED)


def _forms(piece: str) -> Iterator[str]:
    """Yield a Latin piece whole, then in its parts: hyphens, camelCase, number with unit.

    Model numbers are not taken apart: parts of `4179B002AA` would be found by "aa".
    """
    low = piece.lower().removesuffix("'s").replace("'", "")
    yield _singular(low.replace("-", ""))[:TOKEN_LENGTH_MAX]
    parts = low.split("-")
    if len(parts) > 1:
        yield from (_singular(part)[:TOKEN_LENGTH_MAX] for part in parts if part)
    elif not any(mark.isdigit() for mark in low):
        found = _CAMEL.findall(piece)
        if len(found) > 1:
            small = (part.lower() for part in found if len(part) >= 3)
            yield from (_singular(part)[:TOKEN_LENGTH_MAX] for part in small)
    unit = _UNIT.fullmatch(low)
    if unit:
        yield from unit.groups()


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1]


def _join(found: list[str]) -> str:
    return " ".join([SENTINEL, *found])
