"""The web process's entry: `app` for any WSGI server."""

from app.platform import process

with process.loading():
    from app.factory import create_app
    from app.platform.db import start_pulse
    from app.settings import settings_or_exit
    from app.web.layer import AccessLog, init_logging

    process.load_in_server()
    init_logging()
    settings = settings_or_exit()
    start_pulse(settings.database)
    app = create_app(settings, log=AccessLog())
    app.extensions["trove_counts"].begin("web")
