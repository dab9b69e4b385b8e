"""The shop agrees with its model, whatever is done to it."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.acts import build
from tests.model.machine import Trading

pytestmark = pytest.mark.slow

SHRINKS = os.environ.get("MODEL_SHRINKS", "1") == "1"
PHASES = [one for one in Phase if SHRINKS or one is Phase.generate]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> None:
    folder = tmp_path_factory.mktemp("model")
    Trading.town = build(folder, empty_database), folder


@pytest.mark.usefixtures("town")
def test_whatever_is_done_the_shop_agrees_with_its_model() -> None:
    run_state_machine_as_test(
        Trading,
        settings=settings(
            max_examples=int(os.environ.get("MODEL_EXAMPLES", "20")),
            stateful_step_count=40,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
