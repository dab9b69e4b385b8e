"""What the clock tells a stranger: whether an address has an account, and an id an owner."""

import contextvars
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.kernel.ids import mint
from app.platform.uow import snapshot
from bench.place import Place, inside
from bench.report import Figure

API = "/api/v1"
GAP_MS = 5.0
"""Two medians may be so far apart: what the network hides many times over."""

TRIES = 40
"""In each round, of each of the two; 200 in all by default."""

PASSWORD = "clear-plum-harbour-42"

OTHERS = {
    "an order": ("orders_order", "order", "GET", f"{API}/orders/{{}}"),
    "an order's page": ("orders_order", "order", "GET", "/orders/{}"),
    "an order's refunds": ("orders_order", "order", "GET", f"{API}/orders/{{}}/refunds"),
    "an order's receipts": ("orders_order", "order", "GET", f"{API}/orders/{{}}/receipts"),
    "a checkout": ("orders_checkout", "checkout", "GET", f"{API}/checkouts/{{}}"),
    "a parcel's shipment": ("orders_order", "order", "PUT", f"{API}/orders/{{}}/shipment"),
    "a merchant's orders": (
        "catalogue_merchant",
        "merchant",
        "GET",
        f"{API}/merchants/{{}}/orders",
    ),
    "a brand's insights": ("catalogue_brand", "brand", "GET", f"{API}/brands/{{}}/insights"),
    "an address": ("accounts_address", "address", "GET", f"{API}/me/addresses/{{}}"),
    "a session": ("accounts_session", "session", "DELETE", f"{API}/sessions/{{}}"),
}
"""Things of other people's: their table, the kind of their ids, and what asks for them."""

Ask = Callable[[], Any]


def figures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return how far apart the medians are of what must not be told apart."""
    del seconds
    tries = TRIES * rounds
    with inside(place, index_writes=True) as app:
        token = _sign_up(app)
        found = [_told("an address with an account", *_sign_ins(app), tries)]
        for name, (table, kind, method, path) in OTHERS.items():
            with snapshot() as view:
                row = view.row(text(f"SELECT id FROM {table} LIMIT 1"))
            if row is None:
                continue
            asks = [_asking(app, method, path.format(one), token) for one in (row.id, mint(kind))]
            found.append(_told(f"{name} of another's", asks[0], asks[1], tries))
    return found


def _told(name: str, there: Ask, nothing: Ask, tries: int) -> Figure:
    """Ask for both in turn; what is first changes, so that neither is always the warmer."""
    took: tuple[list[float], list[float]] = ([], [])
    first, second = there(), nothing()
    assert first.status_code == second.status_code in {401, 404}, (name, first.status_code)
    for number in range(tries):
        for which in (0, 1) if number % 2 else (1, 0):
            begun = time.perf_counter()
            (there, nothing)[which]()
            took[which].append(time.perf_counter() - begun)
    known, unknown = (median(times) * 1e3 for times in took)
    gap = abs(known - unknown)
    return Figure(
        name,
        f"{gap:.2f} ms apart",
        f"{GAP_MS:.0f} ms, the most",
        gap / GAP_MS,
        at_most=1.0,
        note=f"{known:.2f} and {unknown:.2f} ms; medians of {tries} each",
    )


def _asking(app: Flask, method: str, path: str, token: str) -> Ask:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "bench"}
    body = {"carrier": "SF", "tracking_no": "1"} if method == "PUT" else None
    # A context of its own for each request, as on a server.
    return lambda: contextvars.Context().run(
        lambda: client.open(path, method=method, headers=headers, json=body)
    )


def _sign_ins(app: Flask) -> tuple[Ask, Ask]:
    def trying(login: str) -> Ask:
        body = {"login": login, "password": "not the password"}
        return lambda: contextvars.Context().run(
            lambda: app.test_client().post(f"{API}/sessions", json=body)
        )

    return trying("bench@example.org"), trying("nobody@example.org")


def _sign_up(app: Flask) -> str:
    """Make an account with a password; return a token of its."""
    client = app.test_client()
    new = {"handle": "bench_one", "name": "Bench", "email": "bench@example.org"}

    def post(path: str, body: dict[str, Any], csrf: str = "") -> dict[str, Any]:
        headers = {"X-CSRFToken": csrf}
        made = contextvars.Context().run(
            lambda: client.post(f"{API}{path}", json=body, headers=headers)
        )
        assert made.status_code == 201, made.text
        return dict(made.get_json())

    signed = post("/accounts", {**new, "password": PASSWORD})
    scopes = ["read", "write", "money"]
    made = post("/tokens", {"name": "bench", "scopes": scopes}, signed["csrf_token"])
    return str(made["secret"])
