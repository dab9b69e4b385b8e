"""Pages made of several rooms: home, search, note, product, profile, brand."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, redirect, request
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.discovery import api as discovery
from app.kernel.ids import AccountId, BrandId, NoteId, ProductId, SkuId
from app.kernel.page import PAGE_SIZE
from app.kernel.problems import InvalidInput, NotFound
from app.orders import api as orders
from app.platform.memo import recall
from app.platform.uow import Snapshot, UnitOfWork
from app.site import narrowing, views
from app.touches import api as touches
from app.touches.api import Toucher
from app.web.caller import caller, device_id
from app.web.fields import PublicId, Text, Whole
from app.web.http import DECLARED
from app.web.locale import LANGUAGES
from app.web.parsing import load_fields
from app.web.problems import EVERYWHERE
from app.web.rendering import Form, PageBlueprint, Redirect, form_values, is_fragment, render
from app.web.security import safe_next
from search.port import Query, Sort

pages = PageBlueprint("site_pages", __name__)

SUGGESTIONS_MAX = 8
TOPICS_MAX = 9
YEAR_SECONDS = 31_536_000


@pages.page("/")
def home(view: Snapshot) -> str:
    """Show the feed; htmx asks for the next cards only."""
    me, cursor = views.viewer_id(), _cursor()

    def make() -> tuple[tuple[discovery.Card, ...], str | None, tuple[str, ...]]:
        found = discovery.feed(view, viewer_id=me, cursor=cursor, size=PAGE_SIZE)
        shown = discovery.cards(view, items=found.items, viewer_id=me)
        return shown, found.next, discovery.topics(view, limit=TOPICS_MAX)

    shown, following, topics = recall(view, ("home", me, cursor), make)
    next_url = f"/?cursor={following}" if following else None
    template = "site/cards.html" if is_fragment() else "site/home.html"
    return render(template, cards=views.shown_values(shown), next_url=next_url, topics=topics)


@pages.page("/search")
def search(view: Snapshot) -> str:
    """Show what matches, as notes, products or people."""
    kind = _one_of("type", ("note", "product", "person"))
    sort = _one_of("sort", tuple(str(one) for one in Sort))
    text = request.args.get("q", "")[:200]
    filters = narrowing.Filters.read(request.args)
    facets = () if is_fragment() else narrowing.FACETS.get(kind, ())
    plain = Query(kind, text, sort=Sort(sort), cursor=_cursor(), facets=facets)
    query = filters.on(plain)
    base = {"q": text, "type": kind, "sort": sort}
    shown: dict[str, Any] = {
        **base,
        "topic": filters.topic,
        "down": False,
        "filters": _query_string(filters.arguments),
        "unfiltered_url": narrowing.address(base, {}),
    }
    try:
        hits = discovery.find(view, query=query)
    except discovery.SearchUnavailable:
        # Search that is down must not take the page with it: the newest notes stand in, and say so.
        found = discovery.feed(view, viewer_id=None, cursor=None, size=PAGE_SIZE)
        cards = views.card_values(view, note_ids=[item.note_id for item in found.items])
        return render("site/search.html", **{**shown, "down": True, "cards": cards, "total": 0})
    args = {**request.args.to_dict(), "cursor": hits.next}
    next_url = None if hits.next is None else "/search?" + _query_string(args)
    shown |= {"total": hits.total, "relaxed": hits.relaxed, "next_url": next_url}
    counted = discovery.named_facets(view, hits=hits)
    shown["choices"] = narrowing.choices(counted, filters, base)
    shown |= _hits(view, kind, hits.ids)
    return render("site/cards.html" if is_fragment() else "site/search.html", **shown)


@pages.page("/suggestions")
def suggestions(view: Snapshot) -> str:
    """Show phrases that begin with what was typed, for the search box."""
    del view
    found = discovery.suggest(request.args.get("q", "")[:64], size=SUGGESTIONS_MAX)
    return render("site/suggestions.html", phrases=found)


@pages.page("/note/<note_id>")
def note(view: Snapshot, note_id: NoteId) -> str:
    """Show a note: a page of its own, or over the feed for htmx."""
    shown = views.note_values(view, note_id)
    if is_fragment():
        return render("site/note_sheet.html", note=shown)
    others = discovery.similar(view, note_id=note_id, limit=10)
    return render(
        "site/note.html", note=shown, similar=views.card_values(view, note_ids=list(others))
    )


@pages.form("/t/<token>", page="/", signed_in=False, key="none")
def follow_tag(uow: Any, token: str) -> Redirect:
    """Count a tapped tag for readers without JavaScript, and go to its product."""
    found = views.viewer_id()
    touches.record(uow, presented=[(token, "tag_click")], by=Toucher(device_id(), found))
    return Redirect(safe_next(request.form.get("next")))


class PutIn(Schema):
    """So many of a SKU; `now` leads straight to the checkout."""

    sku_id = PublicId("sku", required=True)
    quantity = Whole(least=1, most=orders.QUANTITY_MAX, required=True)
    note_id = PublicId("note", load_default=None)
    now = Text(most=1, load_default="")


@pages.page("/p/<product_id>")
def product(view: Snapshot, product_id: ProductId) -> str:
    """Show a product, and the notes that tag it; who went to sign in finds what they chose."""
    chosen = _chosen({field: request.args.get(name, "") for field, name in CHOICE.items()})
    if "sku_id" in chosen and not _sold_here(view, product_id, SkuId(chosen["sku_id"])):
        del chosen["sku_id"]
    return product_again(view, Form(chosen), product_id)


def product_again(view: Snapshot, form: Form, product_id: ProductId) -> str:
    """Show a product, and what is wrong with what is wanted of it."""
    seen = catalogue.product(view, product_id=product_id)
    me = views.viewer_id()
    staff = me is not None and catalogue.is_staff(view, account_id=me, merchant_id=seen.merchant_id)
    if not seen.listed and not staff:
        raise NotFound
    tagging = content.notes_tagging(view, product_id=product_id, cursor=None, size=12)
    return render(
        "site/product.html",
        product=seen,
        shown=views.product_values(seen),
        note_id=form.value("note_id"),
        form=form,
        cards=views.card_values(view, note_ids=list(tagging.items)),
    )


CHOICE = {"sku_id": "sku", "quantity": "quantity", "note_id": "note"}
"""What the form of a product asks, and its name in the address of the page."""


def _chosen(given: dict[str, str]) -> dict[str, str]:
    """Return what of a choice could be put into a cart, by the schema of the form."""
    faulty: set[str] = set()
    try:
        load_fields(PutIn, given)
    except InvalidInput as refused:
        faulty = {one["pointer"].strip("/") for one in refused.facts["errors"]}
    return {name: value for name, value in given.items() if value and name not in faulty}


def _sold_here(view: Snapshot, product_id: ProductId, sku_id: SkuId) -> bool:
    found = catalogue.sku_lines(view, sku_ids=[sku_id]).get(sku_id)
    return found is not None and found[0].id == product_id and found[1].available > 0


def with_choice(product_id: ProductId) -> str:
    """Return the address of a product with what was chosen of it in the form."""
    chosen = _chosen({name: str(form_values().get(name, "")) for name in CHOICE})
    query = urlencode({CHOICE[name]: value for name, value in chosen.items()})
    return f"/p/{quote(product_id, safe='')}" + (f"?{query}" if query else "")


@pages.form(
    "/p/<product_id>",
    takes=PutIn,
    again=product_again,
    beside={orders.NotForSale: "sku_id"},
    why="cart",
    resume=with_choice,
)
def put_in_cart(uow: UnitOfWork, wish: dict[str, Any], product_id: ProductId) -> Redirect:
    """Put so many more of a SKU of a product into the cart."""
    del product_id
    wanted = orders.Wanted(wish["sku_id"], wish["quantity"], wish["note_id"])
    try:
        orders.put_line(uow, account_id=caller().account_id, wanted=wanted, add=True)
    except orders.TooFewLeft as few:
        raise few.at_quantity() from None
    if wish["now"]:
        return Redirect("/checkout")
    return Redirect("/cart", flash=_("It is in your cart."))


@pages.page("/u/<handle>")
def profile(view: Snapshot, handle: str) -> str:
    """Show a person and their notes, or, to themselves, what they collected."""
    person = accounts.find_by_handle(view, handle=handle)
    if person is None:
        raise NotFound
    me = views.viewer_id()
    collected = request.args.get("tab") == "collected" and person.id == me
    listed = content.collected if collected else content.notes_of
    found = listed(view, account_id=person.id, cursor=_cursor(), size=PAGE_SIZE)
    tab = "&tab=collected" if collected else ""
    next_url = f"/u/{handle}?cursor={found.next}{tab}" if found.next else None
    cards = views.card_values(view, note_ids=list(found.items))
    if is_fragment():
        return render("site/cards.html", cards=cards, next_url=next_url)
    return render(
        "site/profile.html",
        person=person,
        cards=cards,
        next_url=next_url,
        notes=content.count_notes(view, account_id=person.id),
        own=person.id == me,
        following=me is not None and person.id in accounts.following(view, account_id=me),
        tab="collected" if collected else "notes",
    )


@pages.page("/b/<handle>")
def brand(view: Snapshot, handle: str) -> str:
    """Show a brand and what is sold under its name."""
    seen = catalogue.brand(view, key=handle)
    found = catalogue.products_of(view, brand_id=BrandId(seen.id), cursor=_cursor(), size=24)
    next_url = f"/b/{handle}?cursor={found.next}" if found.next else None
    goods = [views.product_values(one) for one in found.items]
    return render("site/brand.html", brand=seen, goods=goods, next_url=next_url)


@pages.page("/developers")
def developers(view: Snapshot) -> str:
    """Say how a program uses the site."""
    del view
    example = f'curl -H "Authorization: Bearer $TOKEN" {request.host_url}api/v1/feed'
    return render("site/developers.html", example=example)


@pages.page("/developers/errors")
def errors(view: Snapshot) -> str:
    """Show every refusal there is: its code, what it means, what to do."""
    del view
    known = {fault.code: fault for route in DECLARED.values() for fault in route.faults}
    known |= {fault.code: fault for fault in EVERYWHERE}
    listed = [
        {"code": code, "status": one.status, "title": _(one.title), "hint": _(one.hint)}
        for code, one in sorted(known.items())
    ]
    return render("site/errors.html", problems=listed)


@pages.form("/preferences", page="/", signed_in=False, key="none")
def keep_preference(uow: Any) -> Redirect:
    """Keep the chosen theme or language in a cookie, so that the server renders it."""
    del uow

    def keep(response: Response) -> None:
        for name, offered in (("theme", ("light", "dark", "system")), ("lang", tuple(LANGUAGES))):
            value = request.form.get(name, "")
            if value in offered:
                response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax", path="/")

    return Redirect(safe_next(request.form.get("next")), after=keep)


@pages.page("/saved", signed_in=True)
def saved(view: Snapshot) -> BaseResponse:
    """Lead to what one collected."""
    del view
    return redirect(f"/u/{caller().handle}?tab=collected")


def _hits(view: Snapshot, kind: str, ids: tuple[str, ...]) -> dict[str, Any]:
    if kind == "note":
        return {"cards": views.card_values(view, note_ids=[NoteId(one) for one in ids])}
    if kind == "product":
        found = catalogue.products(view, product_ids=[ProductId(one) for one in ids])
        goods = [found[ProductId(one)] for one in ids if ProductId(one) in found]
        return {"goods": [views.product_values(one) for one in goods if one.listed]}
    people = accounts.people(view, account_ids=[AccountId(one) for one in ids])
    return {"people": [people[AccountId(one)] for one in ids if AccountId(one) in people]}


def _one_of(name: str, offered: tuple[str, ...]) -> str:
    given = request.args.get(name, "").removesuffix("s")
    return given if given in offered else offered[0]


def _cursor() -> str | None:
    return request.args.get("cursor")


def _query_string(args: dict[str, Any]) -> str:
    return urlencode({name: value for name, value in args.items() if value})
