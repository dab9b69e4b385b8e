"""The entry of `trove`. Exit codes: 0 done, 1 a problem was found, 2 usage."""

import contextlib
import sys
from pathlib import Path

from app.cli import processes
from app.cli.refusals import told


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    if len(sys.argv) == 2 and sys.argv[1] in processes.KINDS:
        # These live as long as the site, and it is waited for: they load no command line.
        with told(), contextlib.suppress(KeyboardInterrupt):
            processes.begin(sys.argv[1])
        return 0
    from app.cli.commands import trove

    return int(trove(standalone_mode=True) or 0)


if __name__ == "__main__":
    sys.exit(main())
