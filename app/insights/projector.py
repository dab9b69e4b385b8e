"""What the insights room does when something happened elsewhere."""

from app.insights import commands
from app.insights.queries.audits import LINE_TOPICS, LINES, TOUCH_TOPICS, TOUCHES
from app.kernel.ids import LineId
from app.platform.subscribers import Delivered, Projector
from app.platform.uow import UnitOfWork


def _line(uow: UnitOfWork, event: Delivered) -> None:
    commands.keep_lines(uow, line_ids=[LineId(event.body["line_id"])])


def _touches(uow: UnitOfWork, event: Delivered) -> None:
    first, last = event.body["first_seq"], event.body["last_seq"]
    commands.count_touches(uow, first_seq=first, last_seq=last)


SUBSCRIBERS = (
    Projector(LINES, LINE_TOPICS, _line),
    Projector(TOUCHES, TOUCH_TOPICS, _touches),
)
