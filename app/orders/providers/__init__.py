"""Payment providers behind one port."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def provide(app: "Flask", settings: "Settings") -> None:
    """Put the provider that the settings name behind the port."""
    # The sandbox's own program passes by here, and needs nothing of the site.
    from app.orders.providers.fake import FakeProvider  # noqa: PLC0415 - see above
    from app.orders.providers.port import PaymentProvider  # noqa: PLC0415 - see above
    from app.orders.providers.sandbox import SandboxProvider  # noqa: PLC0415 - see above
    from app.platform import adapters  # noqa: PLC0415 - see above
    from app.platform.keys import Keys  # noqa: PLC0415 - see above

    keys: Keys = app.extensions["trove_keys"]
    provider: PaymentProvider = FakeProvider()
    if settings.payment == "sandbox":
        url = f"http://127.0.0.1:{settings.bank_port}"
        provider = SandboxProvider(url, keys.derive("sandbox"))
    adapters.provide(app, PaymentProvider, provider)


def close() -> None:
    """Give back what the provider of this application holds."""
    from app.orders.providers.port import PaymentProvider  # noqa: PLC0415 - see above
    from app.platform.adapters import adapter  # noqa: PLC0415 - see above

    adapter(PaymentProvider).close()
