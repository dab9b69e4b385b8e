"""What the attribution room does by the clock."""

from datetime import timedelta
from functools import partial

from app.attribution import commands, queries
from app.platform.queue import Job
from app.platform.seals import seal_due
from app.platform.uow import snapshot, transact

BATCH = 100


def regrade_due() -> int:
    """Look at lines again a day after their payment; return how many."""
    with snapshot() as view:
        before = view.now - commands.GRACE
        due = queries.due_to_regrade(view, before=before, limit=BATCH)
    for line_id in due:
        transact(partial(commands.regrade, line_id=line_id, stage="grace"))
    return len(due)


JOBS = (
    Job("attribution.regrade", timedelta(minutes=10), regrade_due),
    Job("attribution.seal", timedelta(minutes=5), partial(seal_due, queries.SEALED)),
)
