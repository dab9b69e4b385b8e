"""How much commission a merchant may offer."""

import pytest

from app.kernel.money import BP
from app.programmes.errors import RateTooHigh
from app.programmes.rules import RATE_BP_MAX, check_rate
from app.settings import Settings

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("rate_bp", [0, 1, RATE_BP_MAX])
def test_a_usual_rate_may_be_offered(rate_bp: int) -> None:
    check_rate(rate_bp)


def test_a_rate_that_is_too_high_is_refused_with_the_highest_there_is() -> None:
    with pytest.raises(RateTooHigh) as refused:
        check_rate(RATE_BP_MAX + 1)

    assert refused.value.facts == {"rate_bp": RATE_BP_MAX + 1, "most_bp": RATE_BP_MAX}


def test_with_the_highest_fee_there_is_no_rate_takes_more_than_the_whole() -> None:
    (highest,) = [one.le for one in Settings.model_fields["fee_bp"].metadata if hasattr(one, "le")]

    assert highest + RATE_BP_MAX <= BP
