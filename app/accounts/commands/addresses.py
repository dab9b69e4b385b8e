"""The address book is written; what is written is sealed."""

from sqlalchemy import delete, update

from app.accounts import queries, rules
from app.accounts.errors import AddressBookFull, VersionConflict
from app.accounts.models import AddressRow
from app.accounts.rules import Address, AddressChange, AddressDraft
from app.kernel.ids import AccountId, AddressId, mint
from app.kernel.problems import NotFound
from app.platform.uow import UnitOfWork


def add_address(uow: UnitOfWork, *, account_id: AccountId, draft: AddressDraft) -> AddressId:
    """Put an address into somebody's address book.

    Raises:
        AddressBookFull: there are `rules.ADDRESSES_MAX` already.
    """
    if queries.count_addresses(uow, account_id=account_id) >= rules.ADDRESSES_MAX:
        raise AddressBookFull
    address_id = AddressId(mint("address"))
    sealed = _sealed(Address(address_id, draft.recipient, draft.phone, draft.region, draft.street))
    uow.add(AddressRow(id=address_id, account_id=account_id, sealed=sealed, created_at=uow.now))
    return address_id


def change_address(
    uow: UnitOfWork,
    *,
    account_id: AccountId,
    address_id: AddressId,
    change: AddressChange,
    seen: int | None,
) -> None:
    """Change some parts of an address.

    With ``seen``, only the version that the change was made on; None takes any.

    Raises:
        NotFound: there is none, or it is somebody else's.
        VersionConflict: it was changed since.
    """
    before = queries.address(uow, account_id=account_id, address_id=address_id)
    if seen is not None and seen != before.version:
        raise VersionConflict(version=before.version)
    after = rules.changed(before, change)
    changed = uow.change(
        update(AddressRow)
        .where(AddressRow.id == address_id, AddressRow.version == before.version)
        .values(sealed=_sealed(after), version=after.version)
    )
    if changed != 1:
        raise VersionConflict(version=after.version)


def delete_address(uow: UnitOfWork, *, account_id: AccountId, address_id: AddressId) -> None:
    """Take an address out of the address book; orders keep a copy of their own.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    gone = delete(AddressRow).where(
        AddressRow.id == address_id, AddressRow.account_id == account_id
    )
    if uow.change(gone) != 1:
        raise NotFound


def _sealed(address: Address) -> bytes:
    return queries.seal_address(address, place=queries.address_place(address.id))
