"""Every payment provider's notices are believed only with its signature, and only for a while."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.orders.providers.port import NoticeForged
from app.orders.providers.sandbox import NUMBER_LENGTH_MAX
from app.orders.providers.signing import HEADER, OLDEST_SECONDS, sign
from tests.contracts.desks import SUM, Desk

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def _now() -> datetime:
    return datetime.now(UTC)


def test_a_notice_says_what_came(desk: Desk) -> None:
    number, paid = desk.paid()

    headers, body = desk.notice_of(number, paid)
    said = desk.provider.read_notice(headers=headers, raw_body=body, now=_now())

    assert (said.type, said.charge_no, said.txn_id) == ("charge.paid", number, paid.txn_id)
    assert (said.amount_fen, said.refund_no) == (SUM, None)
    assert said.event_id


@pytest.mark.parametrize("seconds", [-OLDEST_SECONDS - 2, OLDEST_SECONDS + 2])
def test_a_notice_of_another_time_is_refused(desk: Desk, seconds: int) -> None:
    number, paid = desk.paid()
    headers, body = desk.notice_of(number, paid)

    with pytest.raises(NoticeForged, match="too old"):
        desk.provider.read_notice(
            headers=headers, raw_body=body, now=_now() + timedelta(seconds=seconds)
        )


def test_a_notice_is_taken_within_its_five_minutes(desk: Desk) -> None:
    number, paid = desk.paid()
    headers, body = desk.notice_of(number, paid)

    for seconds in (-OLDEST_SECONDS + 5, OLDEST_SECONDS - 5):
        at = _now() + timedelta(seconds=seconds)
        assert desk.provider.read_notice(headers=headers, raw_body=body, now=at).txn_id


def test_an_altered_notice_is_refused(desk: Desk) -> None:
    number, paid = desk.paid()
    headers, body = desk.notice_of(number, paid)
    more = body.replace(str(SUM).encode(), str(SUM + 1).encode())
    assert more != body

    for altered in (more, body + b" ", b"", body[:-1]):
        with pytest.raises(NoticeForged, match="another"):
            desk.provider.read_notice(headers=headers, raw_body=altered, now=_now())


@pytest.mark.parametrize(
    "signature",
    ["", "v1=00", "t=,v1=", "t=1", "t=x,v1=y", "t=²,v1=y", "t=99999999999999,v1=0", "{now},v1=é"],
)
def test_what_is_no_signature_is_refused(desk: Desk, signature: str) -> None:
    number, paid = desk.paid()
    _, body = desk.notice_of(number, paid)
    header = signature.replace("{now}", f"t={int(time.time())}")

    for headers in ({HEADER: header}, {}, {HEADER.lower(): header}):
        with pytest.raises(NoticeForged, match="signature"):
            desk.provider.read_notice(headers=headers, raw_body=body, now=_now())


def test_another_secret_signs_nothing(desk: Desk) -> None:
    number, paid = desk.paid()
    _, body = desk.notice_of(number, paid)
    headers = {HEADER: sign(bytes(32), body, at_s=int(time.time()))}

    with pytest.raises(NoticeForged, match="another"):
        desk.provider.read_notice(headers=headers, raw_body=body, now=_now())


GOOD = {
    "event_id": "evt_1",
    "type": "charge.paid",
    "charge_no": "pay_1",
    "txn_id": "txn_1",
    "amount_fen": 1,
}
NO_NOTICES = [
    b"",
    b"\x00",
    b"not json",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"[" * 50_000,
    *(
        json.dumps({**GOOD, **other}).encode()
        for other in (
            {"type": "charge.lost"},
            {"type": ["charge.paid"]},
            {"type": "refund.succeeded"},
            {"amount_fen": "1"},
            {"amount_fen": 1.0},
            {"amount_fen": True},
            {"amount_fen": 0},
            {"amount_fen": -1},
            {"amount_fen": 10**16},
            {"txn_id": ""},
            {"txn_id": 7},
            {"txn_id": "txn\x00"},
            {"txn_id": "txn_é"},
            {"txn_id": "t" * (NUMBER_LENGTH_MAX + 1)},
            {"charge_no": None},
            {"charge_no": "\ud800"},
            {"event_id": {}},
        )
    ),
    *(
        json.dumps({key: one for key, one in GOOD.items() if key != missing}).encode()
        for missing in GOOD
    ),
]


@pytest.mark.parametrize("body", NO_NOTICES, ids=lambda body: repr(body[:60]))
def test_what_is_signed_and_no_notice_is_refused(desk: Desk, body: bytes) -> None:
    headers = {HEADER: sign(desk.secret, body, at_s=int(time.time()))}

    with pytest.raises(NoticeForged, match="no notice"):
        desk.provider.read_notice(headers=headers, raw_body=body, now=_now())


@pytest.mark.parametrize("type_", ["refund.succeeded", "refund.failed"])
def test_a_notice_of_a_refund_names_it(desk: Desk, type_: str) -> None:
    said = {"event_id": "evt_2", "type": type_, "refund_no": "ref_1", "amount_fen": 5}
    body = json.dumps(said).encode()
    headers = {HEADER: sign(desk.secret, body, at_s=int(time.time()))}

    notice = desk.provider.read_notice(headers=headers, raw_body=body, now=_now())

    assert (notice.type, notice.refund_no, notice.charge_no) == (type_, "ref_1", None)
