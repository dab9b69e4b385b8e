"""Every setting there is, read once at start; nothing else reads the environment."""

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TROVE_"
DOTENV = ".env"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PORT_MAX = 65_535
TOKEN_LENGTH_MIN = 16
_FORGED = "with a public TROVE_HOST lets addresses be forged; bind 127.0.0.1"
_CLEAR = "passwords would travel in the clear"
_ALONE = "TROVE_HOST=127.0.0.1, TROVE_PROXIES=0 and no public TROVE_PUBLIC_URL"


class SettingsRefused(Exception):
    """A setting is unknown, malformed or contradicts another; one line, with the mend."""


class Settings(BaseSettings):
    """The installation's settings, from `TROVE_*` variables or `.env`.

    Each part of the large installation is one URL; unset, the part inside the process is used.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=DOTENV, extra="ignore", frozen=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder of all state.")
    database_url: str = Field(default="", description="Empty: SQLite in the data folder.")
    search_url: str = Field(default="", description="Empty: Tantivy in the data folder.")
    media_url: str = Field(default="", description="Empty: files in the data folder.")
    redis_url: str = Field(default="", description="Empty: limits are kept in the process.")
    host: str = Field(default="127.0.0.1", description="Address that the web process binds.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that it binds.")
    public_url: str = Field(default="", description="How people reach the site, without a path.")
    proxies: int = Field(default=0, ge=0, le=3, description="Trusted proxies in front of it.")
    threads: int = Field(default=4, ge=1, le=64, description="Blocking threads of the web process.")
    web_processes: int = Field(default=1, ge=1, le=64, description="Serving processes, one port.")
    worker_processes: int = Field(default=1, ge=1, le=64, description="Workers of `trove run`.")
    payment: Literal["none", "sandbox"] = Field(
        default="sandbox", description="Who takes the money; sandbox is play money."
    )
    sandbox_port: int = Field(default=0, ge=0, le=65535, description="0: one above the port.")
    demo: bool = Field(default=False, description="One-click sign-in from loopback, demo town.")
    testing: bool = Field(default=False, description="Lets the clock be moved; never in public.")
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Lets a collector elsewhere read /metrics."
    )
    locale: Literal["zh", "en"] = Field(default="zh", description="Language when none is asked.")
    limits: bool = Field(default=True, description="Rate limits; off only in tests and benches.")
    auto_receipt_days: int = Field(default=10, ge=1, le=90, description="Shipped to received.")
    release_days: int = Field(default=15, ge=1, le=120, description="Received to released.")
    lapse_minutes: int = Field(default=30, ge=5, le=1440, description="Unpaid to lapsed.")
    fee_bp: int = Field(default=500, ge=0, le=5000, description="Platform fee, basis points.")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must be postgresql://USER@HOST/NAME, sqlite:///PATH or empty")
        return value

    @field_validator("search_url")
    @classmethod
    def _search(cls, value: str) -> str:
        if value and not value.startswith(("tantivy:", "memory:", "elasticsearch:")):
            raise ValueError("must be elasticsearch:http://HOST:PORT/PREFIX, tantivy:PATH or empty")
        return value

    @field_validator("media_url")
    @classmethod
    def _media(cls, value: str) -> str:
        if value and not value.startswith(("file:", "memory:", "s3:http://", "s3:https://")):
            raise ValueError("must be s3:http://KEY:SECRET@HOST:PORT/BUCKET, file:PATH or empty")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://")):
            raise ValueError("must be redis://HOST:PORT/NUMBER or empty")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < TOKEN_LENGTH_MIN:
            raise ValueError(f"must have {TOKEN_LENGTH_MIN} characters, or be empty")
        return value

    @field_validator("data_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError(f"{value} is a file, not a folder")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must begin with http:// or https:// and name a host")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("must be a scheme, a host and perhaps a port, nothing more")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        public = self.host not in LOOPBACK
        known = not self.public_url or urlsplit(self.public_url).hostname in LOOPBACK
        sandbox = self.payment == "sandbox"
        engines = {self.search_url, self.media_url}
        if self.proxies and public:
            raise ValueError(f"TROVE_PROXIES above 0 {_FORGED}")
        if self.demo and (public or self.proxies or not known):
            raise ValueError(f"TROVE_DEMO lets anyone sign in; it needs {_ALONE}")
        if self.testing and public:
            raise ValueError("TROVE_TESTING lets anyone move time; it needs a local TROVE_HOST")
        if not self.limits and public:
            raise ValueError("TROVE_LIMITS=false lets anyone guess; it needs a local TROVE_HOST")
        if sandbox and self.bank_port == self.port:
            raise ValueError("TROVE_SANDBOX_PORT and TROVE_PORT must differ")
        if sandbox and self.bank_port > PORT_MAX:
            raise ValueError("no port is left above TROVE_PORT; set TROVE_SANDBOX_PORT")
        if "memory:" in engines and not self.testing:
            raise ValueError("memory: is seen by one process only; it needs TROVE_TESTING=true")
        return self

    @model_validator(mode="after")
    def _keep_secrets(self) -> Self:
        public = self.host not in LOOPBACK
        known = not self.public_url or urlsplit(self.public_url).hostname in LOOPBACK
        if not known and not self.secure:
            raise ValueError(f"TROVE_PUBLIC_URL must be https: {_CLEAR}")
        if public and not self.secure:
            raise ValueError(f"TROVE_HOST={self.host} needs TROVE_PUBLIC_URL=https://…: {_CLEAR}")
        if self.secure and not public and not self.proxies:
            raise ValueError(
                "https is spoken by a proxy in front, and everybody would seem to come from there;"
                " set TROVE_PROXIES=1"
            )
        return self

    @model_validator(mode="after")
    def _share(self) -> Self:
        if self.on_sqlite and max(self.web_processes, self.worker_processes) > 1:
            raise ValueError(
                "SQLite has one web process and one worker: leave TROVE_WEB_PROCESSES and"
                " TROVE_WORKER_PROCESSES at 1, or set TROVE_DATABASE_URL=postgresql://…"
            )
        if self.web_processes > 1 and not self.redis_url:
            raise ValueError(
                "each web process would count its own limits; with TROVE_WEB_PROCESSES above 1"
                " set TROVE_REDIS_URL"
            )
        if self.worker_processes > 1 and self.search_inside:
            raise ValueError(
                "one worker writes Tantivy's index; with TROVE_WORKER_PROCESSES above 1 set"
                " TROVE_SEARCH_URL=elasticsearch:http://…"
            )
        return self

    @property
    def origin(self) -> str:
        """How people reach the site, without a trailing slash."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether cookies may be marked Secure."""
        return self.origin.startswith("https://")

    @property
    def bank_port(self) -> int:
        """Where the sandbox provider listens."""
        return self.sandbox_port or self.port + 1

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a file, which one web process and one worker may open."""
        return not self.database_url.startswith("postgresql:")

    @property
    def search_inside(self) -> bool:
        """Whether the search index is files, which one worker writes."""
        return not self.search_url.startswith("elasticsearch:")

    @property
    def one_worker(self) -> bool:
        """Whether only one worker may run."""
        return self.on_sqlite or self.search_inside

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where locks stand that are to be held by one process of the installation at a time."""
        if self.on_sqlite and self.database_path.parent != self.data_dir.absolute():
            return (self.data_dir, self.database_path.parent)
        return (self.data_dir,)

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        if self.database_url and self.on_sqlite:
            return Path(self.database_url.removeprefix("sqlite:///")).absolute()
        return self.data_dir.absolute() / "trove.sqlite"

    @property
    def database(self) -> str:
        """The URL that the engines open."""
        if not self.on_sqlite:
            return self.database_url.replace("postgresql:", "postgresql+psycopg:", 1)
        return f"sqlite:///{self.database_path}"

    @property
    def search(self) -> str:
        """The URL that the search port opens."""
        return self.search_url or f"tantivy:{self.data_dir.absolute() / 'search'}"

    @property
    def media(self) -> str:
        """The URL that the media port opens."""
        return self.media_url or f"file:{self.data_dir.absolute() / 'media'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments first, then the environment, then `.env`; no secret files."""
        del settings_cls, file_secret_settings
        return init_settings, env_settings, dotenv_settings


OTHERS = "TROVE_TEST_"
"""Where the tests find real services: their own names."""

OTHER_NAMES = frozenset({"TROVE_KEYS", "TROVE_CI"})
"""Variables that are read elsewhere: the key ring (`app.platform.keys`), and by the tests."""


def read_settings(**given: object) -> Settings:
    """Return the settings of this process; ``given`` wins over the environment.

    Raises:
        SettingsRefused: one line that names the setting and the mend.

    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    _refuse_unknown(os.environ, known | OTHER_NAMES, "")
    # A secret in a file beside the code would be copied with it: the key ring has its own place.
    _refuse_unknown(_written(), known, f" of {DOTENV}")
    try:
        return Settings(**given)  # type: ignore[arg-type] # checked by the model itself
    except ValidationError as refused:
        first = refused.errors()[0]
        reason = " ".join(first["msg"].removeprefix("Value error, ").split())
        name = f"{PREFIX}{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        raise SettingsRefused(f"{name}{reason}; see `trove config`") from None


def settings_or_exit() -> Settings:
    """Return the settings, or end the process with status 2 and one clear line."""
    try:
        return read_settings()
    except SettingsRefused as refused:
        sys.stderr.write(f"trove: {refused}\n")
        raise SystemExit(2) from None


def _refuse_unknown(names: Iterable[str], known: set[str] | frozenset[str], where: str) -> None:
    spelled = {name.upper(): name for name in names if name.upper().startswith(PREFIX)}
    for name in sorted(set(spelled) - known):
        if name.startswith(OTHERS):
            continue
        if name in OTHER_NAMES:
            raise SettingsRefused(f"{name} is read from the environment only; take it out{where}")
        near = get_close_matches(name, known, n=1)
        mend = f"did you mean {near[0]}?" if near else "see `trove config`"
        raise SettingsRefused(f"{spelled[name]}{where} is no setting; {mend}")


def _written() -> Iterable[str]:
    """Return the names that `.env` gives values."""
    try:
        return dotenv_values(DOTENV, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{DOTENV} cannot be read ({error})") from None
