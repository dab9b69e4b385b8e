"""What stands behind each port in this process; chosen by the factory, asked for by its type."""

from typing import Any, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")

_KEY = "trove_adapters"


def provide(app: Flask, port: type[T], adapter: T) -> None:
    """Let ``adapter`` stand behind ``port`` in ``app``; only the factory and tests call this."""
    app.extensions.setdefault(_KEY, {})[port] = adapter


def adapter(port: type[T]) -> T:
    """Return what stands behind ``port``.

    Raises:
        KeyError: the factory provided none, which is a fault of the house.

    """
    adapters: dict[type[Any], Any] = current_app.extensions[_KEY]
    return cast("T", adapters[port])
