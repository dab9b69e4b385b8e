"""Who may send how many pictures; pure."""

from app.pictures.errors import PictureQuotaReached

FILES_PER_DAY = 200
BYTES_PER_DAY = 2 * 1024**3
"""What an eager author sends in a day, with room; it bounds what one account can cost."""


def check_quota(*, files: int, total_bytes: int, size_bytes: int) -> None:
    """Refuse another picture of ``size_bytes`` when today's share is used up.

    Raises:
        PictureQuotaReached: see `FILES_PER_DAY` and `BYTES_PER_DAY`.
    """
    if files >= FILES_PER_DAY or total_bytes + size_bytes > BYTES_PER_DAY:
        raise PictureQuotaReached(files=files, total_bytes=total_bytes)
