"""What may be published, and what is said with it; pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from app.content.errors import NoteTooThin, PictureNotYours, ProductNotTaggable, TagOffPicture
from app.kernel.ids import PictureId, ProductId

TITLE_MAX: Final = 20
BODY_MAX: Final = 1_000
PICTURES_MAX: Final = 18
TAGS_MAX: Final = 18
TOPICS_MAX: Final = 10
TOPIC_LENGTH_MAX: Final = 20
ALT_MAX: Final = 200
"""Lengths in code points; as readers of such notes are used to."""

_TOPIC = re.compile(r"#([\w\-·]{1,20})")


@dataclass(frozen=True, slots=True)
class Tag:
    """A product pinned on a picture; x and y are fractions of it from the top left."""

    product_id: ProductId
    picture: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DraftPicture:
    """A picture of a note, and what it shows for those who cannot see it."""

    picture_id: PictureId
    alt: str = ""


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What an author sends in."""

    title: str
    body: str
    pictures: tuple[DraftPicture, ...]
    tags: tuple[Tag, ...] = ()
    topics: tuple[str, ...] = ()

    @property
    def product_ids(self) -> tuple[ProductId, ...]:
        """Each tagged product once, in the order of the tags."""
        return tuple(dict.fromkeys(tag.product_id for tag in self.tags))


def check(
    draft: NoteDraft,
    *,
    own: Collection[PictureId],
    taggable: Collection[ProductId],
    kept: Collection[ProductId] = (),
) -> None:
    """Refuse a draft that may not be published.

    Args:
        draft: what the author sent.
        own: which of its pictures are theirs.
        taggable: which of its products may be tagged.
        kept: products that the note has already; they may stay when they are no longer sold.

    Raises:
        NoteTooThin: title and body are both blank.
        PictureNotYours, ProductNotTaggable: the facts name each at fault.
        TagOffPicture: a tag is on a picture that is not there.
    """
    if not (draft.title.strip() or draft.body.strip()):
        raise NoteTooThin
    strange = [one.picture_id for one in draft.pictures if one.picture_id not in own]
    if strange:
        raise PictureNotYours(picture_ids=strange)
    if any(tag.picture >= len(draft.pictures) for tag in draft.tags):
        raise TagOffPicture
    barred = [one for one in draft.product_ids if one not in taggable and one not in kept]
    if barred:
        raise ProductNotTaggable(product_ids=barred)


def parted(line: str, topics: Collection[str]) -> list[tuple[str, str | None]]:
    """Return a line in parts, in order: text, and the topic it names or None.

    Only those of ``topics`` are named; joined, the texts are the line.
    """
    parts: list[tuple[str, str | None]] = []
    begun = 0
    for found in _TOPIC.finditer(line):
        name = _name(found[1])
        if name in topics:
            parts += [(line[begun : found.start()], None), (found[0], name)]
            begun = found.end()
    return [one for one in (*parts, (line[begun:], None)) if one[0]]


def _name(marked: str) -> str:
    return marked.strip("·-_")


def with_topics(draft: NoteDraft) -> NoteDraft:
    """Return ``draft`` with the topics that its body names (`#穿搭`) added to its own."""
    named = [_name(one) for one in _TOPIC.findall(draft.body)]
    topics = [name for name in dict.fromkeys((*draft.topics, *named)) if name]
    return replace(draft, topics=tuple(topics[:TOPICS_MAX]))


def must_disclose(*, tagged: bool, earns: bool, rate_bp: int) -> bool:
    """Tell whether a note must say that its author may earn by it.

    Args:
        tagged: whether it tags any product.
        earns: whether its author has the creator switch on now.
        rate_bp: the highest commission that a merchant of its products pays now.
    """
    return tagged and earns and rate_bp > 0
