"""How many pictures one may send in a day."""

import pytest

from app.pictures.errors import PictureQuotaReached
from app.pictures.rules import BYTES_PER_DAY, FILES_PER_DAY, check_quota

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("files", "total", "size", "taken"),
    [
        (0, 0, 1, True),
        (FILES_PER_DAY - 1, 0, 1, True),
        (FILES_PER_DAY, 0, 1, False),
        (1, BYTES_PER_DAY - 1, 1, True),
        (1, BYTES_PER_DAY, 1, False),
        (0, 0, BYTES_PER_DAY + 1, False),
    ],
)
def test_a_day_has_room_for_so_many(files: int, total: int, size: int, taken: bool) -> None:
    if taken:
        check_quota(files=files, total_bytes=total, size_bytes=size)
        return
    with pytest.raises(PictureQuotaReached) as refused:
        check_quota(files=files, total_bytes=total, size_bytes=size)
    assert refused.value.facts == {"files": files, "total_bytes": total}
