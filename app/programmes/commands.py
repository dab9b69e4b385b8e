"""What the programmes room does."""

from app.events.programmes import TermsSet
from app.kernel.ids import AccountId, MerchantId, TermsId, mint
from app.platform.uow import UnitOfWork
from app.programmes import queries, rules
from app.programmes.models import TermsRow
from app.programmes.queries import Terms


def set_terms(uow: UnitOfWork, *, merchant_id: MerchantId, rate_bp: int, by: AccountId) -> Terms:
    """Set what a merchant pays from now on; the same rate again makes no new version.

    Raises:
        RateTooHigh: see `rules.check_rate`.
    """
    rules.check_rate(rate_bp)
    before = queries.terms_of(uow, merchant_id=merchant_id)
    if before and before[0].rate_bp == rate_bp:
        return before[0]
    terms = Terms(
        id=TermsId(mint("terms")),
        merchant_id=merchant_id,
        version=before[0].version + 1 if before else 1,
        rate_bp=rate_bp,
        from_at=uow.now,
    )
    uow.add(
        TermsRow(
            id=terms.id,
            merchant_id=merchant_id,
            version=terms.version,
            rate_bp=rate_bp,
            from_at=terms.from_at,
            set_by=by,
        )
    )
    uow.announce(TermsSet(merchant_id=merchant_id))
    return terms
