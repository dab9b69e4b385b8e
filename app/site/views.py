"""What pages of several rooms show: plain values for templates, joined from the rooms' doors."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.discovery import api as discovery
from app.discovery.api import Card, FeedItem, Reason
from app.kernel.ids import AccountId, NoteId, ProductId
from app.platform.uow import Snapshot
from app.touches import api as touches
from app.touches.api import TaggedProduct
from app.web.caller import device_id, find_caller

FLIP_AFTER = 0.6
"""A label to the right of this would leave the picture; it hangs to the left instead."""

EAGER = 6
"""So many cards fill the first screen; their pictures are not put off."""


def viewer_id() -> AccountId | None:
    """Return who looks at the page, or None."""
    found = find_caller()
    return found.account_id if found else None


def disclosure_text() -> str:
    """Return what must be said with a note whose author may earn by it."""
    return str(_("Contains product tags; the author may earn a commission."))


def card_values(
    view: Snapshot, *, items: Sequence[FeedItem] = (), note_ids: Sequence[NoteId] = ()
) -> list[dict[str, Any]]:
    """Return what a list of cards shows, in order."""
    return shown_values(
        discovery.cards(view, items=items, note_ids=note_ids, viewer_id=viewer_id())
    )


def shown_values(shown: Sequence[Card]) -> list[dict[str, Any]]:
    """Return what cards show, in the language of the request."""
    return [
        {
            **card.as_dict(),
            "disclosure": disclosure_text() if card.disclosure else None,
            "reason": reason_text(card.reason) if card.reason else None,
            "eager": place < EAGER,
        }
        for place, card in enumerate(shown)
    ]


def reason_text(reason: Reason) -> str | None:
    """Return why a card is in the feed, in words; nothing for what needs no reason."""
    if reason.code == "topic":
        return str(_("Because you liked #%(name)s", name=reason.name))
    words = {
        "followed": _("You follow the author"),
        "popular": _("Popular here"),
        "recent": _("New"),
    }
    found = words.get(reason.code)
    return str(found) if found else None


def note_values(view: Snapshot, note_id: NoteId) -> dict[str, Any]:
    """Return what a note's page shows, with tokens for what a reader may touch.

    Raises:
        NotFound: the note is not shown.
    """
    seen = content.note(view, note_id=note_id)
    author = accounts.person(view, account_id=seen.author_id)
    goods = catalogue.products(view, product_ids=list(seen.product_ids))
    me = viewer_id()
    mine = content.reactions(view, account_id=me, note_ids=[note_id])[note_id] if me else None
    followed = accounts.following(view, account_id=me) if me else frozenset()
    tokens = {one: _token(view, seen, [goods[one]]) for one in seen.product_ids if one in goods}
    lines = [content.parted(line, seen.topics) for line in _lines(seen.body)]
    told = {topic for line in lines for __, topic in line}
    return {
        "id": seen.id,
        "url": f"/note/{seen.id}",
        "title": seen.title or seen.body[:20],
        "paragraphs": [
            [(text, topic and _topic_url(topic)) for text, topic in line] for line in lines
        ],
        "topics": [
            {"name": name, "url": _topic_url(name)} for name in seen.topics if name not in told
        ],
        "pictures": [_picture(one, goods, tokens) for one in seen.pictures],
        "goods": [
            _good(goods[one], tokens[one], seen.id) for one in seen.product_ids if one in goods
        ],
        "author": {
            **author_values(author),
            "following": author.id in followed,
            "own": author.id == me,
        },
        "likes": seen.likes,
        "liked": bool(mine and mine.liked),
        "collects": seen.collects,
        "collected": bool(mine and mine.collected),
        "disclosure": disclosure_text() if seen.disclosure else None,
        "published_at": seen.published_at,
        "edited_at": seen.edited_at,
        "own": seen.author_id == me,
        "open_touch": _token(view, seen, list(goods.values())) if goods else None,
        "save_touch": _token(view, seen, list(goods.values())) if goods else None,
        "version": seen.version,
    }


def _lines(body: str) -> list[str]:
    """Return the lines of a text, without those of topics alone: these stand below."""
    return [
        line
        for line in body.split("\n")
        if line.strip() and not all(word.startswith("#") for word in line.split())
    ]


def _topic_url(name: str) -> str:
    return f"/search?topic={name}"


def author_values(person: accounts.Person) -> dict[str, Any]:
    """Return how a person is shown beside what they wrote."""
    return {
        "handle": person.handle,
        "name": person.name,
        "avatar_url": person.avatar_url,
        "url": f"/u/{person.handle}",
    }


def product_values(one: catalogue.Product) -> dict[str, Any]:
    """Return how a product is shown in a list."""
    return {
        "id": one.id,
        "url": f"/p/{one.id}",
        "name": one.name,
        "price_fen": one.price_fen,
        "brand_name": one.brand_name,
        "brand_url": f"/b/{one.brand_handle}",
        "merchant_name": one.merchant_name,
        "in_stock": one.available > 0 and one.listed,
        "picture_url": one.picture.url_360 if one.picture else None,
        "note": f"{one.brand_name} · {one.merchant_name}",
        "several_prices": len({sku.price_fen for sku in one.skus}) > 1,
    }


def _picture(
    one: content.NotePicture,
    goods: dict[ProductId, catalogue.Product],
    tokens: dict[ProductId, str],
) -> dict[str, Any]:
    return {
        "url_720": one.picture.url_720,
        "url_1080": one.picture.url_1080,
        "width": one.picture.width,
        "height": one.picture.height,
        "color": one.picture.color,
        "alt": one.alt,
        "tags": [
            {
                "x": tag.x,
                "y": tag.y,
                "flip": tag.x > FLIP_AFTER,
                "label": goods[tag.product_id].name,
                "price_fen": goods[tag.product_id].price_fen,
                "url": f"/p/{tag.product_id}",
                "out_of_stock": goods[tag.product_id].available < 1,
                "touch": tokens[tag.product_id],
            }
            for tag in one.tags
            if tag.product_id in goods
        ],
    }


def _good(one: catalogue.Product, token: str, note_id: NoteId) -> dict[str, Any]:
    return {
        **product_values(one),
        "product_id": one.id,
        "sku_id": next((sku.id for sku in one.skus if sku.available > 0), one.skus[0].id),
        "url": f"/p/{one.id}?note={note_id}",
        "touch_token": token,
    }


def _token(view: Snapshot, seen: content.NoteView, goods: Sequence[catalogue.Product]) -> str:
    tagged = [TaggedProduct(one.id, one.brand_id, one.merchant_id) for one in goods]
    return touches.mint(
        device_id=device_id(),
        note_id=seen.id,
        author_id=seen.author_id,
        goods=tagged,
        now=view.now,
    )
