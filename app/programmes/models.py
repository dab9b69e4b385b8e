"""Tables of the programmes room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.append_only import append_only
from app.platform.db import Base


class TermsRow(Base):
    """A version of a merchant's commission terms, in force until the next; never changed."""

    __tablename__ = "programmes_terms"
    __table_args__ = (
        UniqueConstraint("merchant_id", "version"),
        CheckConstraint("rate_bp BETWEEN 0 AND 3000", name="rate"),
        Index(None, "merchant_id", "from_at"),
    )
    personal = "set_by: who set them"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("catalogue_merchant.id"))
    version: Mapped[int]
    rate_bp: Mapped[int]
    from_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(ID_LENGTH))


append_only(TermsRow.__table__)
