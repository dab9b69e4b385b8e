"""Facts that the touches room publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event


@dataclass(frozen=True, slots=True)
class TouchesRecorded(Event):
    """A batch of touches was written; sequence numbers, both ends included."""

    topic: ClassVar[str] = "touches.recorded.v1"
    key: ClassVar[str] = ""
    first_seq: int
    last_seq: int
