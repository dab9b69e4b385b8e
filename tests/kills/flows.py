"""What is under way when the process is killed: each flow, and what must be read in the end."""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask.testing import FlaskClient

from app.orders.providers.signing import HEADER, sign
from tests.support.near import near_client

CALLBACK = "/api/v1/payment-callbacks/sandbox"


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    body: Any


class Sends(Protocol):
    """Sends a request to a site: over HTTP, or to an application in this process."""

    def __call__(self, method: str, path: str, **more: Any) -> Said:
        """Send it."""


@dataclass(frozen=True)
class Town:
    """What the flows need of the prepared folder; tokens are headers."""

    buyer: Mapping[str, str]
    keeper: Mapping[str, str]
    author: Mapping[str, str]
    address_id: str
    sku_id: str
    charge: str
    """Of a checkout that waits for its money, and how much."""
    total_fen: int
    order_id: str
    line_id: str
    """Of an order that is paid."""
    picture: bytes
    secret: bytes


Told = Callable[[str, Said], Any]
"""Notes that a step was acknowledged; returns the body."""


@dataclass(frozen=True)
class Flow:
    """Steps that may all be sent again; ``ready`` is done before, and counts for nothing.

    ``stands`` is what SQL must read in the end, however it came to that.
    """

    name: str
    run: Callable[[Town, Sends, Told, Any], None]
    stands: Mapping[str, list[tuple[object, ...]]]
    ready: Callable[[Town, Sends], Any] = lambda _town, _send: None


def _preview(town: Town, send: Sends) -> Any:
    wanted = {"lines": [{"sku_id": town.sku_id, "quantity": 2}]}
    said = send("POST", "/api/v1/checkouts/previews", json=wanted, headers=town.buyer)
    return said.body["preview"]


def _checkout(town: Town, send: Sends, told: Told, preview: Any) -> None:
    body = {"preview": preview, "address_id": town.address_id}
    headers = {**town.buyer, "Idempotency-Key": "kill-checkout"}
    told("checkout", send("POST", "/api/v1/checkouts", json=body, headers=headers))


def _notice(town: Town, send: Sends, told: Told, _ready: Any) -> None:
    said = {"charge_no": town.charge, "txn_id": "txn-kill", "amount_fen": town.total_fen}
    told("notice", send("POST", CALLBACK, **_signed(town, "charge.paid", said)))


def _refund(town: Town, send: Sends, told: Told, _ready: Any) -> None:
    path = f"/api/v1/orders/{town.order_id}/refunds"
    body = {"parts": [{"line_id": town.line_id, "quantity": 1}], "reason": "another colour"}
    headers = {**town.buyer, "Idempotency-Key": "kill-refund"}
    asked = told("asked", send("POST", path, json=body, headers=headers))
    refund_id = asked["id"] if "id" in asked else asked["refunds"][-1]["id"]
    path = f"/api/v1/refunds/{refund_id}/decision"
    headers = {**town.keeper, "Idempotency-Key": "kill-decision"}
    told("decided", send("PUT", path, json={"granted": True, "answer": ""}, headers=headers))
    said = {"refund_no": refund_id, "amount_fen": 1_000}
    told("sent back", send("POST", CALLBACK, **_signed(town, "refund.succeeded", said)))


def _publish(town: Town, send: Sends, told: Told, _ready: Any) -> None:
    files = {"file": ("a.png", town.picture, "image/png")}
    headers = {**town.author, "Idempotency-Key": "kill-picture"}
    picture = told("picture", send("POST", "/api/v1/pictures", files=files, headers=headers))
    body = {"title": "Killed", "body": "", "pictures": [{"picture_id": picture["id"]}]}
    headers = {**town.author, "Idempotency-Key": "kill-note"}
    told("note", send("POST", "/api/v1/notes", json=body, headers=headers))


FLOWS = (
    Flow(
        "checkout",
        _checkout,
        {
            "SELECT count(*) FROM orders_checkout": [(3,)],
            "SELECT on_hand, reserved FROM catalogue_sku": [(98, 3)],
        },
        _preview,
    ),
    Flow(
        "payment notice",
        _notice,
        {
            "SELECT count(*), sum(outcome = 'fits') FROM orders_txn": [(2, 2)],
            "SELECT count(*) FROM orders_order WHERE state = 'paid'": [(2,)],
            "SELECT on_hand, reserved FROM catalogue_sku": [(97, 0)],
        },
    ),
    Flow(
        "refund",
        _refund,
        {
            "SELECT state, amount_fen FROM orders_refund": [("confirmed", 1_000)],
            "SELECT refunded_fen, refunding_fen FROM orders_line ORDER BY refunded_fen": [
                (0, 0),
                (1_000, 0),
            ],
            "SELECT count(*) FROM ledger_entry WHERE step = 'refunded'": [(1,)],
        },
    ),
    Flow("publishing", _publish, {"SELECT count(*) FROM content_note": [(2,)]}),
)


def over_http(url: str) -> Sends:
    """Send to the site at ``url``; who is cut off raises `httpx.HTTPError`."""

    def send(method: str, path: str, **more: Any) -> Said:
        with near_client(url, timeout=20) as client:
            said = client.request(method, path, **more)
        return Said(said.status_code, _body(said.text))

    return send


def to_client(client: FlaskClient) -> Sends:
    """Send to an application in this process."""

    def send(method: str, path: str, **more: Any) -> Said:
        if "content" in more:
            more["data"] = more.pop("content")
        if "files" in more:
            ((field, (name, raw, kind)),) = more.pop("files").items()
            more["data"] = {field: (io.BytesIO(raw), name, kind)}
        said = client.open(path, method=method, **more)
        return Said(said.status_code, _body(said.text))

    return send


def _signed(town: Town, type_: str, said: Mapping[str, object]) -> dict[str, Any]:
    """Return what the provider sends: the same event, however often."""
    body = json.dumps({"event_id": f"evt_{type_}", "type": type_, **said}).encode()
    headers = {HEADER: sign(town.secret, body, at_s=int(time.time()))}
    return {"content": body, "headers": {**headers, "Content-Type": "application/json"}}


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
