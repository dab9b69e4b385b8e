"""What the discovery room does when something happened elsewhere."""

from collections.abc import Callable, Sequence

from app.discovery import commands
from app.events.accounts import AccountChanged
from app.events.catalogue import ProductChanged
from app.events.content import NoteDeleted, NoteEdited, NotePublished, NoteReacted
from app.events.discovery import DocChanged
from app.platform.adapters import adapter
from app.platform.subscribers import Delivered, Feeder, Outage, Projector, Unacceptable
from app.platform.uow import UnitOfWork, snapshot
from search.port import DocRefused, SearchDown, SearchIndex


def _on(command: Callable[..., None], name: str) -> Callable[[UnitOfWork, Delivered], None]:
    def project(uow: UnitOfWork, event: Delivered) -> None:
        command(uow, **{name: event.body[name]})

    return project


def feed_index(events: Sequence[Delivered]) -> None:
    """Send things as they are now to the search index; an older version loses there.

    Raises:
        Outage: the engine cannot be reached.
        Unacceptable: it will never take one of them.
    """
    refs = dict.fromkeys(str(event.body["doc"]) for event in events)
    with snapshot() as view:
        made, gone = commands.docs(view, [_split(ref) for ref in refs])
    index = adapter(SearchIndex)
    try:
        index.put(made)
        index.drop(gone)
    except SearchDown as error:
        raise Outage(str(error)) from error
    except DocRefused as error:
        raise Unacceptable(str(error)) from error


def _split(ref: str) -> tuple[str, str]:
    kind, _, id_ = ref.partition("/")
    return kind, id_


_NOTES = frozenset({NotePublished.topic, NoteEdited.topic, NoteDeleted.topic, NoteReacted.topic})

SUBSCRIBERS = (
    Projector("discovery.notes", _NOTES, _on(commands.keep_note, "note_id")),
    Projector(
        "discovery.authors",
        frozenset({AccountChanged.topic}),
        _on(commands.keep_author, "account_id"),
    ),
    Projector(
        "discovery.products",
        frozenset({ProductChanged.topic}),
        _on(commands.keep_product, "product_id"),
    ),
    Feeder("discovery.index", frozenset({DocChanged.topic}), feed_index),
)
