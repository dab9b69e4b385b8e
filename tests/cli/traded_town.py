"""A small town in which everything that money can do has been done, and all of it delivered."""

from flask import Flask

from app import factory
from app.platform import queue
from tests.content import acts
from tests.content.acts import Town, make_town
from tests.orders.shopping import bank
from tests.support import trade
from tests.support.town import place


def make_traded_town(app: Flask) -> Town:
    """Return a town with orders in every state, refunds, a release, and money that fitted none."""
    town = make_town(app)
    acts.touch(town, 0)
    acts.buy(town, 0)
    acts.receive(town, 0)
    for _ in range(4):
        acts.pass_time(town, 4)
    _settle()
    acts.touch(town, 0)
    acts.buy(town, 0)
    acts.refund(town, 0)
    acts.buy(town, 0)
    acts.refund(town, 1)
    acts.cancel(town, 1)
    place(town.reader, {town.things[2]: 1}, key=town.key())
    acts.pass_time(town, 0)
    _settle()
    acts.touch(town, 0)
    acts.buy(town, 0)
    acts.buy(town, 2)
    _pay_again(town)
    place(town.reader, {town.things[2]: 1}, key=town.key())
    _settle()
    return town


def _pay_again(town: Town) -> None:
    """Pay a charge that was paid: the money fits nothing, and goes back."""
    charge_no = next(reversed(bank().came))
    paid = bank().pay(charge_no=charge_no)
    said = {"charge_no": charge_no, "txn_id": paid.txn_id, "amount_fen": paid.amount_fen}
    headers, body = bank().notice("charge.paid", **said)
    client = town.app.test_client()
    assert client.post("/api/v1/payment-callbacks/none", data=body, headers=headers).get_json() == {
        "outcome": "twice"
    }


def _settle() -> None:
    for _ in range(3):
        trade.drain()
        queue.run_due(factory.jobs(), holder="test")
    trade.drain()
