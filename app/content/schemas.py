"""Notes on the wire."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from app.content.rules import (
    ALT_MAX,
    BODY_MAX,
    PICTURES_MAX,
    TAGS_MAX,
    TITLE_MAX,
    TOPIC_LENGTH_MAX,
    TOPICS_MAX,
    DraftPicture,
    NoteDraft,
    Tag,
)
from app.web.fields import Fraction, Instant, PublicId, Text, Whole


class TagIn(Schema):
    """A product pinned on a picture; the place is a fraction of it from the top left."""

    product_id = PublicId("product", required=True)
    picture = Whole(most=PICTURES_MAX - 1, load_default=0)
    x = Fraction(load_default=0.5)
    y = Fraction(load_default=0.5)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Tag:
        """Return the rules' value."""
        return Tag(**data)


class PictureIn(Schema):
    """A picture of one's own, and what it shows."""

    picture_id = PublicId("picture", required=True)
    alt = Text(most=ALT_MAX, load_default="")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> DraftPicture:
        """Return the rules' value."""
        return DraftPicture(**data)


class NoteIn(Schema):
    """A note to publish."""

    title = Text(most=TITLE_MAX, load_default="")
    body = Text(most=BODY_MAX, lines=True, load_default="")
    topics = fields.List(
        Text(least=1, most=TOPIC_LENGTH_MAX),
        load_default=list,
        validate=validate.Length(max=TOPICS_MAX),
    )
    pictures = fields.List(
        fields.Nested(PictureIn),
        required=True,
        validate=validate.Length(min=1, max=PICTURES_MAX),
    )
    tags = fields.List(
        fields.Nested(TagIn), load_default=list, validate=validate.Length(max=TAGS_MAX)
    )

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> NoteDraft:
        """Return the rules' value."""
        topics = tuple(dict.fromkeys(name.lstrip("#") for name in data["topics"]))
        return NoteDraft(
            title=data["title"],
            body=data["body"],
            pictures=tuple(data["pictures"]),
            tags=tuple(data["tags"]),
            topics=tuple(name for name in topics if name),
        )


class NoteRef(Schema):
    """Where a note is."""

    id = fields.String(required=True)


class TagOut(Schema):
    """A product pinned on a picture."""

    product_id = fields.String()
    x = fields.Float()
    y = fields.Float()


class RenditionsOut(Schema):
    """A picture in three widths."""

    id = fields.String()
    width = Whole()
    height = Whole()
    color = fields.String()
    url_360 = fields.String()
    url_720 = fields.String()
    url_1080 = fields.String()


class NotePictureOut(Schema):
    """A picture of a note with the tags on it."""

    picture = fields.Nested(RenditionsOut)
    alt = fields.String()
    tags = fields.List(fields.Nested(TagOut))


class NoteOut(Schema):
    """A note; ``disclosure`` says that its author may earn by it, and must be shown with it."""

    id = fields.String()
    author_id = fields.String()
    title = fields.String()
    body = fields.String()
    topics = fields.List(fields.String())
    pictures = fields.List(fields.Nested(NotePictureOut))
    product_ids = fields.List(fields.String())
    disclosure = fields.Boolean()
    likes = Whole()
    collects = Whole()
    version = Whole()
    published_at = Instant()
    edited_at = Instant(allow_none=True)


class TagTokenOut(Schema):
    """The token of a tag: for tapping it."""

    product_id = fields.String()
    token = fields.String()


class TouchTokensOut(Schema):
    """Tokens of one showing of a note, for this device and a day; null where nothing is tagged.

    That of the note is for opening, saving and sharing it.
    """

    note = fields.String(allow_none=True)
    tags = fields.List(fields.Nested(TagTokenOut))


class NotesOut(Schema):
    """A page of notes."""

    items = fields.List(fields.Nested(NoteOut))
    next = fields.String(allow_none=True)
