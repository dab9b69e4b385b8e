"""Merchants with real goods, made by commands beside a site that is served."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from tests.support.shared_data import shared_data
from tests.support.site import Site

MAP = Path(__file__).parent / "maps" / "chorus_icecat.toml"
ROWS = 150
"""Of the real catalogue each merchant sells so many rows: all of it is imported elsewhere."""

STOCK = 40
FEE_BP = 500
"""What the platform takes of each sale."""


@dataclass(frozen=True)
class Good:
    """A product of the catalogue as its file tells it, and who sells it here."""

    name: str
    price_fen: int
    shop: str


@dataclass(frozen=True)
class Shop:
    """A merchant, and where its part of the catalogue begins."""

    handle: str
    name: str
    first_row: int
    id: str = ""


TONER = Good("Xerox 006R90321 toner cartridge Original Black 6 pc(s)", 4_995, "nord")
CABLE = Good("StarTech.com 1m Multimode 62.5/125 Duplex Fiber Patch Cable LC - SC", 1_645, "south")
SOUND = Good("Sandberg USB to Sound Link", 1_145, "west")
SHOPS = (
    Shop("nord", "Nord Office", 0),
    Shop("south", "南方 Cables", 300),
    Shop("west", "West", 600),
)
"""Three merchants of whom each sells one of these goods."""


def open_shops(site: Site, folder: Path, shops: Sequence[Shop]) -> dict[str, Shop]:
    """Add merchants and import their goods; return them, with their ids, by handle."""
    rows = []
    opened = {}
    for shop in shops:
        made = site.trove("merchant", "add", shop.handle, shop.name)
        opened[shop.handle] = replace(shop, id=made["id"])
        rows += [{**row, "merchant": shop.handle} for row in _rows(shop.first_row)]
    file = folder / "goods.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = site.trove("import", "products", str(file), "--map", str(MAP), "--stock", str(STOCK))
    assert (said["added"], said["errors"]) == (len(rows), [])
    return opened


def _rows(first: int) -> list[dict[str, Any]]:
    with gzip.open(shared_data("chorus_icecat") / "products.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in islice(lines, first, first + ROWS)]
