"""`trove`, with a twin in it: `python -m tests.races.planted WORDS…`; see `tests.races.twins`.

A server that forks, or starts its processes anew, plants it in each.
"""

import os
import sys

from tests.races import twins

twins.plant(os.environ.get("TROVE_TEST_TWIN", ""))

from app.cli.main import main  # noqa: E402 - after the planting

if __name__ == "__main__":
    sys.exit(main())
