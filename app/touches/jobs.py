"""What the touches room does by the clock."""

from datetime import timedelta

from app.platform.queue import Job
from app.platform.uow import transact
from app.touches import commands


def forget_spent() -> int:
    """Forget tokens that could not be used again anyway; return how many."""
    return transact(commands.forget_spent)


JOBS = (Job("touches.forget-spent", timedelta(hours=6), forget_spent),)
