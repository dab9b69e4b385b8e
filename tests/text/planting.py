"""Holes that are put into templates, for the judges to find."""

from typing import Any

from flask import Flask
from jinja2 import FunctionLoader


def plant(app: Flask, template: str, right: str, wrong: str) -> None:
    """Have ``app`` render a template in which ``right`` is ``wrong``; it must stand there."""
    loader = app.jinja_env.loader
    assert loader is not None

    def planted(name: str) -> Any:
        source, path, fresh = loader.get_source(app.jinja_env, name)
        assert name != template or right in source
        return source.replace(right, wrong) if name == template else source, path, fresh

    app.jinja_env.loader = FunctionLoader(planted)
    app.jinja_env.bytecode_cache = None
