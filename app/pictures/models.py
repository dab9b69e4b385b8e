"""Tables of the pictures room."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.db import Base


class PictureRow(Base):
    """A picture whose renditions are in the store; a row is written after its bytes, never before.

    The file as it was sent is not kept, and with it all that it said of where it was taken.
    """

    __tablename__ = "pictures_picture"
    __table_args__ = (
        UniqueConstraint("owner_id", "digest"),
        CheckConstraint("width >= 64 AND height >= 64", name="sides"),
        Index(None, "owner_id", "made_at"),
    )
    personal = "owner_id, and what the picture shows"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    digest: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    color: Mapped[str] = mapped_column(String(7))
    made_at: Mapped[datetime]
