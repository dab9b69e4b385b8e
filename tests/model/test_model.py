"""The shop agrees with its model, whatever is done to it."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.acts import build
from tests.model.machine import Sale, Trading
from tests.support.engines import one_mode

pytestmark = [pytest.mark.slow, one_mode, pytest.mark.timeout(3600)]

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
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("town")
def test_a_payment_of_nothing_keeps_no_other_from_being_heard_of() -> None:
    trading = Trading()
    try:
        trading.reprice(product="pot", price=1)
        for product, behaviour in (("pot", "wrong_amount"), ("tea", "normal")):
            sale = Sale("ann", {product: 1}, [], behaviour=behaviour)
            trading.pay_unheard(sale=sale, then="ask")
        trading.orders_agree()
        trading.money_agrees()
        assert {one.state for one in trading.shop.orders} == {"placed", "paid"}
    finally:
        trading.teardown()
