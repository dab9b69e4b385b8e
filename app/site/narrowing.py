"""How the search page narrows a result down: its filters, and the links that set and lift them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _

from app.discovery import api as discovery
from app.kernel.ids import is_id
from app.web.words import money
from search.port import Query

FACETS = {"product": ("category_id", "brand_id", "price", "in_stock"), "note": ("topic",)}
"""What each kind of thing is narrowed down by, in the order of the page."""

ARGUMENTS = ("category_id", "brand_id", "price", "in_stock", "topic")
VALUES_MAX = 8
"""So many values are offered; the one that is chosen always."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a result is narrowed down by; what makes no sense is left out."""

    category_id: str = ""
    brand_id: str = ""
    price: str = ""
    in_stock: str = ""
    topic: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Filters":
        """Return the filters among the arguments of a page."""
        price = args.get("price", "")
        return cls(
            category_id=_id(args.get("category_id", ""), "category"),
            brand_id=_id(args.get("brand_id", ""), "brand"),
            price=price if discovery.price_bounds(price) else "",
            in_stock="1" if args.get("in_stock") == "1" else "",
            topic=args.get("topic", "")[:20],
        )

    @property
    def arguments(self) -> dict[str, str]:
        """Those that are set, as the page has them."""
        return {name: value for name in ARGUMENTS if (value := getattr(self, name))}

    def on(self, query: Query) -> Query:
        """Return ``query`` with these filters."""
        low, high = discovery.price_bounds(self.price) or (None, None)
        return replace(
            query,
            category_id=self.category_id,
            brand_ids=(self.brand_id,) if self.brand_id else (),
            price_fen_min=low,
            price_fen_max=high,
            in_stock=bool(self.in_stock),
            topics=(self.topic,) if self.topic else (),
        )


def choices(
    facets: Iterable[discovery.NamedFacet], filters: Filters, base: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the rows of choices: each value with its count, and where it leads.

    Args:
        facets: as they were counted.
        filters: that are set.
        base: the other arguments of the page: text, kind, sort.
    """
    titles = {
        "category_id": _("Category"),
        "brand_id": _("Brand"),
        "price": _("Price"),
        "in_stock": _("Stock"),
        "topic": _("Topics"),
    }
    rows = []
    for facet in facets:
        chosen = filters.arguments.get(facet.name, "")
        values = [one for one in facet.values if facet.name != "in_stock" or one.value == "1"]
        shown = [one for n, one in enumerate(values) if n < VALUES_MAX or one.value == chosen]
        if facet.name == "price":
            shown.sort(key=lambda one: one.price_fen_min or 0)
        if shown:
            rows.append(
                {
                    "title": titles[facet.name],
                    "values": [_choice(one, facet.name, chosen, filters, base) for one in shown],
                }
            )
    return rows


def address(base: Mapping[str, str], arguments: Mapping[str, str]) -> str:
    """Return the address of the search page with these arguments."""
    said = {name: value for name, value in {**base, **arguments}.items() if value}
    return f"/search?{urlencode(said)}"


def _choice(
    one: discovery.FacetValue, name: str, chosen: str, filters: Filters, base: Mapping[str, str]
) -> dict[str, Any]:
    on = one.value == chosen
    arguments = {**filters.arguments, name: "" if on else one.value}
    return {
        "label": _label(one, name),
        "count": one.count,
        "on": on,
        "url": address(base, arguments),
    }


def _label(one: discovery.FacetValue, name: str) -> str:
    if name == "in_stock":
        return str(_("In stock"))
    if name != "price":
        return f"#{one.label}" if name == "topic" else str(one.label)
    low, high = one.price_fen_min or 0, one.price_fen_max
    if high is None:
        return str(_("from %(price)s", price=_whole(low)))
    if not low:
        return str(_("under %(price)s", price=_whole(high + 1)))
    return f"{_whole(low)}–{_whole(high + 1)}"


def _whole(fen: int) -> str:
    """Return a price without the cents that a band does not have."""
    return money(fen).removesuffix(".00")


def _id(text: str, kind: str) -> str:
    return text if is_id(text, kind) else ""
