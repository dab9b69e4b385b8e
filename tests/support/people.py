"""People for tests: an account, a session and a token, made through the door."""

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api as accounts
from app.kernel.ids import AccountId, DeviceId, mint
from app.platform.uow import UnitOfWork, transact


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in; ``client`` carries the session, ``token`` all scopes."""

    id: AccountId
    handle: str
    client: FlaskClient
    token: str
    device_id: DeviceId

    @property
    def bearer(self) -> dict[str, str]:
        """Headers of an API client of theirs."""
        return {"Authorization": f"Bearer {self.token}"}


def sign_up_person(app: Flask, handle: str, *, creator: bool = False, name: str = "") -> Person:
    """Make an account called ``handle`` and sign it in."""
    device_id = DeviceId(mint("device"))

    def work(uow: UnitOfWork) -> tuple[AccountId, str, str]:
        account_id = accounts.register(
            uow,
            handle=handle,
            name=name or handle.title(),
            email=f"{handle}@example.org",
            phone=None,
            password=None,
        )
        secret = accounts.start_session(
            uow, account_id=account_id, device_id=device_id, user_agent="test"
        )
        token = accounts.make_token(
            uow, account_id=account_id, name="test", scopes=("read", "write", "money")
        )
        if creator:
            accounts.switch_creator(uow, account_id=account_id, on=True)
        return account_id, secret, token

    account_id, secret, token = transact(work)
    client = app.test_client()
    client.set_cookie("session", secret)
    return Person(account_id, handle, client, token, device_id)
