"""JSON endpoints of the pictures room."""

from flask import request

from app.kernel.ids import PictureId
from app.kernel.problems import NotFound, Problem
from app.pictures import commands, queries
from app.pictures.errors import (
    BY_CODE,
    PictureMissing,
    PictureNotProcessed,
    PictureQuotaReached,
)
from app.pictures.queries import Picture
from app.pictures.schemas import PictureOut
from app.platform.uow import Snapshot, snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint

blp = ApiBlueprint("pictures", __name__, url_prefix="/api/v1", description="Pictures")

UPLOAD_FAULTS: tuple[type[Problem], ...] = (
    PictureMissing,
    PictureQuotaReached,
    PictureNotProcessed,
    *BY_CODE.values(),
)


@blp.acts(
    "POST",
    "/pictures",
    gives=PictureOut,
    status=201,
    refuses=UPLOAD_FAULTS,
    limit="60/minute",
    upload="file",
)
def upload_picture() -> Picture:
    """Upload a picture, as multipart/form-data in the field `file`; answers when it is ready."""
    picture_id = commands.upload(owner_id=signed_in(), data=sent_file("file"))
    with snapshot() as view:
        return queries.picture(view, picture_id=picture_id)


@blp.reads("/pictures/<picture_id>", gives=PictureOut, refuses=(NotFound,), public=True)
def get_picture(view: Snapshot, picture_id: PictureId) -> Picture:
    """Show where a picture is."""
    return queries.picture(view, picture_id=picture_id)


def sent_file(name: str) -> bytes:
    """Return the bytes of the file that came in the field ``name``.

    Raises:
        PictureMissing: none did.
    """
    sent = request.files.get(name)
    data = sent.read() if sent is not None else b""
    if not data:
        raise PictureMissing
    return data
