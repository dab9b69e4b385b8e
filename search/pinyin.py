"""How Han characters are typed in Latin letters: syllables without tones, and first letters. Pure.

Read character by character. Where a common character has two readings both count, so that 音乐 is
found by `yinyue` and by `yinle`: a dictionary of phrases would tell them apart, most of the time,
for 45 MB of memory in every process.
"""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

READINGS_MAX = 8
"""Of a phrase with several characters of two readings, so many combinations count."""

_TWO_READINGS = {
    "长": ("chang", "zhang"),
    "乐": ("le", "yue"),
    "行": ("xing", "hang"),
    "重": ("zhong", "chong"),
    "调": ("tiao", "diao"),
    "弹": ("dan", "tan"),
    "薄": ("bao", "bo"),
    "便": ("bian", "pian"),
    "曾": ("ceng", "zeng"),
    "朝": ("chao", "zhao"),
    "传": ("chuan", "zhuan"),
    "参": ("can", "shen"),
    "藏": ("cang", "zang"),
    "差": ("cha", "chai"),
    "都": ("dou", "du"),
    "还": ("hai", "huan"),
    "卷": ("juan", "quan"),
    "角": ("jiao", "jue"),
    "觉": ("jue", "jiao"),
    "降": ("jiang", "xiang"),
    "壳": ("ke", "qiao"),
    "量": ("liang", "niang"),
    "露": ("lu", "lou"),
    "绿": ("lv", "lu"),
    "率": ("lv", "shuai"),
    "落": ("luo", "lao"),
    "模": ("mo", "mu"),
    "泡": ("pao", "piao"),
    "铺": ("pu", "fu"),
    "强": ("qiang", "jiang"),
    "厦": ("xia", "sha"),
    "扇": ("shan", "sha"),
    "盛": ("sheng", "cheng"),
    "熟": ("shu", "shou"),
    "削": ("xue", "xiao"),
    "血": ("xue", "xie"),
    "咽": ("yan", "ye"),
    "圈": ("quan", "juan"),
    "仔": ("zai", "zi"),
    "粘": ("zhan", "nian"),
    "着": ("zhe", "zhuo"),
    "种": ("zhong", "chong"),
    "钻": ("zuan", "zhuan"),
    "女": ("nv", "nu"),
    "旅": ("lv", "lu"),
    "驴": ("lv", "lu"),
}
_PIECES = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[0-9a-z]+")
_LATIN = re.compile(r"[0-9a-z]+")


def syllables(text: str) -> Iterator[str]:
    """Yield how the Han characters of ``text`` are read; it is normalised already."""
    for char in text:
        if _is_han(char):
            yield from _readings(char)


def spellings(text: str) -> tuple[str, ...]:
    """Return what may be typed for ``text``: all syllables joined, and their first letters.

    Nothing for a text without Han characters; Latin words in it stay as they are.
    """
    pieces = _PIECES.findall(text)
    if not any(_is_han(piece) for piece in pieces):
        return ()
    read = [_readings(piece) if _is_han(piece) else (piece,) for piece in pieces]
    first = [
        tuple(dict.fromkeys(one[0] for one in said)) if _is_han(piece) else said
        for piece, said in zip(pieces, read, strict=True)
        if said
    ]
    ways = [product(*filter(None, read)), product(*first)]
    found = ["".join(one) for way in ways for one in islice(way, READINGS_MAX)]
    return tuple(dict.fromkeys(one for one in found if one))


def _is_han(piece: str) -> bool:
    return not _LATIN.match(piece) and bool(_PIECES.fullmatch(piece))


@lru_cache(maxsize=8_192)
def _readings(char: str) -> tuple[str, ...]:
    if char in _TWO_READINGS:
        return _TWO_READINGS[char]
    # Its dictionary of phrases stays out: see above.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - half a second that not every process needs

    return tuple(lazy_pinyin(char, errors="ignore"))
