"""What every journey leaves behind keeps the rules."""

from collections.abc import Callable, Generator

import pytest

from tests.support.rules import hold_to_rules


@pytest.fixture(autouse=True)
def _rules(drain: Callable[[], int]) -> Generator[None]:
    yield
    drain()
    hold_to_rules()
