"""Run the tests in tiers, and tell how long each took."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-q"]
TIERS = {
    "fast": ["-n", "2", "--dist", "loadfile", "-m", "not browser and not slow"],
    "slow": ["-m", "slow and not browser"],
    "browser": ["-m", "browser"],
}


def main() -> int:
    """Run the tiers that are asked for; end at the first that fails."""
    asked = [name for name in TIERS if f"--{name}" in sys.argv] or list(TIERS)
    rest = [word for word in sys.argv[1:] if word.removeprefix("--") not in TIERS]
    for name in asked:
        begun = time.monotonic()
        print(f"— {name}", flush=True)
        done = subprocess.run(
            [*PYTEST, *TIERS[name], *rest], cwd=ROOT, env=_environment(), check=False
        )
        print(f"— {name}: {time.monotonic() - begun:.0f} s", flush=True)
        if done.returncode not in (0, 5):
            return done.returncode
    return 0


def _environment() -> dict[str, str]:
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**os.environ, "PATH": path}


if __name__ == "__main__":
    sys.exit(main())
