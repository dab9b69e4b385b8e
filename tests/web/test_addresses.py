"""No address of a page is a dead end: a form's own address leads to the page of the form."""

import re

import pytest
from flask import Flask

from tests.orders.shopping import ask, bought, small_town
from tests.support.people import sign_up_person

PART = re.compile(r"<(?:[^<>:]+:)?(\w+)>")


def addresses(app: Flask, methods: set[str]) -> list[str]:
    """Return the rules of pages that take all of ``methods``."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if methods <= (rule.methods or set()) and not rule.rule.startswith("/api/")
    ]


def test_every_address_of_a_page_can_be_asked_for(app: Flask) -> None:
    client = app.test_client()
    rules = addresses(app, set())

    refused = [rule for rule in rules if client.get(PART.sub("x", rule)).status_code == 405]

    assert len(rules) > 40
    assert refused == []


@pytest.mark.parametrize("part", ["//a.test/", "/><svg onload=hit=1>", "x//y"])
def test_an_address_with_slashes_too_many_is_refused_on_a_page_of_ours(
    app: Flask, part: str
) -> None:
    client = app.test_client()
    rules = [one for one in addresses(app, {"GET"}) if PART.search(one)]

    told = {rule: client.get(PART.sub(part, rule)).status_code for rule in rules}

    assert len(told) > 10
    assert set(told.values()) == {404}, told


def test_the_address_of_a_form_leads_to_a_page_that_is_there(app: Flask) -> None:
    town = small_town(app, lambda handle: sign_up_person(app, handle))
    order = bought(town)
    refund_id = ask(town, order, key="1", quantity=1).get_json()["id"]
    ids = {"order_id": order["id"], "refund_id": refund_id, "handle": "eve", "note_id": "note_x"}
    ids["checkout_id"] = order["checkout_id"]
    client, led = town.bob.client, {}
    for rule in addresses(app, {"POST"}):
        answer = client.get(PART.sub(lambda part: ids.get(part[1], "x"), rule))
        if answer.status_code == 303:
            led[rule] = answer.headers["Location"]

    settings = {url for rule, url in led.items() if rule.startswith("/settings/")}
    assert {url.partition("#")[0] for url in settings} == {"/settings"}
    shown = client.get("/settings").text
    assert [url for url in settings if f'id="{url.partition("#")[2]}"' not in shown] == []
    where = f"/orders/{order['id']}"
    assert led["/orders/<order_id>/refunds"] == f"{where}#ask-back"
    assert led["/refunds/<refund_id>/decision"] == f"{where}#refunds"
    assert led["/u/<handle>/follow"] == "/u/eve"
    gone = {url for url in led.values() if client.get(url).status_code != 200}
    assert gone == {"/note/note_x"}


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/settings/addresses?next=/checkout", "/settings?next=/checkout#addresses"),
        ("/u/a%3Fb%23c%5C/follow", "/u/a%3Fb%23c%5C"),
        ("/preferences?x=%0d%0aSet-Cookie:y", "/?x=%0d%0aSet-Cookie:y"),
    ],
)
def test_a_query_goes_along_and_nobody_is_led_away(app: Flask, address: str, page: str) -> None:
    assert app.test_client().get(address).headers["Location"] == page


def test_a_refund_leads_only_who_may_see_it_to_its_order(app: Flask) -> None:
    town = small_town(app, lambda handle: sign_up_person(app, handle))
    refund_id = ask(town, bought(town), key="1", quantity=1).get_json()["id"]
    where = f"/refunds/{refund_id}/decision"

    answers = [who.client.get(where).status_code for who in (town.staff, town.bob, town.eve)]

    assert answers == [303, 303, 404]
    assert town.bob.client.get("/refunds/rfd_x/decision").status_code == 404


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_to_which_nothing_can_be_sent_says_so_to_people(app: Flask, lang: str) -> None:
    answer = app.test_client().put("/cart", headers={"Accept-Language": lang})

    assert (answer.status_code, "Allow" in answer.text) == (405, False)
    plain = "Nothing can be sent to this address" if lang == "en" else "不能向这个地址发送内容"
    assert plain in answer.text
    assert "GET" in answer.headers["Allow"]
