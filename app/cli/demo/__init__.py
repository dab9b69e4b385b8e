"""The demo town, and the commands that make it, leave it and let time pass in it."""

from app.cli.demo.commands import register

__all__ = ["register"]
