"""What the ledger does by the clock."""

from datetime import timedelta
from functools import partial

from app.ledger import queries
from app.platform.queue import Job
from app.platform.seals import seal_due

JOBS = (Job("ledger.seal", timedelta(minutes=5), partial(seal_due, queries.SEALED)),)
