"""Two bodies of goods, one real and one generated, and the queries that engines are compared by."""

import gzip
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

from search.facets import PRICE_BANDS
from search.port import FACETS, Doc, Query, Sort

NOW_S = 1_790_000_000
CHINESE_DOCS = 6_000
SORTS = (Sort.NEWEST, Sort.POPULAR, Sort.PRICE_ASC, Sort.PRICE_DESC)

_BRANDS = ("花知晓", "完美日记", "半亩花田", "山间集", "Swift", "小熊家", "Longjing", "无印")
_TRAITS = (
    "敏感肌",
    "显白",
    "平价",
    "学生党",
    "宽脚",
    "大码",
    "复古",
    "防水",
    "65W",
    "500ml",
    "便携",
)
_THINGS = (
    *(
        "口红",
        "唇釉",
        "面霜",
        "保湿精华",
        "防晒霜",
        "跑步鞋",
        "帆布鞋",
        "连衣裙",
        "牛仔裤",
        "保温杯",
    ),
    *(
        "龙井茶",
        "手冲咖啡壶",
        "机械键盘",
        "蓝牙耳机",
        "USB充电器",
        "露营帐篷",
        "香薰蜡烛",
        "猫抓板",
    ),
)
_PLACES = ("通勤", "露营", "宿舍", "婚礼", "办公室", "旅行", "健身房")
_SAID = (
    *("上脸很润不拔干", "黄皮涂上特别显白", "鞋底软走一天脚不疼", "味道清香回甘", "充电很快不发烫"),
    *("洗了三次没有褪色", "性价比很高", "比专柜便宜一半", "客服态度很好", "包装完好 no damage"),
)


@dataclass(frozen=True, slots=True)
class Goods:
    """Documents, and the texts that are asked for among them."""

    docs: tuple[Doc, ...]
    texts: tuple[str, ...]


def icecat(folder: Path) -> Goods:
    """Return real products with English titles, queries that people typed, and parts of titles."""
    dice = random.Random(1)
    docs = []
    with gzip.open(folder / "products.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            docs.append(_product(number, json.loads(line), dice))
    typed = (folder / "dev_queries.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split("\t")[1] for line in typed]
    for length in (1, 2, 3):
        for _ in range(80):
            words = dice.choice(docs).title.split() or ["a"]
            at = dice.randrange(len(words))
            texts.append(" ".join(words[at : at + length]))
    return Goods(tuple(docs), tuple(dict.fromkeys(texts)))


def chinese() -> Goods:
    """Return made-up goods with Chinese titles, many of them alike, and what is typed for them."""
    dice = random.Random(2)
    docs = []
    for number in range(1, CHINESE_DOCS + 1):
        brand = dice.randrange(len(_BRANDS))
        parts = [*dice.sample(_TRAITS, dice.randrange(3)), dice.choice(_THINGS)]
        thing = _THINGS.index(parts[-1])
        docs.append(
            Doc(
                kind="product",
                id=f"product_{number:06}",
                doc_no=number,
                version=1,
                title=dice.choice(("", _BRANDS[brand])) + "".join(parts),
                brand=_BRANDS[brand],
                # Some have no text at all, and one of the two has attributes.
                body="，".join(dice.sample(_SAID, dice.randrange(4))),
                attributes=tuple(dice.sample(_TRAITS, dice.randrange(2))),
                topics=tuple(dice.sample(_PLACES, dice.randrange(3))),
                brand_id=f"brand_{brand}",
                merchant_id=f"merchant_{number % 5}",
                category_ids=(f"category_{thing}", f"category_{100 + thing % 4}"),
                price_fen=dice.randrange(100, 150_000),
                in_stock=dice.random() < 0.8,
                created_s=NOW_S - dice.randrange(10_000_000),
                likes=dice.randrange(200),
                quality=dice.random() * 3,
            )
        )
    texts = [*_THINGS, *_TRAITS, *_SAID, "電競鍵盤", "口宏", "longjing 茶", "usb 充电", "独角兽"]
    for _ in range(120):
        title = dice.choice(docs).title
        at = dice.randrange(max(1, len(title) - 3))
        texts.append(title[at : at + dice.randrange(2, 6)])
    words = (*_TRAITS, *_THINGS, *_PLACES)
    texts += [" ".join(dice.sample(words, 2)) for _ in range(60)]
    return Goods(tuple(docs), tuple(dict.fromkeys(texts)))


def queries(goods: Goods) -> list[Query]:
    """Return every text as it is, and once more with the next filter, sort and facets in turn."""
    made = []
    for place, text in enumerate(goods.texts):
        plain = Query("product", text, now_s=NOW_S if place % 2 else 0)
        made.append(plain if place % 3 else replace(plain, facets=FACETS))
        like = goods.docs[place * 37 % len(goods.docs)]
        made.append(_narrowed(plain, place, like))
    for place, sort in enumerate(SORTS * 3):
        like = goods.docs[place * 101 % len(goods.docs)]
        made.append(replace(_narrowed(Query("product"), place, like), sort=sort))
    return made


def changed(goods: Goods) -> tuple[list[Doc], list[Doc]]:
    """Return a fifth of the documents as they are later, and a tenth that are to go."""
    dice = random.Random(3)
    picked = dice.sample(goods.docs, len(goods.docs) * 3 // 10)
    gone = picked[: len(goods.docs) // 10]
    newer = [
        replace(
            doc,
            version=2,
            title=dice.choice(goods.docs).title,
            body=dice.choice(goods.docs).body,
            price_fen=dice.randrange(100, 150_000),
            in_stock=not doc.in_stock,
            likes=doc.likes + 7,
        )
        for doc in picked[len(gone) :]
    ]
    return newer, gone


def _product(number: int, said: dict[str, object], dice: random.Random) -> Doc:
    attributes = said.get("attributes")
    assert isinstance(attributes, dict)
    values = [str(one) for name, one in sorted(attributes.items()) if name.startswith("t_")]
    brand = str(said.get("brand") or "")
    price = said.get("price")
    return Doc(
        kind="product",
        id=f"product_{number:06}",
        doc_no=number,
        version=1,
        title=str(said.get("title") or said.get("name") or ""),
        brand=brand,
        body=str(said.get("short_description") or ""),
        attributes=tuple(values[:8]),
        topics=tuple(values[:1]),
        brand_id=f"brand_{brand}" if brand else "",
        merchant_id=f"merchant_{number % 7}",
        category_ids=(f"category_{attributes.get('t_product_type', 'other')}",),
        price_fen=price if isinstance(price, int) else 0,
        in_stock=dice.random() < 0.7,
        created_s=NOW_S - dice.randrange(10_000_000),
        likes=dice.randrange(1_000),
        quality=dice.random() * 5,
    )


def _narrowed(query: Query, place: int, like: Doc) -> Query:
    """Return ``query`` with filters that ``like`` passes, of another kind for each place."""
    low, high = PRICE_BANDS[place % len(PRICE_BANDS)]
    filters: tuple[dict[str, object], ...] = (
        {"brand_ids": (like.brand_id, "brand_none")},
        {"in_stock": True},
        {"price_fen_min": low, "price_fen_max": high * 4},
        {"category_id": like.category_ids[0]},
        {"merchant_id": like.merchant_id},
        {"topics": like.topics[:1]},
        {"brand_ids": (like.brand_id,), "in_stock": True, "price_fen_max": 60_000},
    )
    said = dict(filters[place % len(filters)])
    if place % 2:
        said["facets"] = FACETS
    if place % 5 < len(SORTS):
        said["sort"] = SORTS[place % 5]
    return replace(query, **said)  # type: ignore[arg-type] # by name
