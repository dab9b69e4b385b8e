"""Every refusal of this room, provoked over HTTP: its status, its code, and what to do."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.kernel.ids import mint
from app.kernel.problems import Problem
from app.orders import api as orders
from app.orders import errors
from app.orders.providers.signing import HEADER, OLDEST_SECONDS, sign
from app.orders.rules import CART_LINES_MAX
from app.platform.uow import snapshot, unit_of_work
from tests.orders.shopping import (
    Town,
    act,
    ask,
    bank,
    bought,
    change_product,
    code,
    confirm,
    decide,
    preview,
    submit,
)  # fmt: skip
from tests.support.town import place, post

CALLBACK = "/api/v1/payment-callbacks/none"


def _cart_full(town: Town) -> Any:
    skus = [SkuDraft(f"c{number}", f"size {number}", 100, 1) for number in range(CART_LINES_MAX)]
    draft = ProductDraft(brand_id=town.shop.brand_id, name="Shoes", skus=tuple(skus))
    with unit_of_work() as uow:
        product_id = catalogue.add_product(uow, merchant_id=town.shop.merchant_id, draft=draft)
    with snapshot() as view:
        seen = catalogue.product(view, product_id=product_id)
    with unit_of_work() as uow:
        for sku in seen.skus:
            orders.put_line(uow, account_id=town.bob.id, wanted=orders.Wanted(sku.id, 1), add=True)
    return post(town.bob, "/api/v1/cart/lines", {"sku_id": town.thing.sku_id})


def _not_for_sale(town: Town) -> Any:
    change_product(town, listed=False)
    return post(town.bob, "/api/v1/cart/lines", {"sku_id": town.thing.sku_id})


def _too_few_left(town: Town) -> Any:
    return post(town.bob, "/api/v1/cart/lines", {"sku_id": town.thing.sku_id, "quantity": 11})


def _nothing_chosen(town: Town) -> Any:
    return post(town.bob, "/api/v1/checkouts/previews", {})


def _preview_stale(town: Town) -> Any:
    return confirm(town.bob, "no preview")


def _checkout_changed(town: Town) -> Any:
    token = preview(town.bob, (town.thing, 1)).get_json()["preview"]
    change_product(town, skus=[{"id": town.thing.sku_id, "price_fen": 1}])
    return confirm(town.bob, token)


def _address_missing(town: Town) -> Any:
    token = preview(town.bob, (town.thing, 1)).get_json()["preview"]
    return confirm(town.bob, token, address=mint("address"))


def _not_payable(town: Town) -> Any:
    order = bought(town)
    return post(town.bob, f"/api/v1/checkouts/{order['checkout_id']}/payment")


def _payment_unavailable(town: Town) -> Any:
    checkout = place(town.bob, {town.thing: 1})
    bank().down = True
    return post(town.bob, f"/api/v1/checkouts/{checkout['id']}/payment")


def _notice_refused(town: Town) -> Any:
    return town.app.test_client().post(CALLBACK, data=b"{}", headers={HEADER: "t=1,v1=00"})


def _wrong_state(town: Town) -> Any:
    return act(town.bob, bought(town)["id"], "receipt")


def _refund_too_much(town: Town) -> Any:
    return ask(town, bought(town), key="1", quantity=2)


def _refund_decided(town: Town) -> Any:
    refund_id = ask(town, bought(town), key="1", quantity=1).get_json()["id"]
    assert decide(town, refund_id).status_code == 200
    return decide(town, refund_id, granted=False, key="again")


PROVOKED: dict[type[Problem], Callable[[Town], Any]] = {
    errors.CartFull: _cart_full,
    errors.NotForSale: _not_for_sale,
    errors.TooFewLeft: _too_few_left,
    errors.NothingChosen: _nothing_chosen,
    errors.PreviewStale: _preview_stale,
    errors.CheckoutChanged: _checkout_changed,
    errors.AddressMissing: _address_missing,
    errors.NotPayable: _not_payable,
    errors.PaymentUnavailable: _payment_unavailable,
    errors.NoticeRefused: _notice_refused,
    errors.WrongState: _wrong_state,
    errors.RefundTooMuch: _refund_too_much,
    errors.RefundDecided: _refund_decided,
}
ON_A_PAGE = {errors.PaymentDeclined}
"""What only the wallet says: it has no JSON."""


@pytest.mark.parametrize("problem", PROVOKED, ids=lambda problem: problem.code)
def test_a_refusal_says_what_happened_and_what_to_do(town: Town, problem: type[Problem]) -> None:
    answer = PROVOKED[problem](town)

    assert code(answer) == (problem.status, problem.code)
    said = answer.get_json()
    assert (said["title"], said["hint"]) == (problem.title, problem.hint)


def test_the_wallet_says_that_a_payment_was_declined(town: Town) -> None:
    checkout = place(town.bob, {town.thing: 1})
    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    wallet = f"/wallet/{checkout['payment']['id']}"

    answer = submit(town.bob.client, wallet, wallet, {"behaviour": "decline"})

    problem = errors.PaymentDeclined
    assert answer.status_code == problem.status
    assert problem.title in answer.text
    assert problem.hint in answer.text


def test_every_refusal_of_this_room_is_provoked() -> None:
    theirs = {
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, Problem) and one.__module__ == errors.__name__
    }

    assert set(PROVOKED) | ON_A_PAGE == theirs


# More ways to be refused alike.


def test_nothing_unheard_of_is_for_sale(town: Town) -> None:
    sku = mint("sku")

    for method, path, body in (
        ("POST", "/cart/lines", {"sku_id": sku}),
        ("PATCH", "/cart/lines", {"sku_id": sku}),
        ("POST", "/checkouts/previews", {"lines": [{"sku_id": sku}]}),
    ):
        refused = post(town.bob, f"/api/v1{path}", body, method=method)
        assert code(refused) == (409, "not-for-sale")
        assert refused.get_json()["sku_ids"] == [sku]


def test_lines_are_named_once(town: Town) -> None:
    line = {"sku_id": town.thing.sku_id}
    twice = post(town.bob, "/api/v1/checkouts/previews", {"lines": [line, line]})
    none = post(town.bob, "/api/v1/checkouts/previews", {"lines": []})
    order = bought(town, 2)
    part = {"line_id": order["lines"][0]["id"], "quantity": 1}
    where = f"/api/v1/orders/{order['id']}/refunds"

    answers = [twice, none]
    for key, parts in enumerate(
        ([part, part], [], [{**part, "amount_fen": 1}], [{"line_id": part["line_id"]}])
    ):
        answers.append(post(town.bob, where, {"parts": parts}, key=str(key)))

    assert [code(one) for one in answers] == [(422, "invalid-input")] * len(answers)


def test_an_order_that_is_not_paid_has_nothing_to_refund_or_to_send(town: Town) -> None:
    placed = place(town.bob, {town.thing: 1})["orders"][0]

    assert code(ask(town, placed, key="1", quantity=1)) == (409, "wrong-state")
    assert code(act(town.staff, placed["id"], "shipment")) == (409, "wrong-state")


def test_a_line_of_another_order_is_not_there(town: Town) -> None:
    one, other = bought(town, key="1"), bought(town, key="2")
    body = {"parts": [{"line_id": other["lines"][0]["id"], "quantity": 1}]}

    refused = post(town.bob, f"/api/v1/orders/{one['id']}/refunds", body, key="k")

    assert code(refused) == (404, "not-found")


def test_what_is_paid_cannot_be_cancelled(town: Town) -> None:
    order = bought(town)
    path = f"/api/v1/checkouts/{order['checkout_id']}/cancellation"

    assert code(post(town.bob, path, method="PUT")) == (409, "wrong-state")


def test_money_that_comes_back_by_itself_is_nobodys_to_decide(town: Town) -> None:
    with unit_of_work() as uow:
        assert orders.take_money(uow, money=orders.MoneyIn("none", "x", "txn", 5)) == "unknown"
    (refund_id,) = _refund_ids()

    refused = decide(town, refund_id)
    page = submit(town.staff.client, "/cart", f"/refunds/{refund_id}/decision", {"granted": "true"})

    assert (code(refused), page.status_code) == ((404, "not-found"), 404)


def test_a_callback_is_believed_with_a_fresh_signature_only(town: Town) -> None:
    checkout = place(town.bob, {town.thing: 1})
    charge_no = checkout["payment"]["id"]
    headers, body = bank().notice(
        "charge.paid", charge_no=charge_no, txn_id="txn_1", amount_fen=10_000
    )
    client, now = town.app.test_client(), int(time.time())
    old = {HEADER: sign(bank().secret, body, at_s=now - OLDEST_SECONDS - 2)}
    forged = {HEADER: sign(b"guess", body, at_s=now)}
    nonsense = b"\x00[" * 9
    signed_nonsense = {HEADER: sign(bank().secret, nonsense, at_s=now)}

    refused = [
        client.post(CALLBACK, data=body),
        client.post(CALLBACK, data=body, headers=old),
        client.post(CALLBACK, data=body, headers=forged),
        client.post(CALLBACK, data=body.replace(b"10000", b"1"), headers=headers),
        client.post(CALLBACK, data=nonsense, headers=signed_nonsense),
    ]

    assert [code(one) for one in refused] == [(401, "notice-refused")] * len(refused)
    elsewhere = client.post(CALLBACK.replace("none", "stripe"), data=body, headers=headers)
    assert code(elsewhere) == (404, "not-found")
    taken = client.post(CALLBACK, data=body, headers=headers)
    assert (taken.status_code, taken.get_json()) == (200, {"outcome": "fits"})


def _refund_ids() -> list[str]:
    from sqlalchemy import column, select, table

    with snapshot() as view:
        return [
            row.id for row in view.rows(select(column("id")).select_from(table("orders_refund")))
        ]
