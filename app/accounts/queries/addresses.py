"""The address book: sealed in the table, opened for its owner."""

from typing import Any

from sqlalchemy import func, select

from app.accounts.models import AddressRow
from app.accounts.queries.sealed import address_place, unseal_address
from app.accounts.rules import Address
from app.kernel.ids import AccountId, AddressId
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot

_ADDRESS = select(AddressRow.id, AddressRow.sealed, AddressRow.version)


def address(view: Snapshot, *, account_id: AccountId, address_id: AddressId) -> Address:
    """Return an address of ``account_id``.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = view.row(_ADDRESS.where(AddressRow.id == address_id, AddressRow.account_id == account_id))
    if row is None:
        raise NotFound
    return _opened(row)


def addresses(view: Snapshot, *, account_id: AccountId) -> tuple[Address, ...]:
    """Return the address book of ``account_id``, the latest first."""
    rows = view.rows(
        _ADDRESS.where(AddressRow.account_id == account_id).order_by(AddressRow.id.desc())
    )
    return tuple(_opened(row) for row in rows)


def count_addresses(view: Snapshot, *, account_id: AccountId) -> int:
    """Return how many addresses ``account_id`` has."""
    counted = select(func.count()).where(AddressRow.account_id == account_id)
    return int(view.value(counted))


def _opened(row: Any) -> Address:
    return unseal_address(row.sealed, place=address_place(row.id))
