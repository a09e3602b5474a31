"""One settings class; every field can be set by an environment variable with the prefix SITEWRIGHT_."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_KEY_LENGTH = 16


class Settings(BaseSettings):
    """Where the service keeps its things and how much it takes.  Built when asked for, never at import."""

    model_config = SettingsConfigDict(env_prefix="SITEWRIGHT_", extra="ignore")

    home: Path = Field(default=Path("var"), description="folder of the databases, data sets and plans")
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; SQLite inside home when not given")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    api_key: SecretStr | None = Field(default=None, description="one key that opens everything; more with 'keys add'")
    allowed_origins: list[str] = Field(default_factory=list, description="further origins of the pages")
    upload_limit_mb: int = Field(default=200, ge=1)
    body_limit_mb: int = Field(default=64, ge=1, description="JSON bodies, inline data sets included")
    body_pause_seconds: float = Field(default=30.0, gt=0, description="a body that pauses longer than this is given up")
    row_limit: int = Field(default=2_000_000, ge=1, description="rows in one data set")
    matrix_row_limit: int = Field(default=20_000_000, ge=1, description="rows in one round-trip matrix")
    read_seconds: float = Field(default=120.0, gt=0, description="time to read one uploaded file")
    read_memory_mb: int = Field(default=4096, ge=512, description="address space for reading one uploaded file")
    worker_slots: int = Field(default=1, ge=1, description="plans solved at once by one worker process")
    max_attempts: int = Field(default=3, ge=1, description="times a plan may take its solver or worker down")
    heartbeat_seconds: float = Field(default=2.0, gt=0)
    dead_after_seconds: float = Field(default=15.0, gt=0, description="silence after which another worker takes over")
    solver_niceness: int = Field(default=5, ge=0, le=19)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("api_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < MINIMUM_KEY_LENGTH:
            raise ValueError(f"SITEWRIGHT_API_KEY needs at least {MINIMUM_KEY_LENGTH} characters")
        return key

    @property
    def on_loopback(self) -> bool:
        """True when only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def login_required(self) -> bool:
        """Loopback needs no login, unless a key was given explicitly (behind a proxy, say)."""
        return self.api_key is not None or not self.on_loopback

    @property
    def sql_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'sitewright.db'}"

    @property
    def dbos_url(self) -> str:
        """The job queue: the same PostgreSQL database, or a SQLite file of its own beside ours."""
        return self.database_url or f"sqlite:///{self.home / 'dbos.db'}"

    @property
    def datasets_dir(self) -> Path:
        return self.home / "datasets"

    @property
    def plans_dir(self) -> Path:
        return self.home / "plans"

    @property
    def tiles_dir(self) -> Path:
        return self.home / "tiles"

    @property
    def scratch_dir(self) -> Path:
        return self.home / "tmp"


def get_settings() -> Settings:
    """Settings from the environment, read afresh."""
    return Settings()
