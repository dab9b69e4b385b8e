"""Every setting there is, read once at start; nothing else reads the environment."""

import os
import sys
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TROVE_"


class SettingsRefused(Exception):
    """A setting is unknown, malformed or contradicts another; one line, with the mend."""


class Settings(BaseSettings):
    """The installation's settings, from `TROVE_*` variables or `.env`.

    Each part of the large installation is one URL; unset, the part inside the process is used.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
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
    payment: Literal["none", "sandbox"] = Field(
        default="sandbox", description="Who takes the money; sandbox is play money."
    )
    sandbox_port: int = Field(default=0, ge=0, le=65535, description="0: one above the port.")
    demo: bool = Field(default=False, description="One-click sign-in from loopback, demo town.")
    testing: bool = Field(default=False, description="Lets the clock be moved; never in public.")
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
        if value and not value.startswith(("file:", "memory:", "s3:")):
            raise ValueError("must be s3:http://KEY:SECRET@HOST:PORT/BUCKET, file:PATH or empty")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://")):
            raise ValueError("must be redis://HOST:PORT/NUMBER or empty")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        public = self.host not in {"127.0.0.1", "::1", "localhost"}
        if self.proxies and public:
            raise ValueError(
                "proxies > 0 with a public host lets addresses be forged; bind 127.0.0.1"
            )
        if self.demo and (public or self.proxies):
            raise ValueError("demo lets anyone sign in; it needs host 127.0.0.1 and proxies 0")
        if self.testing and public:
            raise ValueError("testing lets anyone move the clock; it needs host 127.0.0.1")
        if self.sandbox_port == self.port:
            raise ValueError("sandbox_port and port must differ")
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
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_NAMES
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and not name.startswith(OTHERS) and name.upper() not in known
    )
    if unknown:
        raise SettingsRefused(f"{unknown[0]} is no setting; see `trove config` for those there are")
    try:
        return Settings(**given)  # type: ignore[arg-type] # checked by the model itself
    except ValidationError as refused:
        first = refused.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsRefused(f"{name}: {reason}; see `trove config`") from None


def settings_or_exit() -> Settings:
    """Return the settings, or end the process with status 2 and one clear line."""
    try:
        return read_settings()
    except SettingsRefused as refused:
        sys.stderr.write(f"trove: {refused}\n")
        raise SystemExit(2) from None
