"""Run the tests in tiers, and tell how long each took.

Without words: the tiers that need nothing but this checkout. `--services` starts PostgreSQL, Redis,
Elasticsearch and MinIO, and runs what needs them, then everything once more on them (MODE=scale).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-q"]
PARALLEL = ["-n", "2", "--dist", "loadfile"]
TIERS = {
    "fast": [*PARALLEL, "-m", "not browser and not slow and not service"],
    "slow": [*PARALLEL, "-m", "slow and not browser and not service"],
    "browser": [*PARALLEL, "-m", "browser"],
}
SERVICE_TIERS = {
    "service": [*PARALLEL, "-m", "service", "--ignore=tests/faults"],
    # What stops a service has it for itself.
    "faults": ["-m", "service", "tests/faults"],
    # What is pure knows of no service.
    "scale-fast": [*PARALLEL, "-m", "not browser and not slow and not service and not pure"],
    "scale-slow": [*PARALLEL, "-m", "slow and not browser and not service"],
    "scale-browser": [*PARALLEL, "-m", "browser"],
}
NOTHING_RAN = 5


def main() -> int:
    """Run the tiers that are asked for; end at the first that fails."""
    words = sys.argv[1:]
    with_services = "--services" in words
    known = {**TIERS, **SERVICE_TIERS}
    asked = [name for name in known if f"--{name}" in words]
    asked = asked or list(SERVICE_TIERS if with_services else TIERS)
    rest = [one for one in words if one != "--services" and one.removeprefix("--") not in known]
    environment = _environment()
    if with_services:
        environment |= _services()
    for name in asked:
        mode = {"MODE": "scale"} if name.startswith("scale") else {}
        begun = time.monotonic()
        print(f"— {name}", flush=True)
        done = subprocess.run(
            [*PYTEST, *known[name], *rest], cwd=ROOT, env={**environment, **mode}, check=False
        )
        print(f"— {name}: {time.monotonic() - begun:.0f} s", flush=True)
        if done.returncode not in (0, NOTHING_RAN):
            return done.returncode
    return 0


def _services() -> dict[str, str]:
    """Start the services; return where the tests find them."""
    command = [sys.executable, str(ROOT / "tools" / "services"), "up"]
    said = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if said.returncode:
        raise SystemExit(said.returncode)
    found = dict(line.split("=", 1) for line in said.stdout.splitlines())
    return {name.replace("TROVE_", "TROVE_TEST_", 1): value for name, value in found.items()}


def _environment() -> dict[str, str]:
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**os.environ, "PATH": path}


if __name__ == "__main__":
    sys.exit(main())
