"""Taking a picture in: rendered in the child, kept in the store, then written down."""

from app.kernel.ids import AccountId, PictureId, mint
from app.pictures import queries, rules
from app.pictures.errors import BY_CODE, PictureNotProcessed
from app.pictures.models import PictureRow
from app.platform.adapters import adapter
from app.platform.uow import UnitOfWork, snapshot, transact
from media import keys
from media.child import PictureChild, PictureRefused, PictureWorkerDown
from media.port import MediaStore, StoreDown
from media.rendered import Rendered


def upload(*, owner_id: AccountId, data: bytes) -> PictureId:
    """Take a picture in and return its id; the same bytes again are the same picture.

    Opens units of work of its own: no transaction waits for a codec or a disk. A row is written
    only when its bytes are safe; bytes without a row are found again by the same upload.

    Raises:
        PictureQuotaReached: see `rules.check_quota`.
        PictureTooLarge, PictureUnsupported, PictureDamaged, PictureTooSmall, PictureTooWide,
        PictureTooManyPixels: what the file is.
        PictureNotProcessed: the child or the store is not available now.
    """
    digest = keys.digest_of(data)
    with snapshot() as view:
        same = queries.find_same(view, owner_id=owner_id, digest=digest)
        files, total = queries.used_today(view, owner_id=owner_id)
    if same is not None:
        return same
    rules.check_quota(files=files, total_bytes=total, size_bytes=len(data))
    rendered = _render(data)
    _keep(digest, rendered)

    def write(uow: UnitOfWork) -> PictureId:
        same = queries.find_same(uow, owner_id=owner_id, digest=digest)
        if same is not None:
            return same
        picture_id = PictureId(mint("picture"))
        uow.add(
            PictureRow(
                id=picture_id,
                owner_id=owner_id,
                digest=digest,
                size_bytes=len(data),
                width=rendered.width,
                height=rendered.height,
                color=rendered.color,
                made_at=uow.now,
            )
        )
        return picture_id

    return transact(write)


def _render(data: bytes) -> Rendered:
    try:
        return adapter(PictureChild).render(data)
    except PictureRefused as refused:
        raise BY_CODE[refused.code] from refused
    except PictureWorkerDown as error:
        raise PictureNotProcessed from error


def _keep(digest: str, rendered: Rendered) -> None:
    store = adapter(MediaStore)
    try:
        for width, blob in rendered.renditions.items():
            store.put(keys.rendition(digest, width), blob, media_type="image/webp")
    except StoreDown as error:
        raise PictureNotProcessed from error
