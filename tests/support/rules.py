"""Every row held to the rules of `trove doctor --deep`, after a test has done its work."""

from app.cli import deep
from app.platform.uow import snapshot


def hold_to_rules() -> None:
    """Fail where a rule is broken; what waits for events that nobody delivered is not judged."""
    with snapshot() as view:
        broken = {
            f"{one.invariant.number} {one.invariant.rule}": one.broken
            for one in deep.judge(view)
            if one.broken
        }
    assert broken == {}
