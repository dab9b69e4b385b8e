"""Merchants, brands, and who belongs to them; made by the operator."""

from sqlalchemy import select

from app.catalogue import queries
from app.catalogue.errors import HandleTaken
from app.catalogue.models import BrandRow, CategoryRow, MemberRow, MerchantRow
from app.catalogue.rules import CATEGORY_SEPARATOR, HANDLE, name_key
from app.events.catalogue import BrandChanged
from app.kernel.ids import AccountId, BrandId, CategoryId, MerchantId, mint
from app.kernel.problems import InvalidInput, field_error
from app.platform.uow import UnitOfWork


def add_merchant(uow: UnitOfWork, *, handle: str, name: str, about: str = "") -> MerchantId:
    """Add a merchant.

    Raises:
        HandleTaken, InvalidInput: the handle is in use, or is none.
    """
    _check_handle(handle)
    if uow.value(select(MerchantRow.id).where(MerchantRow.handle == handle)):
        raise HandleTaken(handle=handle)
    merchant_id = MerchantId(mint("merchant"))
    uow.add(MerchantRow(id=merchant_id, handle=handle, name=name, about=about, created_at=uow.now))
    return merchant_id


def add_brand(uow: UnitOfWork, *, handle: str, name: str, about: str = "") -> BrandId:
    """Add a brand.

    Raises:
        HandleTaken, InvalidInput: handle or name is in use, or the handle is none.
    """
    _check_handle(handle)
    same = (BrandRow.handle == handle) | (BrandRow.name_key == name_key(name))
    if uow.value(select(BrandRow.id).where(same).limit(1)):
        raise HandleTaken(handle=handle)
    brand_id = BrandId(mint("brand"))
    uow.add(
        BrandRow(
            id=brand_id,
            handle=handle,
            name=name,
            name_key=name_key(name),
            about=about,
            created_at=uow.now,
        )
    )
    uow.announce(BrandChanged(brand_id=brand_id))
    return brand_id


def add_member(uow: UnitOfWork, *, kind: str, handle: str, account_id: AccountId) -> None:
    """Let an account work for a merchant (`merchant`) or belong to a brand (`brand`).

    Raises:
        NotFound: there is no such merchant or brand.
    """
    if kind == "merchant":
        merchant_id = MerchantId(queries.merchant(uow, key=handle).id)
        if not queries.is_staff(uow, account_id=account_id, merchant_id=merchant_id):
            uow.add(MemberRow(account_id=account_id, merchant_id=merchant_id, since=uow.now))
        return
    brand_id = BrandId(queries.brand(uow, key=handle).id)
    if not queries.is_brand_member(uow, account_id=account_id, brand_id=brand_id):
        uow.add(MemberRow(account_id=account_id, brand_id=brand_id, since=uow.now))


def ensure_category(uow: UnitOfWork, *, names: tuple[str, ...]) -> CategoryId:
    """Return the category with these names from the root down, making what is missing."""
    parent: str | None = None
    for depth in range(1, len(names) + 1):
        path = CATEGORY_SEPARATOR.join(names[:depth])
        found = uow.value(select(CategoryRow.id).where(CategoryRow.path == path))
        if found is None:
            found = mint("category")
            uow.add(CategoryRow(id=found, parent_id=parent, name=names[depth - 1], path=path))
        parent = found
    return CategoryId(str(parent))


def _check_handle(handle: str) -> None:
    if not HANDLE.fullmatch(handle):
        fault = "A handle is 3 to 30 small letters, digits or underscores."
        raise InvalidInput([field_error("/handle", "bad-handle", fault)])
