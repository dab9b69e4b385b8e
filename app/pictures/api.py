"""The pictures room's door."""

from app.kernel.problems import Problem
from app.pictures.commands import upload
from app.pictures.errors import (
    BY_CODE,
    PictureMissing,
    PictureNotProcessed,
    PictureQuotaReached,
)
from app.pictures.queries import Picture, all_digests, own, picture, pictures

UPLOAD_REFUSALS: tuple[type[Problem], ...] = (
    PictureQuotaReached,
    PictureNotProcessed,
    *BY_CODE.values(),
)
"""Everything that `upload` may refuse."""

__all__ = [
    "UPLOAD_REFUSALS",
    "Picture",
    "PictureMissing",
    "all_digests",
    "own",
    "picture",
    "pictures",
    "upload",
]
