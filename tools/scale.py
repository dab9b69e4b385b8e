"""Serve Trove with two web and two worker processes on the services of this checkout.

The demo town is made as in a small installation, then moved to PostgreSQL, the bucket and the
search server, by the commands that docs/grow.md names. Each step may be repeated: killed at any
moment, the next run goes on from there. Services that the environment names are taken as they are.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TROVE = [sys.executable, "-m", "app.cli.main"]
ENGINES = ("TROVE_DATABASE_URL", "TROVE_SEARCH_URL", "TROVE_REDIS_URL", "TROVE_MEDIA_URL")
PROCESSES = {"TROVE_WEB_PROCESSES": "2", "TROVE_WORKER_PROCESSES": "2"}


def main() -> None:
    """Bring everything to where it is to be, and become `trove run`."""
    engines = _engines()
    folder = Path(os.environ.get("TROVE_DATA_DIR") or ROOT / "build" / "scale")
    small = {name: text for name, text in os.environ.items() if name not in ENGINES}
    small |= {"TROVE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    large = {**small, **PROCESSES, **engines}
    moved = folder / "moved"
    if _is_empty(engines["TROVE_DATABASE_URL"]):
        moved.unlink(missing_ok=True)
        _do("demo town", small, "demo", "seed")
        _do("database", small, "move", "database", engines["TROVE_DATABASE_URL"])
    if not moved.exists() and (folder / "trove.sqlite").exists():
        _do("pictures", small, "move", "pictures", engines["TROVE_MEDIA_URL"])
        _do("search index", large, "reindex")
        moved.touch()
    os.chdir(ROOT)
    # Where the town is a demo's, `demo up` lets one look around in it.
    os.execve(sys.executable, [*TROVE, "demo", "up"], large)


def _engines() -> dict[str, str]:
    """Return where the four services are; those that the environment does not name are started."""
    given = {name: os.environ[name] for name in ENGINES if os.environ.get(name)}
    if len(given) == len(ENGINES):
        return given
    command = [sys.executable, str(ROOT / "tools" / "services"), "up"]
    said = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if said.returncode:
        raise SystemExit(said.returncode)
    return dict(line.split("=", 1) for line in said.stdout.splitlines()) | given


def _is_empty(url: str) -> bool:
    """Tell whether nobody was ever brought into the database."""
    import psycopg  # noqa: PLC0415 - here the environment has it

    with psycopg.connect(url, connect_timeout=5) as link:
        made = link.execute("SELECT to_regclass('accounts_account')").fetchone()
        if made is None or made[0] is None:
            return True
        return link.execute("SELECT 1 FROM accounts_account LIMIT 1").fetchone() is None


def _do(what: str, environment: dict[str, str], *words: str) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [*TROVE, *words],
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(done.returncode)
    sys.stderr.write(f"scale: {what}, {time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
