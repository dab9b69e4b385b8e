"""The pages of a payment: who has paid is not asked to pay, and hears of it without a reload."""

import re
from typing import Any

import pytest

from app.orders.pages.paying import BEHAVIOURS
from tests.orders.shopping import Town, bank, notify, pay, submit
from tests.support.town import place, post, stock_thing

PART = {"HX-Request": "true"}
DID_YOU = "Did you pay already?"
WAITING = "We are waiting for the word of your payment."


def _opened(town: Town, key: str = "place") -> dict[str, Any]:
    """Return a checkout that waits at the wallet."""
    checkout = place(town.bob, {town.thing: 1}, key=key)
    where = f"/pay/{checkout['id']}"
    began = submit(town.bob.client, where, where, {})
    assert began.headers["Location"] == _wallet(checkout)
    return checkout


def _wallet(checkout: dict[str, Any]) -> str:
    return f"/wallet/{checkout['payment']['id']}"


def _shown(town: Town, address: str) -> str:
    answer = town.bob.client.get(address)
    assert answer.status_code == 200
    return answer.text.split("<main")[1].split("</main>")[0]


def _buttons(html: str, kind: str) -> list[str]:
    found = re.findall(
        r'<button class="btn ([\w ]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', html, re.DOTALL
    )
    return [words.strip() for kinds, words in found if kind in kinds.split()]


def test_before_anybody_opened_the_wallet_nothing_is_asked_or_waited_for(town: Town) -> None:
    checkout = place(town.bob, {town.thing: 1})

    # Not even where the address says that one came from a wallet.
    for query in ("", "?from=wallet"):
        html = _shown(town, f"/pay/{checkout['id']}{query}")
        assert [DID_YOU in html, WAITING in html, "hx-get" in html] == [False] * 3
        assert _buttons(html, "primary") == ["Pay now"]


def test_who_comes_back_from_the_wallet_is_waited_with(town: Town) -> None:
    checkout = _opened(town)
    where = f"/pay/{checkout['id']}"

    paid = submit(town.bob.client, _wallet(checkout), _wallet(checkout), {})
    html = _shown(town, paid.headers["Location"])

    assert paid.headers["Location"] == f"{where}?from=wallet"
    assert [WAITING in html, DID_YOU in html] == [True, False]
    assert (_buttons(html, "primary"), "Pay again" in _buttons(html, "quiet")) == ([], True)
    assert f'class="btn primary" href="{where}?from=wallet"' in html
    # Who only looks again later may have gone off without paying.
    again = _shown(town, where)
    assert (DID_YOU in again, _buttons(again, "primary")) == (True, ["Pay now"])
    assert f'hx-get="{where}"' in again


@pytest.mark.parametrize(
    ("ending", "said"),
    [("paid", "Paid. The sellers have been told."), ("cancelled", "can no longer be paid")],
)
def test_the_page_asks_until_there_is_an_answer(town: Town, ending: str, said: str) -> None:
    checkout = _opened(town)
    where = f"/pay/{checkout['id']}"
    asked = re.findall(r'hx-get="([^"]+)"\s+hx-trigger="every 2s"', _shown(town, where))

    still = town.bob.client.get(asked[0], headers=PART)
    if ending == "paid":
        assert pay(town.app, town.bob, checkout) == "fits"
    else:
        post(town.bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")
    then = town.bob.client.get(asked[0], headers=PART)

    assert (still.status_code, still.text) == (204, "")
    assert (then.status_code, said in then.text) == (200, True)
    assert then.text.lstrip().startswith('<div class="state">')
    assert "hx-" not in then.text + _shown(town, where)


def test_who_is_signed_out_while_the_page_waits_is_led_to_the_sign_in(town: Town) -> None:
    where = f"/pay/{_opened(town)['id']}"

    answer = town.app.test_client().get(where, headers=PART)

    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == f"/signin?next={where}&why=go-on"
    assert town.eve.client.get(where, headers=PART).status_code == 404


def test_paying_what_was_just_paid_leads_to_the_paid_page(town: Town) -> None:
    checkout = _opened(town)
    where, wallet = f"/pay/{checkout['id']}", _wallet(checkout)
    assert pay(town.app, town.bob, checkout) == "fits"
    came = dict(bank().came)

    for target in (where, wallet):
        answer = submit(town.bob.client, where, target, {})
        assert answer.status_code == 303
        html = _shown(town, answer.headers["Location"])
        assert ("Paid. The sellers" in html, 'role="alert"' in html) == (True, False)

    assert bank().came == came


@pytest.mark.parametrize("told", [True, False])
def test_a_wallet_offers_no_second_payment(town: Town, told: bool) -> None:
    checkout = _opened(town)
    submit(town.bob.client, _wallet(checkout), _wallet(checkout), {})
    if told:
        (paid,) = bank().came[checkout["payment"]["id"]]
        notify(
            town.app, charge_no=checkout["payment"]["id"], txn_id=paid.txn_id,
            amount_fen=paid.amount_fen,
        )  # fmt: skip

    html = _shown(town, _wallet(checkout))

    assert "This is paid already." in html
    assert (_buttons(html, "primary"), "behaviour" in html) == ([], False)
    assert f'href="/pay/{checkout["id"]}?from=wallet"' in html


def test_the_wallet_of_what_has_ended_takes_nothing(town: Town) -> None:
    checkout = _opened(town)
    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")

    html = _shown(town, _wallet(checkout))

    assert "can no longer be paid" in html
    assert (_buttons(html, "primary"), "behaviour" in html) == ([], False)


def test_a_bank_that_is_down_does_not_take_the_wallet_with_it(town: Town) -> None:
    checkout = _opened(town)
    bank().down = True

    assert _buttons(_shown(town, _wallet(checkout)), "primary") == ["Pay ¥100.00"]


def test_the_wallet_says_what_the_bank_says(town: Town) -> None:
    thing = stock_thing(town.shop, "Pot", stock=99)
    checkout = place(town.bob, {thing: 1})
    # Nobody asked for the charge yet: the bank knows of none.
    answer = submit(town.bob.client, _wallet(checkout), _wallet(checkout), {"behaviour": "normal"})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)

    for behaviour in BEHAVIOURS:
        checkout = _opened(Town(town.app, town.bob, town.eve, town.shop, thing), key=behaviour)
        wallet = _wallet(checkout)
        bank().down = behaviour == "late"
        answer = submit(town.bob.client, wallet, wallet, {"behaviour": behaviour})
        bank().down = False
        expected = {"decline": 422, "late": 503}.get(behaviour, 303)
        assert answer.status_code == expected, behaviour
        assert expected == 303 or f'<option value="{behaviour}" selected>' in answer.text

    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")
    late = submit(town.bob.client, wallet, wallet, {})
    assert (late.status_code, "no longer be paid" in late.text) == (409, True)
