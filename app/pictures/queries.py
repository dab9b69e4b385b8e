"""All reading of the pictures room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, select

from app.kernel.ids import AccountId, PictureId
from app.kernel.problems import NotFound
from app.pictures.models import PictureRow
from app.platform.adapters import adapter
from app.platform.uow import Snapshot
from media import keys
from media.port import MediaStore


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is shown: upright size in pixels, average colour, addresses by width."""

    id: PictureId
    owner_id: AccountId
    width: int
    height: int
    color: str
    url_360: str
    url_720: str
    url_1080: str


_PICTURES = select(
    PictureRow.id,
    PictureRow.owner_id,
    PictureRow.width,
    PictureRow.height,
    PictureRow.color,
    PictureRow.digest,
).where(PictureRow.id.in_(bindparam("ids", expanding=True)))


def pictures(view: Snapshot, *, picture_ids: Sequence[PictureId]) -> dict[PictureId, Picture]:
    """Return pictures by id; those there are not are left out."""
    if not picture_ids:
        return {}
    store = adapter(MediaStore)
    found = {}
    for row in view.rows(_PICTURES, {"ids": picture_ids}):
        urls = [store.url(keys.rendition(row.digest, width)) for width in keys.WIDTHS]
        picture_id = PictureId(row.id)
        found[picture_id] = Picture(
            picture_id, row.owner_id, row.width, row.height, row.color, urls[0], urls[1], urls[2]
        )
    return found


def picture(view: Snapshot, *, picture_id: PictureId) -> Picture:
    """Return one picture.

    Raises:
        NotFound: there is none.
    """
    found = pictures(view, picture_ids=[picture_id])
    if picture_id not in found:
        raise NotFound
    return found[picture_id]


def own(
    view: Snapshot, *, owner_id: AccountId, picture_ids: Sequence[PictureId]
) -> frozenset[PictureId]:
    """Return which of these pictures are this person's."""
    rows = view.rows(
        select(PictureRow.id).where(PictureRow.owner_id == owner_id, PictureRow.id.in_(picture_ids))
    )
    return frozenset(PictureId(row.id) for row in rows)


def find_same(view: Snapshot, *, owner_id: AccountId, digest: str) -> PictureId | None:
    """Return the picture that this person made of the same bytes before, if they did."""
    found = view.value(
        select(PictureRow.id).where(PictureRow.owner_id == owner_id, PictureRow.digest == digest)
    )
    return PictureId(found) if found else None


def all_digests(view: Snapshot) -> tuple[str, ...]:
    """Return what names each picture's blobs in the store, the oldest first."""
    told = view.rows(select(PictureRow.digest).order_by(PictureRow.made_at, PictureRow.id))
    return tuple(dict.fromkeys(row.digest for row in told))


def used_today(view: Snapshot, *, owner_id: AccountId) -> tuple[int, int]:
    """Return how many files and bytes this person sent within the last day."""
    row = view.row(
        select(
            func.count().label("files"),
            func.coalesce(func.sum(PictureRow.size_bytes), 0).label("total"),
        ).where(PictureRow.owner_id == owner_id, PictureRow.made_at > view.now - timedelta(days=1))
    )
    return (row.files, int(row.total)) if row else (0, 0)
