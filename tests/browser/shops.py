"""Merchants with real goods, made by commands beside a site that is served."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from tests.browser.visitors import Visitor
from tests.support.shared_data import shared_data
from tests.support.site import Site

MAP = Path(__file__).parents[1] / "support" / "maps" / "chorus_icecat.toml"
ROWS = 150
"""Of the real catalogue each merchant sells so many rows: all of it is imported elsewhere."""

STOCK = 40


@dataclass(frozen=True)
class Shop:
    """A merchant, and where its part of the catalogue begins."""

    handle: str
    name: str
    first_row: int
    id: str = ""


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


def staff(site: Site, visitor: Visitor, shop: Shop) -> None:
    """Let somebody who has an account work for the merchant."""
    site.trove("member", "add", "merchant", shop.handle, visitor.handle)


def pay_commission(visitor: Visitor, shops: Iterable[Shop], rate_bp: int) -> None:
    """Set the terms of merchants as their staff, by the API, with a token made in the settings."""
    token = visitor.make_token("Write: notes, follows, addresses")
    for shop in shops:
        answer = httpx.put(
            f"{visitor.origin}/api/v1/merchants/{shop.id}/terms",
            headers={"Authorization": f"Bearer {token}"},
            json={"rate_bp": rate_bp},
        )
        assert answer.status_code == 200, answer.text


def _rows(first: int) -> list[dict[str, Any]]:
    with gzip.open(shared_data("chorus_icecat") / "products.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in islice(lines, first, first + ROWS)]
