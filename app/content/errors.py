"""What the content room refuses."""

from app.kernel.problems import Problem


class NoteTooThin(Problem):
    """There is neither a title nor a body."""

    code, status, title = "note-too-thin", 422, "The note says nothing yet"
    hint = "Give it a title or a few words."


class PictureNotYours(Problem):
    """A picture is not the author's, or is not there."""

    code, status, title = "picture-not-yours", 422, "A picture cannot be used"
    hint = "Upload the picture again and use the new one."


class ProductNotTaggable(Problem):
    """A tagged product is not sold, or there is no such product."""

    code, title = "product-not-taggable", "A product cannot be tagged"
    hint = "Take its tag off, or choose another product."


class TagOffPicture(Problem):
    """A tag names a picture that the note does not have."""

    code, status, title = "tag-off-picture", 422, "A tag is on no picture of this note"
    hint = "Put the tag on one of the pictures."


class WordsRefused(Problem):
    """The text breaks a rule; the facts name the places and the reasons."""

    code, status, title = "words-refused", 422, "The note breaks a rule"
    hint = "Change the words that are marked."


class NoteStale(Problem):
    """Somebody changed the note in between."""

    code, status, title = "note-stale", 412, "The note was changed elsewhere"
    hint = "Reload it and make your change again."
