"""A town to buy in; what every test leaves behind keeps the rules."""

from collections.abc import Callable, Generator

import pytest
from flask import Flask

from tests.orders.shopping import SignUp, Town, small_town
from tests.support.rules import hold_to_rules


@pytest.fixture
def town(app: Flask, sign_up: SignUp) -> Town:
    return small_town(app, sign_up)


@pytest.fixture(autouse=True)
def _rules(request: pytest.FixtureRequest) -> Generator[None]:
    if "app" not in request.fixturenames:
        yield
        return
    drain: Callable[[], int] = request.getfixturevalue("drain")
    yield
    drain()
    hold_to_rules()
