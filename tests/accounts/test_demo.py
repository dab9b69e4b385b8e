"""Looking around as somebody of the demo: there, from this machine, and as nobody else."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api as accounts
from app.settings import Settings
from tests.accounts.visits import csrf_of, me, submit
from tests.support.people import Person
from tests.support.town import open_shop

SignUp = Any


class TestDemo:
    """Looking around as somebody of the demo."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Settings of a demo."""
        return settings.model_copy(update={"demo": True})

    def mark(self, unit: Any, person: Person) -> None:
        with unit() as uow:
            accounts.mark_demo(uow, account_id=person.id)

    @pytest.mark.parametrize("remote", ["127.0.0.1", "127.8.8.8", "::1"])
    def test_one_click_signs_in_from_this_machine(
        self, sign_up: SignUp, unit: Any, client: FlaskClient, remote: str
    ) -> None:
        self.mark(unit, sign_up("ann"))

        here = {"REMOTE_ADDR": remote}
        answer = submit(
            client, "/signin", "/demo/sign-in?next=/cart", {"handle": "ann"}, environ_overrides=here
        )

        assert (answer.status_code, answer.headers["Location"]) == (303, "/cart")
        assert me(client).json["handle"] == "ann"

    @pytest.mark.parametrize(
        ("role", "home"),
        [
            ("reader", "/"),
            ("creator", "/studio"),
            ("brand", "/brand/teashop_brand"),
            ("merchant", "/shop/teashop/orders"),
        ],
    )
    def test_the_bar_leads_where_that_person_would_go(
        self, sign_up: SignUp, unit: Any, client: FlaskClient, role: str, home: str
    ) -> None:
        person = sign_up("ann")
        open_shop(person, "teashop")
        with unit() as uow:
            accounts.mark_demo(uow, account_id=person.id, role=role)

        leads = {page: _bar(client, page) for page in ("/search?q=tea", "/signin?next=/cart")}

        assert leads == {"/search?q=tea": home, "/signin?next=/cart": "/cart"}
        assert person.client.get(home).status_code == 200

    @pytest.mark.parametrize("remote", ["203.0.113.1", "10.0.0.1", "", "localhost"])
    def test_nobody_signs_in_so_from_elsewhere(
        self, sign_up: SignUp, unit: Any, client: FlaskClient, remote: str
    ) -> None:
        self.mark(unit, sign_up("ann"))

        there = {"REMOTE_ADDR": remote}
        answer = submit(
            client, "/signin", "/demo/sign-in", {"handle": "ann"}, environ_overrides=there
        )

        assert answer.status_code == 404
        assert me(client).status_code == 401

    @pytest.mark.parametrize(
        "said",
        [
            {"headers": {"X-Forwarded-For": "127.0.0.1"}},
            {"headers": {"X-Forwarded-For": "203.0.113.9"}},
            {"headers": {"Forwarded": "for=127.0.0.1"}},
            {"headers": {"X-Real-IP": "127.0.0.1"}},
            {"base_url": "http://trove.example"},
            {"base_url": "http://127.0.0.1.trove.example:8000"},
        ],
        ids=str,
    )
    def test_what_a_tunnel_or_another_site_sends_on_is_not_from_here(
        self, sign_up: SignUp, unit: Any, client: FlaskClient, said: dict[str, Any]
    ) -> None:
        self.mark(unit, sign_up("ann"))
        here = {"REMOTE_ADDR": "127.0.0.1"}

        form = {"csrf_token": csrf_of(client, "/signin", **said), "handle": "ann"}
        answer = client.post("/demo/sign-in", data=form, environ_overrides=here, **said)

        assert answer.status_code == 404
        assert b'action="/demo/sign-in' not in client.get("/signin", **said).data

    def test_an_address_that_a_caller_makes_up_counts_for_nothing(
        self, settings: Settings, sign_up: SignUp, unit: Any, app: Flask
    ) -> None:
        """Even were the proxy that is trusted the caller itself; settings refuse it at the start."""
        from werkzeug.middleware.proxy_fix import ProxyFix

        self.mark(unit, sign_up("ann"))
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
        client = app.test_client()

        answer = submit(
            client,
            "/signin",
            "/demo/sign-in",
            {"handle": "ann"},
            environ_overrides={"REMOTE_ADDR": "203.0.113.1"},
            headers={"X-Forwarded-For": "127.0.0.1"},
        )

        assert answer.status_code == 404

    def test_only_people_of_the_demo_are_lent(self, sign_up: SignUp, client: FlaskClient) -> None:
        sign_up("ann")

        for handle in ("ann", "nobody"):
            assert submit(client, "/signin", "/demo/sign-in", {"handle": handle}).status_code == 404


def _bar(client: FlaskClient, page: str) -> str:
    html = client.get(page).get_data(as_text=True)
    (target,) = re.findall(r'action="(/demo/sign-in[^"]*)"', html)
    led = submit(client, "/search", target, {"handle": "ann"})
    client.delete_cookie("session")
    return str(led.headers["Location"])


def test_without_a_demo_nobody_signs_in_by_one_click(
    sign_up: SignUp, unit: Any, client: FlaskClient
) -> None:
    person = sign_up("ann")
    with unit() as uow:
        accounts.mark_demo(uow, account_id=person.id)

    assert submit(client, "/signin", "/demo/sign-in", {"handle": "ann"}).status_code == 404
