"""Facts that the discovery room publishes, for itself."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event


@dataclass(frozen=True, slots=True)
class DocChanged(Event):
    """What the index holds of a thing is out of date; ``doc`` is `kind/id`."""

    topic: ClassVar[str] = "discovery.doc-changed.v1"
    key: ClassVar[str] = "doc"
    doc: str
