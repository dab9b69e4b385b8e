"""What is kept of a picture; apart, so that the web process need not load the codecs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture's upright size in pixels, its average colour (`#rrggbb`), WebP bytes by width."""

    width: int
    height: int
    color: str
    renditions: dict[int, bytes]
