"""What a command leaves behind: events, which the worker delivers, or the command itself."""

import os
from collections.abc import Callable

from app.settings import Settings


def deliver(
    settings: Settings, *, due: bool = False, tell: Callable[[int], None] = lambda _done: None
) -> bool:
    """Deliver what waits, and with ``due`` do what is due; tell whether that was done here.

    Where a worker runs it does so anyway.
    """
    from app import factory
    from app.platform import queue, relay
    from app.platform.leases import FOLDERS_WORKER
    from app.platform.process import AlreadyServing, hold_duty

    try:
        holding = hold_duty(settings.data_dir, "worker")
    except AlreadyServing:
        return False
    app = factory.create_app(settings, index_writes=True, patient=True)
    total = 0
    with app.app_context():
        while True:
            done = queue.run_due(factory.jobs(), holder=FOLDERS_WORKER) if due else 0
            done += relay.drain(factory.subscribers(), holder=FOLDERS_WORKER)
            if not done:
                break
            total += done
            tell(total)
    factory.close(app)
    os.close(holding)
    return True
