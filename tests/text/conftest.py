"""One application for all texts: each round makes things of its own in it."""

from tests.api.conftest import site

__all__ = ["site"]
