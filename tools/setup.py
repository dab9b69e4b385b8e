"""Set up a checkout, step by step; plain Python, so that it runs before anything is installed.

Each step does its work beside the old one, and leaves its stamp only when it is whole: killed at
any moment, the next run goes on from there.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMPS = ROOT / "build"
DISK_MIN_BYTES = 2 << 30

ADVICE = (
    "read the lines above (where they speak of names or connections: check the network),"
    " mend it, and run make again: it goes on from here"
)

STEPS = {
    "venv": "Python packages",
    "node": "front-end packages",
    "front": "front-end",
    "words": "translations",
}
"""What a site needs to run, in order."""

MORE = {"venv-dev": "test and lint tools"}


def preflight() -> None:
    """End with one clear line when something that is needed is missing."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        _stop(f"Python 3.11 is needed, this is {found}", "make PY=python3.11 (Debian 12 has it)")
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian splits it off into python3-venv
        import venv  # noqa: F401, PLC0415 - likewise
    except ImportError:
        _stop("the module venv is missing", "apt-get install python3-venv")
    free = shutil.disk_usage(ROOT).free
    if free < DISK_MIN_BYTES:
        _stop(f"{free >> 20} MB of disk are free, 2048 are needed", "make room")
    if not os.access(ROOT, os.W_OK):
        _stop(f"{ROOT} cannot be written", "clone it into a folder of your own")


def venv() -> None:
    """Install what runs."""
    if not (VENV / "bin" / "python").exists() or not _works():
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(VENV)])
    _install("requirements.txt")
    _link_command()


def venv_dev() -> None:
    """Install what tests and checks."""
    _install("requirements-dev.txt")


def node() -> None:
    """Install the front-end's packages, with the Node that came with the Python packages."""
    command = [str(VENV / "bin" / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run([*command, "--loglevel=error"], folder=ROOT / "frontend")


def front() -> None:
    """Build styles and scripts."""
    command = [str(VENV / "bin" / "npx"), "vite", "build", "--logLevel", "warn"]
    _run(command, folder=ROOT / "frontend")


def words() -> None:
    """Compile the catalogues of every room."""
    folders = {path.parents[2] for path in ROOT.glob("app/**/translations/*/*/*.po")}
    for folder in sorted(folders):
        _run([str(VENV / "bin" / "pybabel"), "-q", "compile", "-d", str(folder)])


def _install(requirements: str) -> None:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    _run([*pip, "--no-deps", "-r", str(ROOT / requirements)])


def _link_command() -> None:
    """Make `trove` a command of the environment, without building a package of the checkout."""
    site = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", "import site; print(site.getsitepackages()[0])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "trove-checkout.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "trove"
    command.write_text(
        f"#!{VENV}/bin/python\nimport sys\nfrom app.cli.main import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)


def _works() -> bool:
    found = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", "import pip"], capture_output=True, check=False
    )
    return found.returncode == 0


def _trust() -> dict[str, str]:
    """Have Node trust whom this machine trusts: a network may sign its own certificates."""
    known = Path("/etc/ssl/certs/ca-certificates.crt")
    if "NODE_EXTRA_CA_CERTS" in os.environ or not known.exists():
        return {}
    return {"NODE_EXTRA_CA_CERTS": str(known)}


def _run(command: list[str], folder: Path = ROOT) -> None:
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}"
    home = os.environ.get("HOME") or str(ROOT / "build" / "home")
    # What newer versions of the tools there are is no news for who runs this.
    quiet = {"npm_config_update_notifier": "false", "npm_config_fund": "false"}
    environment = {**os.environ, **quiet, "PATH": path, "HOME": home, **_trust()}
    done = subprocess.run(command, cwd=folder, env=environment, check=False)
    if done.returncode != 0:
        what = " ".join(command[:3])
        _stop(f"{what} failed with status {done.returncode}", ADVICE)


def _stop(what: str, mend: str) -> None:
    sys.stderr.write(f"\nsetup: {what}.\n       What to do: {mend}.\n")
    raise SystemExit(2)


def main() -> None:
    """Do the step that is named, tell what it takes, and leave its stamp."""
    step = sys.argv[1]
    STAMPS.mkdir(exist_ok=True)
    begun = time.monotonic()
    place = f"{list(STEPS).index(step) + 1}/{len(STEPS)}" if step in STEPS else "+"
    sys.stderr.write(f"[{place}] {(STEPS | MORE)[step]} … ")
    sys.stderr.flush()
    if step == "venv":
        preflight()
    {"venv": venv, "venv-dev": venv_dev, "node": node, "front": front, "words": words}[step]()
    sys.stderr.write(f"{time.monotonic() - begun:.0f} s\n")
    (STAMPS / step).touch()


if __name__ == "__main__":
    main()
