"""What is kept sealed: e-mail, phone and addresses, each text bound to its place."""

import dataclasses
import json
from typing import cast

from flask import current_app

from app.accounts.rules import Address
from app.platform.keys import Keys


def keys() -> Keys:
    """Return the installation's key ring."""
    return cast("Keys", current_app.extensions["trove_keys"])


def contact_place(kind: str, account_id: str) -> str:
    """Return where an account's ``kind`` (`email`, `phone`) is kept."""
    return f"accounts_account.{kind}_sealed.{account_id}"


def address_place(address_id: str) -> str:
    """Return where an address of the address book is kept."""
    return f"accounts_address.sealed.{address_id}"


def seal_address(address: Address, *, place: str) -> bytes:
    """Encrypt a copy of ``address`` for ``place`` (`table.column.row`): it opens nowhere else."""
    return keys().seal(json.dumps(dataclasses.asdict(address)), place=place)


def unseal_address(sealed: bytes, *, place: str) -> Address:
    """Return what `seal_address` was given for the same ``place``."""
    return Address(**json.loads(keys().unseal(sealed, place=place)))
