"""JSON endpoints of the content room."""

from typing import Any

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import commands, queries
from app.content.errors import (
    NoteStale,
    NoteTooThin,
    PictureNotYours,
    ProductNotTaggable,
    TagOffPicture,
    WordsRefused,
)
from app.content.queries import NoteView
from app.content.rules import NoteDraft
from app.content.schemas import NoteIn, NoteOut, NoteRef, NotesOut, TouchTokensOut
from app.kernel.ids import NoteId
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot, UnitOfWork
from app.touches import api as touches
from app.touches.api import TaggedProduct
from app.web.caller import device_id, signed_in
from app.web.http import ApiBlueprint, PageQuery, Reply, etag, if_match

blp = ApiBlueprint("content", __name__, url_prefix="/api/v1", description="Notes")

DRAFT_FAULTS = (NoteTooThin, PictureNotYours, ProductNotTaggable, TagOffPicture, WordsRefused)


@blp.writes("POST", "/notes", takes=NoteIn, gives=NoteRef, status=201, refuses=DRAFT_FAULTS)
def publish_note(uow: UnitOfWork, draft: NoteDraft) -> dict[str, str]:
    """Publish a note, with products tagged on its pictures."""
    return {"id": commands.publish(uow, author_id=signed_in(), draft=draft)}


@blp.reads("/notes/<note_id>", gives=NoteOut, refuses=(NotFound,), public=True, versioned=True)
def get_note(view: Snapshot, note_id: NoteId) -> Reply:
    """Show a note; its ETag is what a later change goes by."""
    seen = queries.note(view, note_id=note_id)
    return Reply(seen, headers=etag(seen.version))


@blp.reads("/notes/<note_id>/touch-tokens", gives=TouchTokensOut, refuses=(NotFound,), public=True)
def get_touch_tokens(view: Snapshot, note_id: NoteId) -> dict[str, Any]:
    """Give the tokens that `POST /touches` takes for a note that is being shown.

    They are good for the device alone that asks: keep its cookie.
    """
    # Beside the note, not in it: what the ETag of a note promises is the same for every device.
    seen = queries.note(view, note_id=note_id)
    owners = catalogue.owners_of(view, product_ids=seen.product_ids)
    goods = [TaggedProduct(one, *owners[one]) for one in seen.product_ids]

    def mint(*shown: TaggedProduct) -> str:
        return touches.mint(
            device_id=device_id(),
            note_id=seen.id,
            author_id=seen.author_id,
            goods=shown,
            now=view.now,
        )

    return {
        "note": mint(*goods) if goods else None,
        "tags": [{"product_id": one.product_id, "token": mint(one)} for one in goods],
    }


@blp.writes(
    "PATCH",
    "/notes/<note_id>",
    takes=NoteIn,
    gives=NoteOut,
    refuses=(*DRAFT_FAULTS, NotFound, NoteStale),
)
def edit_note(uow: UnitOfWork, draft: NoteDraft, note_id: NoteId) -> NoteView:
    """Change a note of one's own; `If-Match` refuses when it was changed since."""
    commands.edit(uow, note_id=note_id, author_id=signed_in(), draft=draft, version=if_match())
    return queries.note(uow, note_id=note_id)


@blp.writes("DELETE", "/notes/<note_id>", refuses=(NotFound,))
def delete_note(uow: UnitOfWork, note_id: NoteId) -> None:
    """Take a note of one's own down."""
    commands.delete_note(uow, note_id=note_id, author_id=signed_in())


@blp.writes("PUT", "/notes/<note_id>/like", refuses=(NotFound,), key="none")
def like_note(uow: UnitOfWork, note_id: NoteId) -> None:
    """Like a note; again is the same as once."""
    commands.react(uow, note_id=note_id, account_id=signed_in(), kind="like")


@blp.writes("DELETE", "/notes/<note_id>/like", refuses=(NotFound,), key="none")
def unlike_note(uow: UnitOfWork, note_id: NoteId) -> None:
    """Take a like back."""
    commands.take_back(uow, note_id=note_id, account_id=signed_in(), kind="like")


@blp.writes("PUT", "/notes/<note_id>/collection", refuses=(NotFound,), key="none")
def collect_note(uow: UnitOfWork, note_id: NoteId) -> None:
    """Put a note into one's collection; again is the same as once."""
    commands.react(uow, note_id=note_id, account_id=signed_in(), kind="collect")


@blp.writes("DELETE", "/notes/<note_id>/collection", refuses=(NotFound,), key="none")
def uncollect_note(uow: UnitOfWork, note_id: NoteId) -> None:
    """Take a note out of one's collection."""
    commands.take_back(uow, note_id=note_id, account_id=signed_in(), kind="collect")


@blp.reads(
    "/accounts/<handle>/notes", gives=NotesOut, query=PageQuery, refuses=(NotFound,), public=True
)
def list_notes(view: Snapshot, page: dict[str, Any], handle: str) -> dict[str, Any]:
    """List an author's notes, the newest first."""
    author = accounts.find_by_handle(view, handle=handle)
    if author is None:
        raise NotFound
    ids = queries.notes_of(view, account_id=author.id, **page)
    found = queries.notes(view, note_ids=ids.items)
    return {"items": list(found.values()), "next": ids.next}
