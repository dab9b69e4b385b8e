"""Feeds and search results on the wire."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.web.fields import Fen, PublicId, Text, Whole, YesNo
from app.web.http import PageQuery
from search.port import FACETS, Sort

TYPES = ("note", "product", "person")


class CoverOut(Schema):
    """A card's picture."""

    url_360 = fields.String()
    url_720 = fields.String()
    width = Whole()
    height = Whole()
    color = fields.String()
    alt = fields.String()


class AuthorOut(Schema):
    """Who wrote a note."""

    handle = fields.String()
    name = fields.String()
    avatar_url = fields.String(allow_none=True)
    url = fields.String()


class ReasonOut(Schema):
    """Why a card is in the feed."""

    code = fields.String(
        validate=validate.OneOf(("followed", "topic", "popular", "recent", "more"))
    )
    name = fields.String(allow_none=True)


class CardOut(Schema):
    """A note's card; a true ``disclosure`` must be shown with it."""

    id = fields.String()
    url = fields.String()
    title = fields.String()
    picture = fields.Nested(CoverOut, allow_none=True)
    author = fields.Nested(AuthorOut)
    tag_count = Whole()
    topics = fields.List(fields.String())
    likes = Whole()
    disclosure = fields.Boolean()
    liked = fields.Boolean()
    reason = fields.Nested(ReasonOut)


class FeedOut(Schema):
    """A page of a feed."""

    items = fields.List(fields.Nested(CardOut))
    next = fields.String(allow_none=True)


class SearchQuery(PageQuery):
    """What is asked of search."""

    q = Text(most=200, load_default="")
    type = fields.String(load_default="note", validate=validate.OneOf(TYPES))
    sort = fields.String(
        load_default="relevance", validate=validate.OneOf([str(sort) for sort in Sort])
    )
    topic = Text(most=20, load_default="")
    brand_id = PublicId("brand", load_default=None)
    category_id = PublicId("category", load_default=None)
    price_fen_min = Fen(load_default=None, allow_none=True)
    price_fen_max = Fen(load_default=None, allow_none=True)
    in_stock = YesNo(load_default=False)
    facets = fields.List(fields.String(validate=validate.OneOf(FACETS)), load_default=list)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return sort and facets as the port has them."""
        return {**data, "sort": Sort(data["sort"]), "facets": tuple(data["facets"])}


class FoundOut(Schema):
    """A hit: a note's card, a product, or a person; the fields that fit its type."""

    always = ("id", "url", "title")

    id = fields.String()
    url = fields.String()
    title = fields.String()
    picture = fields.Nested(CoverOut, allow_none=True)
    author = fields.Nested(AuthorOut)
    tag_count = Whole()
    topics = fields.List(fields.String())
    likes = Whole()
    disclosure = fields.Boolean()
    liked = fields.Boolean()
    price_fen = Fen()
    brand_name = fields.String()
    merchant_name = fields.String()
    in_stock = fields.Boolean()
    handle = fields.String()
    is_creator = fields.Boolean()


class FacetValueOut(Schema):
    """A value, and how many hits have it; ``label`` is its name where it has one."""

    value = fields.String()
    label = fields.String(allow_none=True)
    count = Whole()
    price_fen_min = Fen(allow_none=True)
    price_fen_max = Fen(allow_none=True)


class FacetOut(Schema):
    """Counts by value, the most frequent first, as if the facet's own filter were not set."""

    name = fields.String(validate=validate.OneOf(FACETS))
    values = fields.List(fields.Nested(FacetValueOut))


class ResultsOut(Schema):
    """A page of hits; ``relaxed`` says that looser ones follow those that are counted.

    ``facets`` are those that were asked for.
    """

    items = fields.List(fields.Nested(FoundOut))
    facets = fields.List(fields.Nested(FacetOut))
    total = Whole()
    relaxed = fields.Boolean()
    next = fields.String(allow_none=True)


class SuggestQuery(Schema):
    """What was typed."""

    q = Text(most=64, load_default="")


class SuggestionsOut(Schema):
    """Phrases that begin with what was typed."""

    items = fields.List(fields.String())
