"""JSON endpoints of the discovery room."""

from typing import Any

import orjson

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.discovery import queries
from app.discovery.errors import CursorOfAnother, SearchUnavailable
from app.discovery.schemas import (
    FeedOut,
    ResultsOut,
    SearchQuery,
    SuggestionsOut,
    SuggestQuery,
)
from app.kernel.ids import AccountId, NoteId, ProductId
from app.platform.memo import recall
from app.platform.uow import Snapshot
from app.web.caller import find_caller
from app.web.http import ApiBlueprint, PageQuery
from search.port import Query

blp = ApiBlueprint("discovery", __name__, url_prefix="/api/v1", description="Feed and search")

SUGGESTIONS_MAX = 8
SEARCHES = "120/minute"


@blp.reads("/feed", gives=FeedOut, query=PageQuery, public=True)
def get_feed(view: Snapshot, page: dict[str, Any]) -> bytes:
    """Show the caller's feed, or a stranger's; each card says why it is there."""
    viewer_id = _viewer_id()

    def make() -> bytes:
        found = queries.feed(view, viewer_id=viewer_id, **page)
        shown = queries.cards(view, items=found.items, viewer_id=viewer_id)
        items = b",".join(card.as_json() for card in shown)
        return b'{"items":[' + items + b'],"next":' + orjson.dumps(found.next) + b"}"

    return recall(view, ("feed", viewer_id, page["cursor"], page["size"]), make)


@blp.reads(
    "/search",
    gives=ResultsOut,
    query=SearchQuery,
    refuses=(SearchUnavailable, CursorOfAnother),
    public=True,
    limit=SEARCHES,
)
def search(view: Snapshot, asked: dict[str, Any]) -> dict[str, Any]:
    """Search notes, products or people, in Chinese and English."""
    hits = queries.find(view, query=query_of(asked))
    items = hydrate(view, asked["type"], hits.ids, _viewer_id())
    return {
        "items": items,
        "total": hits.total,
        "relaxed": hits.relaxed,
        "next": hits.next,
        "facets": queries.named_facets(view, hits=hits),
    }


@blp.reads(
    "/suggestions", gives=SuggestionsOut, query=SuggestQuery, public=True, limit="300/minute"
)
def suggestions(view: Snapshot, typed: dict[str, str]) -> dict[str, Any]:
    """Suggest phrases that begin with what was typed."""
    del view
    return {"items": queries.suggest(typed["q"], size=SUGGESTIONS_MAX)}


def query_of(asked: dict[str, Any]) -> Query:
    """Return the port's query for what was asked."""
    return Query(
        kind=asked["type"],
        text=asked["q"],
        topics=(asked["topic"],) if asked["topic"] else (),
        brand_ids=(asked["brand_id"],) if asked["brand_id"] else (),
        category_id=asked["category_id"] or "",
        price_fen_min=asked["price_fen_min"],
        price_fen_max=asked["price_fen_max"],
        in_stock=asked["in_stock"],
        sort=asked["sort"],
        size=asked["size"],
        cursor=asked["cursor"],
        facets=asked["facets"],
    )


def hydrate(
    view: Snapshot, kind: str, ids: tuple[str, ...], viewer_id: AccountId | None
) -> list[dict[str, Any]]:
    """Return what is shown of hits; the database decides what may be seen, never the index."""
    if kind == "note":
        note_ids = [NoteId(one) for one in ids]
        shown = queries.cards(view, note_ids=note_ids, viewer_id=viewer_id)
        return [card.as_dict() for card in shown]
    if kind == "product":
        found = catalogue.products(view, product_ids=[ProductId(one) for one in ids])
        listed = [found[ProductId(one)] for one in ids if ProductId(one) in found]
        return [_product(one) for one in listed if one.listed]
    people = accounts.people(view, account_ids=[AccountId(one) for one in ids])
    return [_person(people[AccountId(one)]) for one in ids if AccountId(one) in people]


def _product(one: catalogue.Product) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": f"/p/{one.id}",
        "title": one.name,
        "price_fen": one.price_fen,
        "brand_name": one.brand_name,
        "merchant_name": one.merchant_name,
        "in_stock": one.available > 0,
        "picture": one.picture and _picture(one),
    }


def _picture(one: catalogue.Product) -> dict[str, Any]:
    assert one.picture is not None
    names = ("url_360", "url_720", "width", "height", "color")
    return {**{name: getattr(one.picture, name) for name in names}, "alt": one.name}


def _person(one: accounts.Person) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": f"/u/{one.handle}",
        "title": one.name,
        "handle": one.handle,
        "is_creator": one.is_creator,
    }


def _viewer_id() -> AccountId | None:
    found = find_caller()
    return found.account_id if found else None
