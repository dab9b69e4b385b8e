"""What the touches room does by the clock."""

from datetime import timedelta

from app.platform.queue import Job
from app.platform.uow import unit_of_work
from app.touches import commands


def forget_spent() -> int:
    """Forget tokens that could not be used again anyway; return how many."""
    with unit_of_work() as uow:
        return commands.forget_spent(uow)


JOBS = (Job("touches.forget-spent", timedelta(hours=6), forget_spent),)
