"""Limits are one for all web processes that share a Redis, and hold when it is dead or silent."""

import contextvars
import secrets
import time
from collections.abc import Callable, Generator

import pytest
from flask import Flask

from app import factory
from app.platform.db import db
from app.settings import Settings
from tests.support.engines import service_url
from tests.support.proxy import Between, between
from tests.support.waiting import wait_until

pytestmark = pytest.mark.service
TRIES = 7
Ask = Callable[[Flask], int]


@pytest.fixture
def proxied() -> Generator[tuple[Between, str]]:
    with between(service_url("REDIS")) as made:
        yield made


@pytest.fixture
def settings(settings: Settings, proxied: tuple[Between, str]) -> Settings:
    """Settings with limits in Redis."""
    return settings.model_copy(update={"limits": True, "redis_url": proxied[1]})


@pytest.fixture
def other(settings: Settings, app: Flask) -> Generator[Flask]:
    """Another web process's application on the same database and Redis."""
    del app
    made = factory.create_app(settings)
    yield made
    with made.app_context():
        for engine in db.engines.values():
            engine.dispose()
    factory.close(made)


@pytest.fixture
def ask() -> Ask:
    """Try to sign in as one and the same person, from one address; return the status."""
    login = f"{secrets.token_hex(6)}@example.org"

    def run(app: Flask) -> int:
        body = {"login": login, "password": "not the password"}
        client = app.test_client()
        answer = contextvars.Context().run(lambda: client.post("/api/v1/sessions", json=body))
        return int(answer.status_code)

    return run


def test_two_processes_count_together(app: Flask, other: Flask, ask: Ask) -> None:
    said = [ask((app, other)[number % 2]) for number in range(TRIES)]

    assert said == [401] * 5 + [429] * 2


@pytest.mark.parametrize("how", ["leave", "hold"])
def test_a_redis_that_is_gone_or_silent_costs_no_answer_and_no_limit(
    app: Flask, proxied: tuple[Between, str], ask: Ask, how: str
) -> None:
    proxy, _ = proxied
    assert ask(app) == 401
    getattr(proxy, how)()

    begun = time.monotonic()
    said = [ask(app) for _ in range(TRIES)]
    took = time.monotonic() - begun

    assert 500 not in said
    assert said[-1] == 429
    assert said.count(401) <= 5
    # Far less than a client's patience, however slow the machine: it is asked once, not each time.
    assert took < 20


def test_limits_are_shared_again_when_it_is_back(
    app: Flask, other: Flask, proxied: tuple[Between, str], ask: Ask
) -> None:
    proxy, _ = proxied
    proxy.leave()
    assert ask(app) == 401
    proxy.come_back()

    assert wait_until(lambda: _counts_together(app, other), 60)


def _counts_together(app: Flask, other: Flask) -> bool:
    login = f"{secrets.token_hex(6)}@example.org"
    body = {"login": login, "password": "not the password"}
    said = [
        contextvars.Context().run(
            lambda one=one: one.test_client().post("/api/v1/sessions", json=body).status_code
        )
        for one in (app, other, app, other, app, other, app)
    ]
    return said[-2:] == [429, 429]
