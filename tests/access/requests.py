"""One request for each route, good enough that its owner is served, with the owner's ids in it."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.kernel.ids import PREFIXES, mint
from tests.access.people import Town, Visitor
from tests.api.seeded import PASSWORD
from tests.api.wrong import Operation, operations
from tests.support.town import picture_bytes

SAFE = {"GET"}
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What is put into a cart can be changed, and then taken out."""

NEW_PASSWORD = "quiet-lantern-meadow-17"

ENDS = {
    "accounts.sign_up", "accounts.sign_in", "accounts.sign_out", "accounts.sign_out_everywhere",
    "accounts.change_password", "accounts_pages.sign_up_form", "accounts_pages.sign_in_form",
    "accounts_pages.sign_out", "accounts_pages.sign_out_everywhere",
    "accounts_pages.change_password",
}  # fmt: skip
"""What ends sessions: after each of these its sender is signed in once more."""

PLACES = {"orders.place_checkout", "orders_pages.place"}
"""What empties the cart: it comes when everything else was done with it."""

SPENT = {
    "orders_pages.cancel": "cancel_checkout",
    "orders_pages.ship": "ship_order",
    "orders_pages.receive": "receive_order",
    "orders_pages.decide": "decide_refund",
    "accounts_pages.end_session": "end_session",
    "accounts_pages.end_token": "end_token",
    "accounts_pages.delete_address": "delete_address",
    "content_pages.delete": "delete_note",
}
"""Pages that use up what operations of the API do too, by the operation."""

NAMED = {
    "<handle>/orders": ("teashop", "no_such_shop"),
    "/brand/<handle>": ("teashop_brand", "no_such_brand"),
    "/b/<handle>": ("teashop_brand", "no_such_brand"),
    "<handle>": ("ann", "no_such_person"),
}
"""What a handle stands for, by a part of the rule; and one that stands for nothing."""


@dataclass(frozen=True)
class Ask:
    """A request, and the same for what does not exist; None where no part of its address can be
    wrong.
    """

    method: str
    rule: str
    endpoint: str
    path: str
    nothing: str | None
    json: Any = None
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the policy calls it."""
        return f"{self.method} {self.rule}"

    @property
    def is_api(self) -> bool:
        """Whether it is sent as JSON."""
        return self.rule.startswith("/api/")

    def send(self, visitor: Visitor, number: int, *, nothing: bool = False) -> Any:
        """Send it as a browser of ``visitor`` does, who can then send another."""
        answer = self.attempt(visitor, number, nothing=nothing)
        if self.endpoint in ENDS:
            visitor.sign_in()
        return answer

    def attempt(
        self,
        visitor: Visitor,
        number: int,
        *,
        nothing: bool = False,
        csrf: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> Any:
        """Send it, with another token, other headers or another method where they are given."""
        client = visitor.browser()
        path = self.nothing if nothing else self.path
        assert path is not None
        token = visitor.csrf if csrf is None else csrf
        sent = {"Accept-Language": "en", **(headers or {})}
        if self.method in SAFE:
            return client.open(path, method=method or self.method, headers=sent)
        sent |= {"X-CSRFToken": token, "Idempotency-Key": f"key-{number}"} if self.is_api else {}
        if self.is_api and not self.form:
            json = {**self.json, **self._unique(number)} if self.json is not None else None
            return client.open(path, method=self.method, json=json, headers=sent)
        body = {
            name: (io.BytesIO(one), "a.png") if isinstance(one, bytes) else one
            for name, one in self.form.items()
        }
        own = {"csrf_token": token, "idempotency_key": f"form-{number}"}
        typed = {**own, **body, **self._unique(number)}
        return client.open(path, method=self.method, data=typed, headers=sent)

    def _unique(self, number: int) -> dict[str, Any]:
        """Return what may be there once only."""
        if "sign_up" in self.endpoint:
            return {"handle": f"new_{number}", "email": f"new{number}@example.org"}
        if self.endpoint == "catalogue.add_product":
            return {"skus": [{**self.json["skus"][0], "code": f"code-{number}"}]}
        return {}


def served(app: Flask) -> list[tuple[str, Rule]]:
    """Return every method and rule that the application serves."""
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=lambda one: (one[1].rule, one[0]),
    )


def asks(town: Town) -> dict[str, Ask]:
    """Return the request of every route, by its name in the policy."""
    document = town.app.test_client().get("/api/v1/openapi.json").get_json()
    by_id = {one.id: one for one in operations(document)}
    made = [_ask(town, method, rule, by_id) for method, rule in served(town.app)]
    turn = {one: place for place, one in enumerate(ORDER)}
    made.sort(key=lambda one: (one.endpoint in ENDS, one.endpoint in PLACES, turn[one.method]))
    return {one.name: one for one in made}


def _ask(town: Town, method: str, rule: Rule, by_id: dict[str, Operation]) -> Ask:
    room, _, name = rule.endpoint.partition(".")
    operation = SPENT.get(rule.endpoint, name if not room.endswith("_pages") else "")
    given = {one: _right(town, rule, one, operation) for one in rule.arguments}
    path = rule.build(given, append_unknown=False)
    absent = {one: _nothing(rule, one) for one in rule.arguments}
    nothing = rule.build(absent, append_unknown=False)
    assert path is not None
    assert nothing is not None
    form = dict(forms(town).get(rule.endpoint, {}))
    json = None
    if method not in SAFE and name in by_id and not form:
        right = by_id[name].right()
        json = _bodies(town).get(name) or (right and town.seeds.body(name, right))
    return Ask(
        method,
        rule.rule,
        rule.endpoint,
        path[1],
        nothing[1] if rule.arguments else None,
        json,
        form,
    )


def _right(town: Town, rule: Rule, name: str, operation: str) -> str:
    if operation in town.seeds.spent:
        return next(town.seeds.spent[operation])
    if name == "handle":
        return next(one for part, (one, _) in NAMED.items() if part in rule.rule)
    fixed = {"by": "creator", "provider": "none", "token": "no-such-token"}
    if name in fixed:
        return fixed[name]
    return town.ids[name]


def _nothing(rule: Rule, name: str) -> str:
    if name == "handle":
        return next(none for part, (_, none) in NAMED.items() if part in rule.rule)
    kind = {"token_id": "api token"}.get(name, name.removesuffix("_id"))
    return mint(kind) if kind in PREFIXES else "nothing"


def _bodies(town: Town) -> dict[str, Any]:
    """Return the bodies of operations that the document does not say enough about."""
    ids = town.ids
    line = {"sku_id": ids["sku_id"], "quantity": 1}
    note = {"title": "Changed", "pictures": [{"picture_id": ids["picture_id"]}]}
    return {
        "sign_up": {"name": "New", "password": PASSWORD},
        "sign_in": {"login": "dan0@example.org", "password": PASSWORD},
        "change_password": {
            "current_password": NEW_PASSWORD,
            "new_password": NEW_PASSWORD[::-1],
        },
        "change_me": {"bio": "Tea, mostly."},
        "change_address": {"street": "Road 2"},
        "change_product": {"name": "Tea, changed"},
        "publish_note": note,
        "edit_note": note,
        "add_cart_line": line,
        "set_cart_line": line,
        "drop_cart_lines": {"sku_ids": [ids["sku_id"]]},
        "preview_checkout": {"lines": [line]},
    }


def forms(town: Town) -> dict[str, dict[str, Any]]:
    """Return what the forms send, by endpoint; those that are not named send nothing."""
    ids = town.ids
    address = {"recipient": "A", "phone": "13800138000", "region": "B", "street": "C"}
    note = {"title": "Tea", "pictures.0.picture_id": ids["picture_id"]}
    return {
        "pictures.upload_picture": {"file": picture_bytes("navy")},
        "accounts_pages.sign_in_to_demo": {"handle": "ann"},
        "accounts_pages.sign_in_form": {"login": "dan0@example.org", "password": PASSWORD},
        "accounts_pages.sign_up_form": {"name": "New", "password": PASSWORD},
        "accounts_pages.change_profile": {"name": "Somebody", "bio": ""},
        "accounts_pages.become_creator": {"accept_terms": "yes"},
        "accounts_pages.add_address": address,
        "accounts_pages.change_address": address,
        "accounts_pages.make_token": {"name": "t", "scopes[]": ["read"]},
        "accounts_pages.change_password": {"new_password": NEW_PASSWORD},
        "content_pages.publish": note,
        "content_pages.change": note,
        "content_pages.like": {"on": "true"},
        "content_pages.collect": {"on": "true"},
        "orders_pages.set_line": {"quantity": "2"},
        "orders_pages.place": {
            "preview": next(town.seeds.previews),
            "address_id": ids["address_id"],
        },
        "orders_pages.pay": {"behaviour": "normal"},
        "orders_pages.ask_refund": {f"quantities.{ids['line_id']}": "1"},
        "orders_pages.ship": {"carrier": "SF", "tracking_no": "1"},
        "orders_pages.decide": {"granted": "true"},
        "site_pages.put_in_cart": {"sku_id": ids["sku_id"], "quantity": "1"},
        "site_pages.keep_preference": {"theme": "dark"},
    }


def outcome(answer: Any) -> str:
    """Return what somebody got, in the policy's words."""
    status = answer.status_code
    if status == 401 or (status == 303 and answer.location.startswith("/signin?")):
        return "sign-in"
    if status in {403, 404}:
        return "refused" if status == 403 else "absent"
    if status < 400:
        return "yes"
    return "rejected" if status < 500 else f"broken ({status})"


CHANGING = re.compile(
    r"req_[0-9a-z]+|name=\"(?:csrf_token|idempotency_key)\"\s+value=\"[^\"]*\""
    r"|name=\"csrf-token\"\s+content=\"[^\"]*\"|nonce=\"?[\w+/=-]+"
)
"""What is another in each answer."""


def said(answer: Any, ask: Ask) -> tuple[int, str]:
    """Return the status and the body of an answer without what differs each time."""
    text = CHANGING.sub("…", answer.get_data(as_text=True))
    for path in (ask.path, ask.nothing or ""):
        text = text.replace(path, "…") if path else text
    return answer.status_code, text
