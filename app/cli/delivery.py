"""What a command leaves behind: events, which the worker delivers, or the command itself."""

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
    from app.platform.leases import give_up, name_of_this_process
    from app.platform.process import AlreadyServing, Duty, hold_duty
    from app.platform.uow import transact

    try:
        holding = hold_duty(settings.folders, "worker") if settings.one_worker else Duty([])
    except AlreadyServing:
        return False
    app = factory.create_app(settings, index_writes=True, patient=True)
    total = 0
    holder = name_of_this_process(alone=settings.on_sqlite)
    with app.app_context():
        while True:
            done = queue.run_due(factory.jobs(), holder=holder) if due else 0
            done += relay.drain(factory.subscribers(), holder=holder)
            if not done:
                break
            total += done
            tell(total)
        transact(lambda uow: give_up(uow, holder=holder))
    factory.close(app)
    holding.give_up()
    return True
