"""Who may what: every route, asked by everybody, with ids of what is the owner's.

`policy.csv` says what each of them gets. What an owner's things are to others is judged first; the
owner comes last, and is served everywhere: a request that nobody could send would prove nothing.
"""

from typing import Any

import pytest

from app.catalogue import api as catalogue
from app.kernel.problems import NotFound
from app.orders import queries as orders
from app.platform.uow import unit_of_work
from tests.access.judging import judged, read_policy
from tests.access.people import ACTORS, Town
from tests.access.requests import Ask, asks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def asked(town: Town) -> list[Ask]:
    """A request for each route."""
    return list(asks(town).values())


def test_a_guard_that_is_gone_is_found(
    town: Town, asked: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = [one for one in asked if one.method == "GET"]
    assert judged(town, reads, "merchant", read_policy()) == []

    monkeypatch.setattr(catalogue, "is_staff", lambda *_, **__: True)

    assert set(judged(town, reads, "merchant", read_policy())) == {
        f"GET {rule} for merchant: yes, not absent"
        for rule in (
            "/api/v1/merchants/<merchant_id>/orders",
            "/api/v1/merchants/<merchant_id>/terms",
            "/api/v1/orders/<order_id>",
            "/api/v1/orders/<order_id>/receipts",
            "/api/v1/orders/<order_id>/refunds",
            "/orders/<order_id>",
            "/refunds/<refund_id>/decision",
            "/shop/<handle>/orders",
        )
    }


def test_a_refusal_that_tells_what_there_is_is_found(
    town: Town, asked: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = orders.checkout

    def talkative(view: Any, **given: Any) -> Any:
        if checkout(view, checkout_id=given["checkout_id"]).buyer_id != given["buyer_id"]:
            raise NotFound("It is somebody else's.")
        return checkout(view, **given)

    monkeypatch.setattr(orders, "checkout", talkative)
    reads = [one for one in asked if one.method == "GET"]

    assert set(judged(town, reads, "reader", read_policy())) == {
        f"GET {rule} for reader: another's and none are told apart"
        for rule in (
            "/api/v1/checkouts/<string(minlength=20):checkout_id>",
            "/pay/<checkout_id>",
            "/wallet/<payment_id>",
        )
    }


def test_a_refusal_that_has_written_is_found(
    town: Town, asked: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(**_parts: str) -> None:
        with unit_of_work() as uow:
            catalogue.ensure_category(uow, names=("Planted",))
        raise NotFound

    monkeypatch.setitem(town.app.view_functions, "accounts_pages.delete_address", hasty)
    those = [one for one in asked if one.endpoint == "accounts_pages.delete_address"]

    assert judged(town, those, "reader", read_policy()) == [
        "catalogue_category: changed for reader"
    ]


@pytest.mark.parametrize("actor", ACTORS[:-1])
def test_others_get_what_the_policy_says(town: Town, asked: list[Ask], actor: str) -> None:
    assert judged(town, asked, actor, read_policy()) == []


def test_the_owner_is_served(town: Town) -> None:
    """With things of their own that nobody used up: some can be done once."""
    assert judged(town, asks(town).values(), "owner", read_policy()) == []
