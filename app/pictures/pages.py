"""Serving picture files where the store is a folder of this machine."""

from flask import Response

from app.kernel.problems import Busy, NotFound
from app.platform.adapters import adapter
from app.platform.uow import Snapshot
from app.web.rendering import PageBlueprint
from media import keys
from media.port import BlobMissing, Key, MediaStore, StoreDown

pages = PageBlueprint("pictures_pages", __name__)

YEAR_SECONDS = 31_536_000


@pages.page("/media/<path:key>")
def blob(view: Snapshot, key: str) -> Response:
    """Return a rendition; its key is made from its content, so it never changes."""
    del view
    if not keys.is_key(key) or not keys.is_public(key):
        raise NotFound
    store = adapter(MediaStore)
    try:
        with store.open(Key(key)) as file:
            response = Response(file.read(), content_type="image/webp")
    except BlobMissing:
        raise NotFound from None
    except StoreDown as error:
        raise Busy from error
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = "inline"
    return response
