"""`trove` with a fault in it: `python -m tests.kills.planted WORDS…`.

The answer to a request is kept in a transaction of its own, after the one that did the work: who is
killed between the two, and sends again, gets a second thing. The kills must find it, and the storm,
which strikes at any moment, with `PLANTED_PAUSE` seconds between the two.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial

from app.cli import processes
from app.platform import idempotency
from app.platform.idempotency import Answer, Claim
from app.platform.uow import UnitOfWork, transact
from app.web import edge

PAUSE_SECONDS = float(os.environ.get("PLANTED_PAUSE", "0"))


def _once_in_two(uow: UnitOfWork, claim: Claim, work: Callable[[UnitOfWork], Answer]) -> edge.Done:
    answer = work(uow)
    uow.after_commit(lambda: transact(partial(_keep, claim, answer)))
    return edge.Done(answer, replayed=False)


def _keep(claim: Claim, answer: Answer, later: UnitOfWork) -> None:
    time.sleep(PAUSE_SECONDS)
    idempotency.begin(later, claim)
    idempotency.keep_answer(later, claim, answer)


edge._once = _once_in_two
processes.PROGRAM = "tests.kills.planted"

if __name__ == "__main__":
    from app.cli.main import main

    sys.exit(main())
