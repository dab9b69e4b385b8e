"""What the insights room does when something happened elsewhere."""

from app.events.attribution import LineCredited, LineRefunded, LineReleased
from app.events.touches import TouchesRecorded
from app.insights import commands
from app.kernel.ids import LineId
from app.platform.subscribers import Delivered, Projector
from app.platform.uow import UnitOfWork


def _line(uow: UnitOfWork, event: Delivered) -> None:
    commands.keep_line(uow, line_id=LineId(event.body["line_id"]))


def _touches(uow: UnitOfWork, event: Delivered) -> None:
    first, last = event.body["first_seq"], event.body["last_seq"]
    commands.count_touches(uow, first_seq=first, last_seq=last)


SUBSCRIBERS = (
    Projector(
        "insights.lines",
        frozenset({LineCredited.topic, LineRefunded.topic, LineReleased.topic}),
        _line,
    ),
    Projector("insights.touches", frozenset({TouchesRecorded.topic}), _touches),
)
