"""What people do by the API, as functions that openapi-python-client made of its document.

Runs in that client's own environment: `python client_steps.py ORIGIN`. Each line that comes in
names a step, who takes it, and what with; the line that goes out tells what they saw.
"""

import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from trove_client import AuthenticatedClient, Client, models
from trove_client.api.accounts import add_address, become_creator, make_token, sign_up
from trove_client.api.attribution import list_credits
from trove_client.api.catalogue import get_brand, get_product
from trove_client.api.content import edit_note, get_note, get_touch_tokens, publish_note
from trove_client.api.discovery import search
from trove_client.api.insights import get_funnels, get_insights, get_insights_csv
from trove_client.api.ledger import get_balance, list_entries
from trove_client.api.orders import (
    add_cart_line,
    ask_refund,
    decide_refund,
    get_checkout,
    get_order,
    list_orders,
    list_orders_to_serve,
    place_checkout,
    preview_checkout,
    receive_order,
    ship_order,
    start_payment,
)
from trove_client.api.pictures import upload_picture
from trove_client.api.programmes import set_terms
from trove_client.api.touches import record_touches
from trove_client.types import File, Response

SCOPES = list(models.TokenInScopesItem)


@dataclass
class Person:
    """Somebody: as a browser would be signed in, and, once there is an account, by a token."""

    origin: str
    browser: Client = field(init=False)
    program: AuthenticatedClient = field(init=False)

    def __post_init__(self) -> None:
        """Begin as a stranger."""
        self.browser = Client(self.origin, raise_on_unexpected_status=True)

    def arm(self, csrf_token: str) -> None:
        """Make a token by the session that began, and go on by it, on the same device."""
        self.browser.with_headers({"X-CSRFToken": csrf_token})
        asked = models.TokenIn(name="journey", scopes=SCOPES)
        made = well(make_token.sync_detailed(client=self.browser, body=asked))
        self.program = AuthenticatedClient(
            self.origin, made.secret, raise_on_unexpected_status=True, cookies=self.cookies
        )

    @property
    def cookies(self) -> dict[str, str]:
        """What the site knows the device by."""
        return dict(self.browser.get_httpx_client().cookies)


def well(answer: Response[Any]) -> Any:
    """Return what was answered, which must be no refusal."""
    assert 200 <= answer.status_code < 300, (answer.status_code, answer.content)
    return answer.parsed


def hits(answer: Response[Any]) -> list[Any]:
    """Return what a search found; while the index is made it may be asked for another time."""
    return [] if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else well(answer).items


def key() -> str:
    """Return an idempotency key that was never used."""
    return uuid.uuid4().hex


# Getting in.


def signs_up(me: Person, handle: str) -> Any:
    new = models.SignUpIn(
        handle=handle,
        name=handle.title(),
        password="correct horse battery",
        email=f"{handle}@example.org",
    )
    signed = well(sign_up.sync_detailed(client=me.browser, body=new))
    me.arm(signed.csrf_token)
    return signed.account_id


def becomes_creator(me: Person) -> Any:
    consent = models.CreatorIn(accept_terms=True)
    return well(become_creator.sync_detailed(client=me.program, body=consent)).is_creator


# Writing.


def uploads(me: Person, photo: str) -> Any:
    path = Path(photo)
    with path.open("rb") as data:
        body = models.UploadPictureBody(File(data, path.name, "image/jpeg"))
        made = well(upload_picture.sync_detailed(client=me.program, body=body))
    return made.id


def publishes(me: Person, note: dict[str, Any]) -> Any:
    draft = models.NoteIn.from_dict(note)
    return well(publish_note.sync_detailed(client=me.program, body=draft)).id


def edits(me: Person, note_id: str, note: dict[str, Any]) -> Any:
    seen = get_note.sync_detailed(note_id, client=me.program)
    answer = edit_note.sync_detailed(
        note_id,
        client=me.program,
        body=models.NoteIn.from_dict(note),
        if_match=seen.headers["ETag"],
    )
    return well(answer).to_dict()


# Finding and buying.


def finds_product(me: Person, words: str) -> Any:
    asked = search.sync_detailed(client=me.browser, q=words, type_=models.SearchType.PRODUCT)
    found = hits(asked)
    return (
        well(get_product.sync_detailed(found[0].id, client=me.browser)).to_dict() if found else None
    )


def finds(me: Person, word: str) -> Any:
    found = hits(search.sync_detailed(client=me.browser, q=word))
    return {one.title: one.id for one in found}


def reads(me: Person, note_id: str) -> Any:
    shown = well(get_note.sync_detailed(note_id, client=me.browser))
    tokens = well(get_touch_tokens.sync_detailed(note_id, client=me.browser))
    return {**shown.to_dict(), "touched": _touch(me, tokens.note, models.TouchInKind.OPEN)}


def taps(me: Person, note_id: str, product_id: str) -> Any:
    tokens = well(get_touch_tokens.sync_detailed(note_id, client=me.browser))
    token = next(one.token for one in tokens.tags if one.product_id == product_id)
    return _touch(me, token, models.TouchInKind.TAG_CLICK)


def _touch(me: Person, token: str, kind: models.TouchInKind) -> Any:
    batch = models.TouchesIn([models.TouchIn(token=token, kind=kind)])
    return well(record_touches.sync_detailed(client=me.browser, body=batch)).to_dict()


def puts_in_cart(me: Person, product_id: str, pieces: int) -> Any:
    product = well(get_product.sync_detailed(product_id, client=me.program))
    wanted = models.WantedIn(sku_id=product.skus[0].id, quantity=pieces)
    return well(add_cart_line.sync_detailed(client=me.program, body=wanted)).total_fen


def adds_address(me: Person) -> Any:
    home = models.AddressIn(
        recipient="林夏",
        phone="13812341234",
        region="上海市 徐汇区",
        street="梧桐路 1 号",
    )
    return well(add_address.sync_detailed(client=me.program, body=home)).id


def checks_out(me: Person, address_id: str) -> Any:
    seen = well(preview_checkout.sync_detailed(client=me.program, body=models.PreviewIn()))
    confirmed = models.CheckoutIn(preview=seen.preview, address_id=address_id)
    placed = place_checkout.sync_detailed(client=me.program, body=confirmed, idempotency_key=key())
    return well(placed).to_dict()


def pays(me: Person, checkout_id: str) -> Any:
    """Pay in the wallet, which is no part of the API: a page that wants the person themselves."""
    charge = well(start_payment.sync_detailed(checkout_id, client=me.program))
    paid = me.browser.get_httpx_client().post(charge.pay_path)
    assert paid.status_code == 303, paid.text
    return charge.amount_fen


def sees_checkout(me: Person, checkout_id: str) -> Any:
    return well(get_checkout.sync_detailed(checkout_id, client=me.program)).state


def sees_order(me: Person, order_id: str) -> Any:
    return well(get_order.sync_detailed(order_id, client=me.program)).to_dict()


def sees_orders(me: Person) -> Any:
    found = well(list_orders.sync_detailed(client=me.program))
    return {one.id: one.state for one in found.items}


def asks_back(me: Person, order_id: str, pieces: int) -> Any:
    order = well(get_order.sync_detailed(order_id, client=me.program))
    (line,) = order.lines
    wish = models.RefundIn(
        parts=[models.PartIn(line_id=line.id, quantity=pieces)], reason="另一种颜色 another colour"
    )
    asked = ask_refund.sync_detailed(order_id, client=me.program, body=wish, idempotency_key=key())
    return well(asked).to_dict()


def receives(me: Person, order_id: str) -> Any:
    return well(receive_order.sync_detailed(order_id, client=me.program)).state


# Selling.


def sets_terms(me: Person, merchant_id: str, rate_bp: int) -> Any:
    terms = models.TermsIn(rate_bp=rate_bp)
    return well(set_terms.sync_detailed(merchant_id, client=me.program, body=terms)).rate_bp


def serves(me: Person, merchant_id: str) -> Any:
    found = well(list_orders_to_serve.sync_detailed(merchant_id, client=me.program))
    return {one.id: [refund.id for refund in one.refunds] for one in found.items}


def grants(me: Person, refund_id: str) -> Any:
    word = models.DecisionIn(granted=True, answer="好的")
    decided = decide_refund.sync_detailed(
        refund_id, client=me.program, body=word, idempotency_key=key()
    )
    return well(decided).state


def ships(me: Person, order_id: str) -> Any:
    parcel = models.ShipmentIn(carrier="顺丰", tracking_no="SF 1234")
    return well(ship_order.sync_detailed(order_id, client=me.program, body=parcel)).state


# Looking at what came of it.


def studies(me: Person) -> Any:
    return {
        "balance": well(get_balance.sync_detailed(client=me.program)).to_dict(),
        "credits": well(list_credits.sync_detailed(client=me.program)).to_dict()["items"],
        "funnels": well(get_funnels.sync_detailed(client=me.program)).to_dict()["items"],
        "entries": well(list_entries.sync_detailed(client=me.program)).to_dict()["items"],
    }


def looks_at_brand(me: Person, handle: str) -> Any:
    brand = well(get_brand.sync_detailed(handle, client=me.program))
    figures = well(
        get_insights.sync_detailed(brand.id, client=me.program, by=models.GetInsightsBy.CREATOR)
    )
    table = get_insights_csv.sync_detailed(
        brand.id, client=me.program, by=models.GetInsightsCsvBy.CREATOR
    )
    return {**figures.to_dict(), "csv": well(table)}


STEPS: dict[str, Callable[..., Any]] = {
    step.__name__: step
    for step in (
        *(signs_up, becomes_creator, uploads, publishes, edits, finds_product, finds, reads, taps),
        *(puts_in_cart, adds_address, checks_out, pays, sees_checkout, sees_order, sees_orders),
        *(asks_back, receives, sets_terms, serves, grants, ships, studies, looks_at_brand),
    )
}


def main(origin: str) -> None:
    """Take steps until there are no more."""
    people: dict[str, Person] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        me = people.setdefault(asked["who"], Person(origin))
        print(json.dumps(STEPS[asked["step"]](me, **asked["given"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
