"""Start and end the services of a large installation on this machine, without containers.

`make services` has PostgreSQL, Redis, Elasticsearch and MinIO run in folders and on ports of this
checkout's own, and prints the four settings; it may be repeated. `make services-down` ends exactly
what it started. `up`, `down` and `pid` take the name of one. Plain Python: nothing of the product
is needed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from known import Service, services
from machine import CACHE, HOME, Missing, alone, born, end, give_away, make_user, user

HEALTHY_SECONDS = 120


def up(wanted: Sequence[Service]) -> int:
    """Start what does not run yet, wait until each is well, print the settings."""
    HOME.mkdir(parents=True, exist_ok=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    make_user()
    with alone():
        try:
            for service in wanted:
                _start(service)
            for service in wanted:
                _await(service)
        except Missing as missing:
            sys.stderr.write(f"services: {missing}\n")
            return 1
    for service in wanted:
        for name, value in service.settings.items():
            print(f"{name}={value}", flush=True)
    return 0


def down(wanted: Sequence[Service]) -> int:
    """End what `up` started, and nothing else."""
    if not HOME.exists():
        return 0
    with alone():
        for service in reversed(wanted):
            pid = _pid(service)
            if pid is not None:
                sys.stderr.write(f"services: {service.name} ends\n")
                end(pid)
            service.pid_file.unlink(missing_ok=True)
    return 0


def pid(wanted: Sequence[Service]) -> int:
    """Print the process number of each, which `up` started; fail where one does not run."""
    found = [_pid(service) for service in wanted]
    for one in found:
        print(one or "")
    return 0 if all(found) else 1


def status(wanted: Sequence[Service]) -> int:
    """Tell as JSON which of them run and are well."""
    found = {one.name: _pid(one) is not None and one.healthy() for one in wanted}
    print(json.dumps(found))
    return 0 if all(found.values()) else 1


def _start(service: Service) -> None:
    if _pid(service) is not None:
        return
    begun = time.monotonic()
    service.install()
    service.folder.mkdir(exist_ok=True)
    give_away(service.folder)
    log = (HOME / f"{service.name}.log").open("ab")
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(HOME),
        "LANG": "C.UTF-8",
        **service.environment(),
    }
    process = subprocess.Popen(
        list(service.command()),
        cwd=HOME,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        **user(),
    )
    service.pid_file.write_text(f"{process.pid} {born(process.pid)}")
    took = time.monotonic() - begun
    sys.stderr.write(f"services: {service.name} begins on port {service.port} ({took:.0f} s)\n")


def _await(service: Service) -> None:
    until = time.monotonic() + HEALTHY_SECONDS
    while not service.healthy():
        if _pid(service) is None or time.monotonic() > until:
            log = (HOME / f"{service.name}.log").read_text(errors="replace")[-1500:]
            service.pid_file.unlink(missing_ok=True)
            raise Missing(f"{service.name} does not come up; its log ends:\n{log}")
        time.sleep(0.2)
    service.prepare()


def _pid(service: Service) -> int | None:
    """Return the process number of a service that runs, and is the one that was started."""
    try:
        pid, since = service.pid_file.read_text().split()
        return int(pid) if born(int(pid)) == since else None
    except (OSError, ValueError):
        return None


def main() -> int:
    """Do what the words ask for, with all services or those that are named."""
    word, *names = sys.argv[1:] or ["up"]
    wanted = [one for one in services() if one.name in names or not names]
    commands = {"up": up, "down": down, "pid": pid, "status": status}
    if word not in commands or len(wanted) < len(names):
        known = ", ".join(one.name for one in services())
        sys.stderr.write(f"services: up, down, pid or status, and perhaps some of {known}\n")
        return 2
    return commands[word](wanted)


if __name__ == "__main__":
    sys.exit(main())
