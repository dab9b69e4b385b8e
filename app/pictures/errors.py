"""What the pictures room refuses; the codes are those of the picture child."""

from app.kernel.problems import Problem


class PictureMissing(Problem):
    """No file came with the request."""

    code, status, title = "picture-missing", 422, "There is no picture in this request"
    hint = "Send one file in the field called file, as multipart/form-data."


class PictureTooLarge(Problem):
    """The file has too many bytes."""

    code, status, title = "picture-too-large", 413, "This picture is larger than 20 MB"
    hint = "Save it in a smaller size, or as a JPEG of lower quality."


class PictureUnsupported(Problem):
    """The file is of no kind that is taken."""

    code, status, title = "picture-unsupported", 415, "This kind of file is not taken"
    hint = "Send a JPEG, PNG, WebP, HEIC, AVIF or GIF."


class PictureDamaged(Problem):
    """The file ends too early, or breaks its own format."""

    code, status, title = "picture-damaged", 422, "This picture is damaged"
    hint = "Open it, save it anew, and send that."


class PictureTooSmall(Problem):
    """A side is shorter than 64 pixels."""

    code, status, title = "picture-too-small", 422, "This picture is smaller than 64 pixels"
    hint = "Choose a larger picture."


class PictureTooWide(Problem):
    """A side is longer than 16,000 pixels."""

    code, status, title = "picture-too-wide", 422, "A side of this picture is over 16,000 pixels"
    hint = "Scale it down and send it again."


class PictureTooManyPixels(Problem):
    """The picture has more pixels than are decoded here."""

    code, status, title = "picture-too-many-pixels", 422, "This picture has too many pixels"
    hint = "Scale it down: a JPEG may have 120 million pixels, others 50 million."


class PictureQuotaReached(Problem):
    """The day's number of files or bytes is used up."""

    code, status, title = "picture-quota-reached", 429, "You have sent enough pictures for today"
    hint = "Go on tomorrow; 200 pictures or 2 GB a day are taken."


class PictureNotProcessed(Problem):
    """The picture child cannot take more, or died over this one twice."""

    code, status, title = "picture-not-processed", 503, "The picture could not be processed now"
    hint = "Send it again in a moment."


BY_CODE: dict[str, type[Problem]] = {
    problem.code: problem
    for problem in (
        PictureTooLarge,
        PictureUnsupported,
        PictureDamaged,
        PictureTooSmall,
        PictureTooWide,
        PictureTooManyPixels,
    )
}
"""The refusals of the picture child, by its own codes."""
