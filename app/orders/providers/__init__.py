"""Payment providers behind one port."""

from flask import Flask

from app.orders.providers.fake import FakeProvider
from app.orders.providers.port import PaymentProvider
from app.orders.providers.sandbox import SandboxProvider
from app.platform import adapters
from app.platform.keys import Keys
from app.settings import Settings


def provide(app: Flask, settings: Settings) -> None:
    """Put the provider that the settings name behind the port."""
    keys: Keys = app.extensions["trove_keys"]
    provider: PaymentProvider = FakeProvider()
    if settings.payment == "sandbox":
        url = f"http://127.0.0.1:{settings.bank_port}"
        provider = SandboxProvider(url, keys.derive("sandbox"))
    adapters.provide(app, PaymentProvider, provider)
