"""Touches come in over HTTP in batches; each token counts once for each kind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.ids import AccountId, BrandId, DeviceId, MerchantId, NoteId, ProductId, mint
from app.kernel.time import to_ms
from app.platform.uow import Snapshot, UnitOfWork
from app.touches import api as touches
from app.touches.api import TaggedProduct

GOODS = tuple(
    TaggedProduct(ProductId(mint("product")), BrandId(mint("brand")), MerchantId(mint("merchant")))
    for _ in range(2)
)
AUTHOR = AccountId(mint("account"))
NOTE = NoteId(mint("note"))
Unit = Callable[[], AbstractContextManager[UnitOfWork]]
Look = Callable[[], AbstractContextManager[Snapshot]]


def _device(client: FlaskClient) -> DeviceId:
    client.post("/api/v1/touches", json={"touches": [{"token": "x", "kind": "open"}]})
    cookie = client.get_cookie("device")
    assert cookie is not None
    return DeviceId(cookie.value.partition(".")[0])


def _token(device: DeviceId, age: timedelta = timedelta(0)) -> str:
    now = datetime.now(UTC) - age
    return touches.mint(device_id=device, note_id=NOTE, author_id=AUTHOR, goods=GOODS, now=now)


def _send(client: FlaskClient, *batch: tuple[str, str]) -> dict[str, object]:
    body = {"touches": [{"token": token, "kind": kind} for token, kind in batch]}
    answer = client.post("/api/v1/touches", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def test_an_open_is_one_row_for_each_tagged_product(app: Flask, client: FlaskClient, look: Look):
    device = _device(client)

    said = _send(client, (_token(device), "open"))

    assert said == {"accepted": 1, "refused": []}
    with look() as view:
        rows = touches.touches(view)
    assert [row.product_id for row in rows] == [good.product_id for good in GOODS]
    assert {row.device_id for row in rows} == {device}
    assert all(row.token_ok for row in rows)


def test_a_token_counts_once_for_each_kind(app: Flask, client: FlaskClient, look: Look):
    token = _token(_device(client))

    said = _send(client, (token, "open"), (token, "open"), (token, "save"))

    assert said == {"accepted": 2, "refused": [{"index": 1, "code": "token-used"}]}


@pytest.mark.parametrize(
    ("age", "other", "code"),
    [(timedelta(days=2), False, "token-expired"), (timedelta(0), True, "other-device")],
)
def test_a_token_that_does_not_hold_is_logged_as_such(
    app: Flask, client: FlaskClient, look: Look, age: timedelta, other: bool, code: str
):
    device = DeviceId(mint("device")) if other else _device(client)
    token = _token(device, age)

    said = _send(client, (token, "open"))

    assert said == {"accepted": 0, "refused": [{"index": 0, "code": code}]}
    with look() as view:
        assert [row.token_ok for row in touches.touches(view)] == [False, False]


def test_a_forged_token_leaves_no_trace(app: Flask, client: FlaskClient, look: Look):
    said = _send(client, ("forged.token", "open"))

    assert said == {"accepted": 0, "refused": [{"index": 0, "code": "bad-token"}]}
    with look() as view:
        assert touches.touches(view) == ()


def test_a_device_brings_what_it_touched_to_the_account_it_is_linked_to(
    app: Flask, client: FlaskClient, unit: Unit, look: Look
):
    device = _device(client)
    _send(client, (_token(device), "tag_click"))
    account = AccountId(mint("account"))
    with unit() as uow:
        touches.link(uow, device_id=device, account_id=account)
        touches.link(uow, device_id=device, account_id=account)

    with look() as view:
        now_ms = to_ms(view.now)
        mine = touches.candidates(view, account_id=account, from_ms=0, to_ms=now_ms)
        nobodys = touches.candidates(
            view, account_id=AccountId(mint("account")), from_ms=0, to_ms=now_ms
        )
        before = touches.candidates(view, account_id=account, from_ms=0, to_ms=now_ms - 600_000)

    assert len(mine) == 2
    assert nobodys == before == ()


def test_the_log_refuses_to_be_changed(app: Flask, client: FlaskClient, unit: Unit):
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    _send(client, (_token(_device(client)), "open"))

    for statement in ("UPDATE touches_touch SET kind = 'save'", "DELETE FROM touches_touch"):
        with pytest.raises(IntegrityError, match="append-only"), unit() as uow:
            uow.change(text(statement))


@pytest.mark.parametrize("batch", [[], [{}], [{"token": "x"}], [{"token": 1, "kind": "open"}], "x"])
def test_a_malformed_batch_is_refused_with_every_fault(client: FlaskClient, batch: object):
    answer = client.post("/api/v1/touches", json={"touches": batch, "more": 1})

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "invalid-input"
    assert {"/more"} < {error["pointer"] for error in answer.get_json()["errors"]}
