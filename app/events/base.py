"""What every published fact has."""

from dataclasses import dataclass
from typing import ClassVar

TOPICS: dict[str, type["Event"]] = {}
"""Every topic there is, by name; filled as the classes are defined."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, in the past tense: ids and whole numbers only, never a row.

    Whoever hears it re-reads what it needs, so that order and repeats do not matter.
    """

    topic: ClassVar[str] = ""
    key: ClassVar[str] = ""
    """The field whose value keeps deliveries of one thing in order."""

    def __init_subclass__(cls) -> None:
        """Enter the topic in the registry."""
        # A dataclass with slots is built twice; the second class is the one that stays.
        TOPICS[cls.topic] = cls
