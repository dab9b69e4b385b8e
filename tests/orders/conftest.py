"""A town to buy in."""

import pytest
from flask import Flask

from tests.orders.shopping import SignUp, Town, small_town


@pytest.fixture
def town(app: Flask, sign_up: SignUp) -> Town:
    return small_town(app, sign_up)
