"""Every payment provider keeps these promises: the fake, and the sandbox as a program of its own."""

import http.client
import json
import time
from typing import Any

import pytest

from app.cli.demo.bank import free_port
from app.orders.providers.fake import FakeProvider
from app.orders.providers.port import Paid, ProviderDown, ProviderRefused
from app.orders.providers.sandbox import SandboxProvider
from app.orders.providers.signing import HEADER, OLDEST_SECONDS, request_text, sign
from tests.contracts.desks import SECRET, SUM, Desk, Program, listening

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def _refused(code: str) -> Any:
    return pytest.raises(ProviderRefused, match=f"^{code}$")


# Charges.


def test_the_same_number_is_the_same_charge(desk: Desk) -> None:
    number = desk.charge()

    again = desk.provider.open_charge(charge_no=number, amount_fen=SUM, description="tea")

    assert (again.charge_no, again.pay_path) == (number, f"/wallet/{number}")
    assert desk.provider.charge(charge_no=number).payments == ()


def test_the_same_number_with_another_sum_is_refused(desk: Desk) -> None:
    number = desk.charge()

    with _refused("charge-differs"):
        desk.provider.open_charge(charge_no=number, amount_fen=SUM + 1, description="tea")


def test_a_charge_waits_until_it_is_paid_and_tells_what_came(desk: Desk) -> None:
    number = desk.charge()
    assert desk.provider.charge(charge_no=number).state == "waiting"

    desk.provider.pay(charge_no=number, behaviour="normal")

    said = desk.provider.charge(charge_no=number)
    assert (said.state, [one.amount_fen for one in said.payments]) == ("paid", [SUM])


def test_every_payment_of_a_charge_is_a_transaction_of_its_own(desk: Desk) -> None:
    number, _ = desk.paid()

    desk.provider.pay(charge_no=number, behaviour="wrong_amount")
    desk.provider.pay(charge_no=number, behaviour="too_much")

    said = desk.provider.charge(charge_no=number).payments
    assert [one.amount_fen for one in said] == [SUM, SUM - 1, SUM + 1]
    assert len({one.txn_id for one in said}) == 3


def test_what_is_declined_takes_nothing_and_can_be_paid_after(desk: Desk) -> None:
    number = desk.charge()

    with _refused("declined"):
        desk.provider.pay(charge_no=number, behaviour="decline")

    assert desk.provider.charge(charge_no=number).state == "waiting"
    desk.provider.pay(charge_no=number, behaviour="normal")
    assert desk.provider.charge(charge_no=number).state == "paid"


def test_a_closed_charge_takes_no_payment(desk: Desk) -> None:
    number = desk.charge()

    for _ in range(2):
        desk.provider.close_charge(charge_no=number)

    with _refused("charge-closed"):
        desk.provider.pay(charge_no=number, behaviour="normal")
    said = desk.provider.charge(charge_no=number)
    assert (said.state, said.payments) == ("closed", ())


def test_closing_leaves_what_was_paid_and_takes_nothing_more(desk: Desk) -> None:
    number, paid = desk.paid()

    desk.provider.close_charge(charge_no=number)

    with _refused("charge-closed"):
        desk.provider.pay(charge_no=number, behaviour="normal")
    said = desk.provider.charge(charge_no=number)
    assert (said.state, said.payments) == ("paid", (paid,))


def test_a_charge_that_nobody_opened_is_unknown(desk: Desk) -> None:
    number = desk.number()

    for ask in (desk.provider.charge, desk.provider.close_charge):
        with _refused("charge-unknown"):
            ask(charge_no=number)
    with _refused("charge-unknown"):
        desk.provider.pay(charge_no=number, behaviour="normal")


# Refunds.


def test_the_same_number_is_the_same_refund(desk: Desk) -> None:
    _, paid = desk.paid()
    number = desk.number("ref")

    assert [desk.refund(paid, SUM, number=number) for _ in range(3)] == ["succeeded"] * 3

    assert desk.provider.refund_state(refund_no=number).state == "succeeded"
    with _refused("refund-too-much"):
        desk.refund(paid, 1)


def test_the_same_number_for_another_refund_is_refused(desk: Desk) -> None:
    _, paid = desk.paid()
    _, other = desk.paid()
    number = desk.number("ref")
    desk.refund(paid, 100, number=number)

    for txn, fen in ((paid, 101), (other, 100)):
        with _refused("refund-differs"):
            desk.refund(txn, fen, number=number)


def test_never_more_than_came_goes_back(desk: Desk) -> None:
    _, paid = desk.paid()
    desk.refund(paid, SUM - 1)

    for fen in (2, SUM, 0, -1):
        with _refused("refund-too-much"):
            desk.refund(paid, fen)

    assert desk.refund(paid, 1) == "succeeded"


def test_money_of_an_unknown_transaction_cannot_go_back(desk: Desk) -> None:
    with _refused("txn-unknown"):
        desk.refund(Paid("txn_of_nobody", 1), 1)


def test_a_failed_refund_stays_failed_and_another_may_be_asked(desk: Desk) -> None:
    _, paid = desk.paid()
    number = desk.number("ref")
    desk.tell_refund("fails")

    assert desk.refund(paid, SUM, number=number) == "failed"

    desk.tell_refund("normal")
    assert desk.refund(paid, SUM, number=number) == "failed"
    assert desk.provider.refund_state(refund_no=number).state == "failed"
    assert desk.refund(paid, SUM) == "succeeded"


def test_a_refund_that_is_under_way_counts_as_gone(desk: Desk) -> None:
    _, paid = desk.paid()
    desk.tell_refund("late")

    assert desk.refund(paid, SUM) == "pending"

    desk.tell_refund("normal")
    with _refused("refund-too-much"):
        desk.refund(paid, 1)


def test_a_refund_that_nobody_asked_for_is_unknown(desk: Desk) -> None:
    with _refused("refund-unknown"):
        desk.provider.refund_state(refund_no=desk.number("ref"))


# Refusals and outages: of the first the answer is known, of the second nothing.


def test_whoever_is_away_says_neither_yes_nor_no(desk: Desk) -> None:
    number, paid = desk.paid()
    if isinstance(desk.provider, FakeProvider):
        desk.provider.down = True
        provider: Any = desk.provider
    else:
        provider = SandboxProvider(f"http://127.0.0.1:{free_port()}", SECRET)
    txn = {"txn_id": paid.txn_id, "amount_fen": 1}

    for ask in (
        lambda: provider.open_charge(charge_no=number, amount_fen=SUM, description=""),
        lambda: provider.charge(charge_no=number),
        lambda: provider.close_charge(charge_no=number),
        lambda: provider.refund(refund_no="ref", **txn),
        lambda: provider.refund_state(refund_no="ref"),
        lambda: provider.pay(charge_no=number, behaviour="normal"),
    ):
        with pytest.raises(ProviderDown):
            ask()
    provider.close()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, b'{"code": "x"}', ProviderDown),
        (502, b"<html>", ProviderDown),
        (401, b'{"code": "forged"}', ProviderDown),
        (404, b'{"code": "x"}', ProviderDown),
        (302, b'{"code": "x"}', ProviderDown),
        (200, b"<html>", ProviderDown),
        (200, b"[]", ProviderDown),
        (200, b'{"state": "unheard of", "payments": []}', ProviderDown),
        (200, b'{"state": "paid", "payments": [{"txn_id": "", "amount_fen": 1}]}', ProviderDown),
        (200, b'{"state": "paid", "payments": [{"txn_id": "t", "amount_fen": []}]}', ProviderDown),
        (200, b'{"state": "paid"}', ProviderDown),
        (409, b"{}", ProviderDown),
        (409, b'{"code": "no"}', ProviderRefused),
        (400, b'{"code": "no"}', ProviderRefused),
    ],
)
def test_only_a_clear_no_is_a_no(status: int, body: bytes, expected: type[Exception]) -> None:
    with listening(lambda _asked: (status, body)) as port:
        provider = SandboxProvider(f"http://127.0.0.1:{port}", SECRET)
        for ask in (
            lambda: provider.charge(charge_no="pay_1"),
            lambda: provider.refund_state(refund_no="ref_1"),
        ):
            with pytest.raises(expected):
                ask()
        provider.close()


# The program's own door.


def _send(program: Program, body: bytes, *, path: str = "/charges", **signed: Any) -> int:
    text = request_text(signed.get("method", "POST"), signed.get("path_signed", path), body)
    headers = {
        HEADER: sign(signed.get("secret", SECRET), text, at_s=signed.get("at", int(time.time())))
    }
    connection = http.client.HTTPConnection("127.0.0.1", program.sandbox.port, timeout=5)
    connection.request("POST", path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_sandbox_takes_only_what_is_signed_for_it(program: Program) -> None:
    body = json.dumps({"charge_no": "pay_s", "amount_fen": 1, "description": ""}).encode()

    assert _send(program, body, secret=bytes(32)) == 401
    assert _send(program, body, path_signed="/refunds") == 401
    assert _send(program, body, method="GET") == 401
    assert _send(program, body, at=int(time.time()) - OLDEST_SECONDS - 2) == 401
    assert _send(program, body) == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/charges", b""),
        ("/charges", b"\x00"),
        ("/charges", b"[]"),
        ("/charges", b"[" * 9_000),
        ("/charges", b'{"charge_no": "x", "amount_fen": 1e999, "description": ""}'),
        ("/charges", b'{"charge_no": "x", "amount_fen": 99999999999999999999, "description": ""}'),
        ("/charges", b'{"charge_no": "\\ud800", "amount_fen": 1, "description": ""}'),
        ("/charges/x", b"{}"),
        ("/behaviour", b'{"what": "weather", "value": "rain"}'),
        ("/behaviour", b'{"what": "payment", "value": "fails"}'),
        ("/behaviour", b'{"what": "refund", "value": []}'),
        ("/refunds", b"{}"),
        ("/nowhere", b"{}"),
        ("/", b"{}"),
    ],
)
def test_the_sandbox_refuses_what_makes_no_sense_and_stays(
    program: Program, path: str, body: bytes
) -> None:
    assert _send(program, body, path=path) == 400
    assert program.sandbox.answers


def test_the_sandbox_reads_no_body_that_is_too_large(program: Program) -> None:
    assert _send(program, b" " * 10_001) == 413
    assert program.sandbox.answers
