"""The screening room's door: pure, so that any room may ask."""

from app.screening.rules import Flag, Verdict, screen

__all__ = ["Flag", "Verdict", "screen"]
