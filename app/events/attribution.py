"""Facts that the attribution room publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import LineId


@dataclass(frozen=True, slots=True)
class LineCredited(Event):
    """A paid line was credited, or credited otherwise than before."""

    topic: ClassVar[str] = "attribution.line-credited.v1"
    key: ClassVar[str] = "line_id"
    line_id: LineId


@dataclass(frozen=True, slots=True)
class LineRefunded(Event):
    """Money of a line went back, and with it what others had of it."""

    topic: ClassVar[str] = "attribution.line-refunded.v1"
    key: ClassVar[str] = "line_id"
    line_id: LineId


@dataclass(frozen=True, slots=True)
class LineReleased(Event):
    """A line's hold is over; its receipt is final."""

    topic: ClassVar[str] = "attribution.line-released.v1"
    key: ClassVar[str] = "line_id"
    line_id: LineId
