"""Pages of the content room: publishing, changing, and what a reader does to a note."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from marshmallow import Schema, fields

from app.catalogue import api as catalogue
from app.content import commands, queries
from app.content.errors import NoteTooThin, PictureNotYours, TagOffPicture
from app.content.rules import ALT_MAX, BODY_MAX, PICTURES_MAX, TAGS_MAX, TITLE_MAX, NoteDraft
from app.content.schemas import NoteIn
from app.kernel.ids import NoteId, PictureId, ProductId, is_id
from app.kernel.problems import InvalidInput, NotFound
from app.pictures import api as pictures
from app.platform.uow import Snapshot, UnitOfWork, transact
from app.web.caller import signed_in
from app.web.parsing import load_fields
from app.web.rendering import Beside, Form, PageBlueprint, Redirect, form_values, render
from app.web.security import safe_next

pages = PageBlueprint("content_pages", __name__)

LIMITS = {
    "title": TITLE_MAX,
    "body": BODY_MAX,
    "pictures": PICTURES_MAX,
    "tags": TAGS_MAX,
    "alt": ALT_MAX,
}


class SwitchIn(Schema):
    """On or off."""

    on = fields.Boolean(load_default=True)


@pages.page("/studio/compose", signed_in=True)
def compose(view: Snapshot) -> str:
    """Show the form for a new note."""
    return _compose(view, Form())


def compose_again(view: Snapshot, form: Form, note_id: str | None = None) -> str:
    """Show the form once more, with what was typed, what was uploaded, and what is wrong."""
    values = {**form.values, **g.get("taken_in", {})}
    again = Form(values, form.errors or _marked(form), form.problem).told_at(_place_of)
    if "pictures" in again.errors and not any(name.endswith(".picture_id") for name in values):
        said = {**again.errors, "pictures": _said_of_files(again)}
        again = replace(again, errors=said)
    return _compose(view, again, note_id)


def _said_of_files(form: Form) -> str:
    """Return what is wrong with the files, or that there is none."""
    refused = form.problem and form.problem["code"] != InvalidInput.code
    return form.error("pictures") if refused else _("Choose at least one picture.")


BESIDE: Beside = {
    NoteTooThin: "title",
    PictureNotYours: "pictures",
    TagOffPicture: "tags.0.product_id",
    **dict.fromkeys(pictures.UPLOAD_REFUSALS, "pictures"),
}


@pages.act("/studio/compose", again=compose_again, beside=BESIDE, upload=True)
def publish(**_parts: Any) -> Redirect:
    """Publish a note; a picture file that came with the form is taken in first."""
    draft = _draft()
    note_id = transact(partial(commands.publish, author_id=signed_in(), draft=draft))
    return Redirect(f"/note/{note_id}", flash=_("Published."))


@pages.page("/note/<note_id>/edit", signed_in=True)
def edit(view: Snapshot, note_id: NoteId) -> str:
    """Show the form for a note of one's own."""
    seen = queries.note(view, note_id=note_id)
    if seen.author_id != signed_in():
        raise NotFound
    return _compose(view, Form(_values_of(seen)), note_id)


@pages.act("/note/<note_id>/edit", again=compose_again, beside=BESIDE, upload=True)
def change(note_id: NoteId) -> Redirect:
    """Change a note of one's own."""
    draft = _draft()
    transact(partial(commands.edit, note_id=note_id, author_id=signed_in(), draft=draft))
    return Redirect(f"/note/{note_id}", flash=_("Changed."))


@pages.form("/note/<note_id>/delete", page="/note/<note_id>")
def delete(uow: UnitOfWork, note_id: NoteId) -> Redirect:
    """Take a note of one's own down."""
    commands.delete_note(uow, note_id=note_id, author_id=signed_in())
    return Redirect("/", flash=_("The note is gone."))


@pages.form("/note/<note_id>/like", page="/note/<note_id>", takes=SwitchIn, why="like", key="none")
def like(uow: UnitOfWork, switch: dict[str, bool], note_id: NoteId) -> Redirect:
    """Like a note, or no longer."""
    return _react(uow, note_id, "like", on=switch["on"])


@pages.form(
    "/note/<note_id>/collection", page="/note/<note_id>", takes=SwitchIn, why="collect", key="none"
)
def collect(uow: UnitOfWork, switch: dict[str, bool], note_id: NoteId) -> Redirect:
    """Put a note into one's collection, or take it out."""
    return _react(uow, note_id, "collect", on=switch["on"])


def _react(uow: UnitOfWork, note_id: NoteId, kind: commands.Kind, *, on: bool) -> Redirect:
    act = commands.react if on else commands.take_back
    act(uow, note_id=note_id, account_id=signed_in(), kind=kind)
    return Redirect(safe_next(request.form.get("next"), f"/note/{note_id}"))


def _draft() -> NoteDraft:
    """Return the draft in the form; files are uploaded, and stand behind the pictures named."""
    typed = form_values()
    typed.pop("query", None)
    _take_in(typed)
    topics = [word.strip("# ") for word in str(typed.pop("topics", "")).replace(",", " ").split()]
    typed |= {f"topics.{n}": word for n, word in enumerate(topics) if word}
    tags = {name: typed.pop(name) for name in list(typed) if name.startswith("tags.")}
    g.tagged = [n for n in range(TAGS_MAX) if tags.get(f"tags.{n}.product_id")]
    for place, number in enumerate(g.tagged):
        for part in ("product_id", "picture", "x", "y"):
            typed[f"tags.{place}.{part}"] = tags.get(f"tags.{number}.{part}", "")
    draft: NoteDraft = load_fields(NoteIn, typed)
    return draft


def _marked(form: Form) -> dict[str, str]:
    """Return what a refusal says by its facts, by field: words that break a rule, products."""
    found: dict[str, str] = {}
    told = form.problem or {}
    for flag in told.get("flags", ()):
        said = f"{_(flag['why'])} “{flag['excerpt']}”"
        found[flag["field"]] = f"{found[flag['field']]} {said}" if flag["field"] in found else said
    barred = told.get("product_ids", ())
    for place, number in enumerate(g.get("tagged", ())):
        if form.value(f"tags.{number}.product_id") in barred:
            found[f"tags.{place}.product_id"] = told["hint"]
    return found


def _place_of(name: str) -> str:
    """Return the field of the form at which a fault of the draft is told."""
    kind, _, rest = name.partition(".")
    number = rest.partition(".")[0]
    if kind == "tags":
        places: list[int] = g.get("tagged") or [0]
        place = int(number) if number.isdecimal() else 0
        return f"tags.{places[min(place, len(places) - 1)]}.product_id"
    return name if name.endswith(".alt") else kind


def _take_in(typed: dict[str, Any]) -> None:
    """Upload the files of the form, and name the pictures in it.

    They are noted for this request too: where the form is refused, they need no second upload.
    """
    g.taken_in = {}
    place = 0
    while f"pictures.{place}.picture_id" in typed:
        place += 1
    for file in request.files.getlist("file"):
        data = file.read()
        if data:
            picture_id = pictures.upload(owner_id=signed_in(), data=data)
            g.taken_in[f"pictures.{place}.picture_id"] = picture_id
            typed |= g.taken_in
            place += 1


def _compose(view: Snapshot, form: Form, note_id: str | None = None) -> str:
    placed = {
        PictureId(form.value(f"pictures.{place}.picture_id")): form.value(f"pictures.{place}.alt")
        for place in range(PICTURES_MAX)
        # PostgreSQL could not even be asked for what is no id.
        if is_id(form.value(f"pictures.{place}.picture_id"), "picture")
    }
    shown = pictures.pictures(view, picture_ids=list(placed))
    tagged = [
        {
            "place": place,
            "product_id": form.value(f"tags.{place}.product_id"),
            "picture": _place(form.value(f"tags.{place}.picture")),
            "x": form.value(f"tags.{place}.x", "0.5"),
            "y": form.value(f"tags.{place}.y", "0.5"),
        }
        for place in range(TAGS_MAX)
        if is_id(form.value(f"tags.{place}.product_id"), "product")
    ]
    names = catalogue.products(
        view, product_ids=[ProductId(str(tag["product_id"])) for tag in tagged]
    )
    offered = catalogue.products_of(view, size=50)
    return render(
        "content/compose.html",
        form=form,
        note_id=note_id,
        pictures=[_shown(shown[one], alt) for one, alt in placed.items() if one in shown],
        tags=[{**tag, "name": found.name} for tag in tagged if (found := _product(names, tag))],
        offered=offered.items,
        limits=LIMITS,
    )


def _shown(picture: pictures.Picture, alt: str) -> dict[str, Any]:
    names = ("id", "url_720", "width", "height", "color")
    return {**{name: getattr(picture, name) for name in names}, "alt": alt}


def _place(typed: str) -> int:
    """Return the place of a picture, or the first where what was typed is none."""
    return int(typed) if typed.isdecimal() and len(typed) <= len(str(PICTURES_MAX)) else 0


def _product(
    names: dict[ProductId, catalogue.Product], tag: dict[str, Any]
) -> catalogue.Product | None:
    return names.get(ProductId(str(tag["product_id"])))


def _values_of(seen: queries.NoteView) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": seen.title,
        "body": seen.body,
        "topics": " ".join(seen.topics),
    }
    tags = 0
    for place, one in enumerate(seen.pictures):
        values[f"pictures.{place}.picture_id"] = one.picture.id
        values[f"pictures.{place}.alt"] = one.alt
        for tag in one.tags:
            said = {"product_id": tag.product_id, "picture": place, "x": tag.x, "y": tag.y}
            values |= {f"tags.{tags}.{name}": str(value) for name, value in said.items()}
            tags += 1
    return values
