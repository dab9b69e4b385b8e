"""The web process's entry: `app` for any WSGI server."""

from app.factory import create_app
from app.platform.db import start_pulse
from app.platform.process import end_with_parent, quick_switches
from app.settings import settings_or_exit
from app.web.layer import AccessLog, init_logging

end_with_parent()
quick_switches()
init_logging()
settings = settings_or_exit()
start_pulse(settings.database)
app = create_app(settings, log=AccessLog())
