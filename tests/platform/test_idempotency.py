"""A request sent twice is done once and answered alike, over JSON and by form."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.platform import idempotency
from app.platform.uow import snapshot, unit_of_work
from app.settings import Settings
from tests.accounts.visits import csrf_of
from tests.orders.shopping import small_town
from tests.support.people import Person
from tests.support.town import add_address, post
from tests.support.waiting import wait_until

SignUp = Callable[..., Person]

PATH = "/api/v1/me/addresses"
HOME = {
    "recipient": "林夏",
    "phone": "+8613812341234",
    "region": "上海市",
    "street": "南京西路 1 号",
}

DIE = """
import os, sys
from pathlib import Path
from app import factory
from app.platform.idempotency import Answer, Claim, keep_answer
from app.platform.uow import unit_of_work
from app.settings import Settings
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[2],
                    search_url="memory:", media_url="memory:", payment="none", testing=True)
with factory.create_app(settings).app_context(), unit_of_work() as uow:
    keep_answer(uow, Claim("acc", "POST /x", "k", "d"), Answer(200, b"{}"))
    print("kept", flush=True)
    os._exit(9)
"""


def kept() -> int:
    """Return how many answers are kept."""
    with snapshot() as view:
        return int(view.value(text("SELECT count(*) FROM platform_idempotency")))


def addresses(who: Person) -> list[Any]:
    """Return the addresses that somebody has."""
    return list(who.client.get(PATH, headers=who.bearer).json["items"])


def test_the_same_request_again_gets_the_stored_answer(sign_up: SignUp) -> None:
    ann = sign_up("ann")

    first = post(ann, PATH, HOME, key="k1")
    again = post(ann, PATH, HOME, key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.data == first.data
    assert len(addresses(ann)) == 1


def test_another_body_under_the_same_key_is_refused(sign_up: SignUp) -> None:
    ann = sign_up("ann")
    post(ann, PATH, HOME, key="k1")

    other = post(ann, PATH, {**HOME, "street": "别处"}, key="k1")

    assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")
    assert other.json["hint"]
    assert len(addresses(ann)) == 1


def test_a_key_counts_for_one_person_and_one_operation(sign_up: SignUp) -> None:
    ann, bob = sign_up("ann"), sign_up("bob")
    made = post(ann, PATH, HOME, key="k1").json["id"]

    others = post(bob, PATH, HOME, key="k1")
    patched = post(ann, f"{PATH}/{made}", {"street": "别处"}, key="k1", method="PATCH")

    assert (others.status_code, patched.status_code) == (201, 200)
    assert "Idempotency-Replayed" not in others.headers
    assert len(addresses(bob)) == 1


def test_a_key_belongs_to_one_thing_of_an_operation(sign_up: SignUp) -> None:
    ann = sign_up("ann")
    one, two = (post(ann, PATH, {**HOME, "street": each}).json["id"] for each in "一二")
    post(ann, f"{PATH}/{one}", {"street": "别处"}, key="k1", method="PATCH")

    other = post(ann, f"{PATH}/{two}", {"street": "别处"}, key="k1", method="PATCH")

    assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")


def test_while_the_first_request_runs_the_second_is_told_to_wait(
    app: Flask, sign_up: SignUp
) -> None:
    ann = sign_up("ann")
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(post(ann, PATH, HOME, key="k1")))
    with unit_of_work():
        first.start()
        assert wait_until(lambda: idempotency._running, 10)
        second = post(ann, PATH, HOME, key="k1")
        assert (second.status_code, second.json["code"]) == (409, "idempotency-key-running")
    first.join()

    assert [one.status_code for one in answers] == [201]
    assert post(ann, PATH, HOME, key="k1").headers["Idempotency-Replayed"] == "true"
    assert len(addresses(ann)) == 1


def test_a_request_that_was_refused_leaves_its_key_free(sign_up: SignUp) -> None:
    ann = sign_up("ann")
    refused = post(ann, PATH, {**HOME, "phone": "1"}, key="k1")
    assert refused.status_code == 422
    assert kept() == 0

    assert post(ann, PATH, HOME, key="k1").status_code == 201


def test_a_refusal_in_the_middle_of_the_work_leaves_its_key_free(
    app: Flask, sign_up: SignUp
) -> None:
    town = small_town(app, sign_up, stock=1)
    wants = {"lines": [{"sku_id": town.thing.sku_id, "quantity": 1}]}
    bodies = [
        {
            "preview": post(who, "/api/v1/checkouts/previews", wants).json["preview"],
            "address_id": add_address(who.id),
        }
        for who in (town.bob, town.eve)
    ]
    assert post(town.eve, "/api/v1/checkouts", bodies[1], key="k").status_code == 201

    assert post(town.bob, "/api/v1/checkouts", bodies[0], key="k").status_code == 409
    assert kept() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("app")
def test_a_process_that_dies_before_the_commit_leaves_no_claim(settings: Settings) -> None:
    command = [sys.executable, "-c", DIE, str(settings.data_dir), settings.database_url]
    died = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (died.returncode, died.stdout) == (9, "kept\n"), died.stderr
    assert kept() == 0
    with unit_of_work() as uow:
        claim = idempotency.Claim("acc", "POST /x", "k", "d")
        assert idempotency.find_answer(uow, claim) is None


@pytest.mark.parametrize("key", ["x" * 81, "a\x7fb", "\u00e9\u0080"])
def test_a_key_that_is_none_is_refused_at_its_header(sign_up: SignUp, key: str) -> None:
    ann = sign_up("ann")

    refused = post(ann, PATH, HOME, key=key)

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/headers/Idempotency-Key"
    assert addresses(ann) == []


def test_where_money_moves_a_key_is_needed(app: Flask, sign_up: SignUp) -> None:
    town = small_town(app, sign_up)
    wants = {"lines": [{"sku_id": town.thing.sku_id, "quantity": 1}]}
    preview = post(town.bob, "/api/v1/checkouts/previews", wants).json["preview"]
    body = {"preview": preview, "address_id": add_address(town.bob.id)}

    refused = post(town.bob, "/api/v1/checkouts", body)

    assert (refused.status_code, refused.json["code"]) == (400, "idempotency-key-missing")
    assert post(town.bob, "/api/v1/checkouts", body, key="k").status_code == 201


def test_a_form_sent_twice_is_done_once_and_leads_to_the_same_place(sign_up: SignUp) -> None:
    ann = sign_up("ann")
    form = {
        **HOME,
        "csrf_token": csrf_of(ann.client, "/settings"),
        "idempotency_key": "rendered-1",
    }

    first = ann.client.post("/settings/addresses", data=form)
    renewed = {**form, "csrf_token": csrf_of(ann.client, "/settings")}
    again = ann.client.post("/settings/addresses", data=renewed)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(addresses(ann)) == 1


def test_a_form_with_another_input_under_its_key_is_refused_on_a_page(sign_up: SignUp) -> None:
    ann = sign_up("ann")
    form = {
        **HOME,
        "csrf_token": csrf_of(ann.client, "/settings"),
        "idempotency_key": "rendered-1",
    }
    ann.client.post("/settings/addresses", data=form)

    other = ann.client.post("/settings/addresses", data={**form, "street": "别处"})

    assert other.status_code == 422
    assert other.mimetype == "text/html"
    assert len(addresses(ann)) == 1


def test_every_page_gives_its_forms_a_key_of_their_own(sign_up: SignUp) -> None:
    import re

    ann = sign_up("ann")
    found = [
        re.findall(r'name="idempotency_key"\s+value="([^"]+)"', ann.client.get("/settings").text)
        for _ in range(2)
    ]

    assert found[0]
    assert not set(found[0]) & set(found[1])


def test_answers_are_forgotten_after_a_week(
    sign_up: SignUp, pass_time: Callable[..., None]
) -> None:
    ann = sign_up("ann")
    post(ann, PATH, HOME, key="k1")
    pass_time(days=idempotency.KEPT_DAYS, minutes=-1)
    with unit_of_work() as uow:
        assert idempotency.prune(uow) == 0
    pass_time(minutes=2)

    with unit_of_work() as uow:
        assert idempotency.prune(uow) == 1
    assert timedelta(days=idempotency.KEPT_DAYS) >= timedelta(hours=24)
