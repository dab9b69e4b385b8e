"""Keeping cards and index numbers in step with what happens in other rooms."""

from collections.abc import Iterable

import orjson
from sqlalchemy import delete, insert, select, text, update

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.discovery import queries, rules
from app.discovery.models import CardRow, CardTopicRow, DocRow, TopicRow
from app.events.discovery import DocChanged
from app.kernel.ids import AccountId, NoteId, ProductId
from app.platform.uow import Snapshot, UnitOfWork
from search.port import Doc, Ref

_BUMP = text(
    "INSERT INTO discovery_doc (kind, id, version) VALUES (:kind, :id, 1)"
    " ON CONFLICT (kind, id) DO UPDATE SET version = discovery_doc.version + 1"
)

_ONE_MORE = text(
    "INSERT INTO discovery_topic (name, notes) VALUES (:name, 1)"
    " ON CONFLICT (name) DO UPDATE SET notes = discovery_topic.notes + 1"
)

PHRASE_WEIGHTS = {"topic": 10, "brand": 1_000, "category": 500}
"""Brands first, then categories, then topics by how many notes have them."""


def mark(uow: UnitOfWork, kind: str, id_: str) -> None:
    """Note that what the index holds of a thing is out of date."""
    uow.change(_BUMP, {"kind": kind, "id": id_})
    uow.announce(DocChanged(doc=f"{kind}/{id_}"))


def keep_note(uow: UnitOfWork, *, note_id: NoteId) -> None:
    """Make a note's card as the note is now, or take it away; then have it indexed."""
    before = [
        row.topic
        for row in uow.rows(select(CardTopicRow.topic).where(CardTopicRow.note_id == note_id))
    ]
    uow.change(delete(CardTopicRow).where(CardTopicRow.note_id == note_id))
    uow.change(delete(CardRow).where(CardRow.note_id == note_id))
    seen = content.notes(uow, note_ids=[note_id]).get(note_id)
    if seen is not None:
        _write_card(uow, seen)
    now = seen.topics if seen else ()
    _count_topics(uow, more=set(now) - set(before), fewer=set(before) - set(now))
    mark(uow, "note", note_id)
    for topic in sorted({*before, *now}):
        mark(uow, "phrase", f"topic:{topic}")


def _count_topics(uow: UnitOfWork, *, more: Iterable[str], fewer: Iterable[str]) -> None:
    # In order of name, so that two notes of the same topics never wait for each other.
    for name in sorted(more):
        uow.change(_ONE_MORE, {"name": name})
    for name in sorted(fewer):
        last = delete(TopicRow).where(TopicRow.name == name, TopicRow.notes <= 1)
        if not uow.change(last):
            counted = update(TopicRow).where(TopicRow.name == name)
            uow.change(counted.values(notes=TopicRow.notes - 1))


def keep_author(uow: UnitOfWork, *, account_id: AccountId) -> None:
    """Make the cards of an author's notes anew, and have the author indexed."""
    rows = uow.rows(select(CardRow.note_id).where(CardRow.author_id == account_id))
    for row in rows:
        keep_note(uow, note_id=NoteId(row.note_id))
    mark(uow, "person", account_id)


def keep_product(uow: UnitOfWork, *, product_id: ProductId) -> None:
    """Have a product indexed, with the phrases that lead to it."""
    seen = catalogue.products(uow, product_ids=[product_id]).get(product_id)
    mark(uow, "product", product_id)
    if seen is not None:
        _ensure_phrase(uow, f"brand:{seen.brand_name}"[:80])
        for name in seen.category_path[-1:]:
            _ensure_phrase(uow, f"category:{name}"[:80])


def _ensure_phrase(uow: UnitOfWork, phrase: str) -> None:
    """Have a phrase indexed that is not yet: nothing of it depends on how many things have it."""
    known = select(DocRow.doc_no).where(DocRow.kind == "phrase", DocRow.id == phrase)
    if uow.value(known) is None:
        mark(uow, "phrase", phrase)


def docs(view: Snapshot, refs: Iterable[tuple[str, str]]) -> tuple[list[Doc], list[Ref]]:
    """Return the documents of things as they are now, and what is to be dropped."""
    made: list[Doc] = []
    gone: list[Ref] = []
    for kind, id_ in refs:
        row = view.row(
            select(DocRow.doc_no, DocRow.version).where(DocRow.kind == kind, DocRow.id == id_)
        )
        if row is None:
            continue
        doc = _doc(view, kind, id_, row.doc_no, row.version)
        if doc is None:
            gone.append(Ref(kind, id_, row.version))
        else:
            made.append(doc)
    return made, gone


def all_refs(view: Snapshot) -> list[tuple[str, str]]:
    """Return everything that has a number in the index."""
    rows = view.rows(select(DocRow.kind, DocRow.id).order_by(DocRow.doc_no))
    return [(row.kind, row.id) for row in rows]


def _write_card(uow: UnitOfWork, seen: content.NoteView) -> None:
    author = accounts.person(uow, account_id=seen.author_id)
    cover = seen.pictures[0] if seen.pictures else None
    static = {
        "id": seen.id,
        "url": f"/note/{seen.id}",
        "title": seen.title or seen.body[:40],
        "picture": {
            "url_360": cover.picture.url_360,
            "url_720": cover.picture.url_720,
            "width": cover.picture.width,
            "height": cover.picture.height,
            "color": cover.picture.color,
            "alt": cover.alt,
        }
        if cover
        else None,
        "author": {
            "handle": author.handle,
            "name": author.name,
            "avatar_url": author.avatar_url,
            "url": f"/u/{author.handle}",
        },
        "tag_count": len(seen.product_ids),
        "topics": seen.topics,
    }
    score = rules.popularity(seen.likes, seen.collects, seen.published_at)
    uow.add(
        CardRow(
            note_id=seen.id,
            author_id=seen.author_id,
            published_at=seen.published_at,
            likes=seen.likes,
            popularity=score,
            card=orjson.dumps(static),
        )
    )
    if seen.topics:
        rows = [
            {"topic": name, "note_id": seen.id, "popularity": score}
            for name in dict.fromkeys(seen.topics)
        ]
        uow.change(insert(CardTopicRow), rows)


def _doc(view: Snapshot, kind: str, id_: str, doc_no: int, version: int) -> Doc | None:
    if kind == "note":
        return _note_doc(view, NoteId(id_), doc_no, version)
    if kind == "product":
        return _product_doc(view, ProductId(id_), doc_no, version)
    if kind == "person":
        people = accounts.people(view, account_ids=[AccountId(id_)])
        person = people.get(AccountId(id_))
        if person is None:
            return None
        words = (person.handle,)
        return Doc("person", id_, doc_no, version, person.name, body=person.bio, attributes=words)
    return _phrase_doc(view, id_, doc_no, version)


def _note_doc(view: Snapshot, note_id: NoteId, doc_no: int, version: int) -> Doc | None:
    seen = content.notes(view, note_ids=[note_id]).get(note_id)
    if seen is None:
        return None
    goods = catalogue.products(view, product_ids=list(seen.product_ids))
    tagged = " ".join(f"{one.brand_name} {one.name}" for one in goods.values())
    return Doc(
        kind="note",
        id=note_id,
        doc_no=doc_no,
        version=version,
        title=seen.title,
        body=f"{seen.body} {' '.join(seen.topics)} {tagged}",
        topics=seen.topics,
        author_id=seen.author_id,
        created_s=int(seen.published_at.timestamp()),
        likes=seen.likes,
        quality=rules.quality(seen.likes, seen.collects),
    )


def _product_doc(view: Snapshot, product_id: ProductId, doc_no: int, version: int) -> Doc | None:
    seen = catalogue.products(view, product_ids=[product_id]).get(product_id)
    if seen is None or not seen.listed:
        return None
    return Doc(
        kind="product",
        id=product_id,
        doc_no=doc_no,
        version=version,
        title=seen.name,
        brand=seen.brand_name,
        body=f"{' '.join(seen.category_path)} {seen.description}"[:2_000],
        attributes=tuple(str(value) for value in seen.attributes.values()),
        brand_id=seen.brand_id,
        merchant_id=seen.merchant_id,
        category_ids=(str(seen.category_id),) if seen.category_id else (),
        price_fen=seen.price_fen,
        in_stock=seen.available > 0,
        created_s=int(seen.created_at.timestamp()),
    )


def _phrase_doc(view: Snapshot, id_: str, doc_no: int, version: int) -> Doc | None:
    kind, _, phrase = id_.partition(":")
    weight = PHRASE_WEIGHTS[kind]
    if kind == "topic":
        weight *= queries.count_topic(view, topic=phrase)
        if not weight:
            return None
    return Doc("phrase", id_, doc_no, version, phrase, weight=weight)
