"""All reading of the programmes room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from app.kernel.ids import MerchantId, TermsId
from app.platform.db import UtcDateTime
from app.platform.uow import Snapshot
from app.programmes.models import TermsRow


@dataclass(frozen=True, slots=True)
class Terms:
    """A version of a merchant's terms, in force from ``from_at`` until the next."""

    id: TermsId
    merchant_id: MerchantId
    version: int
    rate_bp: int
    from_at: datetime


_TERMS = select(
    TermsRow.id, TermsRow.merchant_id, TermsRow.version, TermsRow.rate_bp, TermsRow.from_at
)


_newest = (
    select(TermsRow.merchant_id, func.max(TermsRow.version).label("version"))
    .where(
        TermsRow.merchant_id.in_(bindparam("ids", expanding=True)),
        TermsRow.from_at <= bindparam("at", type_=UtcDateTime()),
    )
    .group_by(TermsRow.merchant_id)
    .subquery()
)
_RATES = select(TermsRow.merchant_id, TermsRow.rate_bp).join(
    _newest,
    (_newest.c.merchant_id == TermsRow.merchant_id) & (_newest.c.version == TermsRow.version),
)


def terms_at(view: Snapshot, *, merchant_id: MerchantId, at: datetime) -> Terms | None:
    """Return the terms in force at an instant, or None before the first."""
    row = view.row(
        _TERMS.where(TermsRow.merchant_id == merchant_id, TermsRow.from_at <= at)
        .order_by(TermsRow.version.desc())
        .limit(1)
    )
    return Terms(*row) if row else None


def terms_of(view: Snapshot, *, merchant_id: MerchantId) -> tuple[Terms, ...]:
    """Return every version of a merchant's terms, the newest first."""
    statement = _TERMS.where(TermsRow.merchant_id == merchant_id)
    return tuple(Terms(*row) for row in view.rows(statement.order_by(TermsRow.version.desc())))


def rates(
    view: Snapshot, *, merchant_ids: Sequence[MerchantId], at: datetime
) -> dict[MerchantId, int]:
    """Return the rate of each merchant in force at an instant; those without terms are left out."""
    rows = view.rows(_RATES, {"ids": merchant_ids, "at": at})
    return {MerchantId(row.merchant_id): row.rate_bp for row in rows}
