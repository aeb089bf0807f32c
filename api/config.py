"""Every setting of the service, in one table; `docs/operations.md` shows the same one.

Read once from the environment by whoever starts the service; nothing else looks there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rms.errors import ConfigurationInvalid

SECRET_LENGTH = 32
LONGEST_KEPT = 3650


@dataclass(frozen=True)
class Setting:
    """An environment variable: what it sets, and what holds without it."""

    variable: str
    meaning: str
    default: str


SETTINGS = (
    Setting("RMS_DATA", "Folder of the database and the reference libraries.", ".data"),
    Setting(
        "RMS_DATABASE",
        "Database, as sqlite:////absolute/path or postgresql://user:password@host/name.",
        "rms.sqlite in RMS_DATA",
    ),
    Setting("RMS_LIBRARY", "Folder of the reference library in use.", "libraries in RMS_DATA"),
    Setting(
        "RMS_SECRET_KEY",
        f"Signs forms and cursors; {SECRET_LENGTH} characters or more, the same for all workers.",
        "none: must be given",
    ),
    Setting("RMS_MAX_BODY", "Largest request body, in bytes.", "1048576"),
    Setting(
        "RMS_INSECURE_COOKIES",
        "1 lets browsers sign in without TLS: for a demonstration on one machine only.",
        "0",
    ),
    Setting("RMS_DRAFT_DAYS", "Days that an untouched draft is kept.", "30"),
    Setting(
        "RMS_STALE_MONTHS",
        "Months after which a carried-over answer is marked as old, where it can change.",
        "6",
    ),
    Setting("RMS_BIND", "Address and port to listen on.", "127.0.0.1:8080"),
    Setting(
        "RMS_METRICS_BIND",
        "Address and port for Prometheus, as 127.0.0.1:9090; keep it from the outside.",
        "empty: no metrics",
    ),
    Setting("RMS_WORKERS", "Worker processes; with SQLite one is right.", "1"),
    Setting("RMS_THREADS", "Threads of each worker.", "8"),
)


@dataclass(frozen=True)
class Config:
    """What the application is made with. `database` is a URL; `max_body` is in bytes."""

    data: Path
    database: str
    library: Path
    secret_key: str = field(repr=False)
    max_body: int = 1_048_576
    insecure_cookies: bool = False
    draft_days: int = 30
    stale_months: int = 6

    def __post_init__(self) -> None:
        if len(self.secret_key) < SECRET_LENGTH:
            raise ConfigurationInvalid(
                f"RMS_SECRET_KEY needs {SECRET_LENGTH} characters or more, drawn at random."
            )
        if self.max_body < 1:
            raise ConfigurationInvalid("RMS_MAX_BODY is a number of bytes from 1.")
        if not 1 <= self.draft_days <= LONGEST_KEPT:
            raise ConfigurationInvalid(f"RMS_DRAFT_DAYS is a number of days from 1 to {LONGEST_KEPT}.")


def from_environment(env: Mapping[str, str]) -> Config:
    """
    Raises
    ------
    ConfigurationInvalid
        If a setting is missing or not understood; the message names it.
    """
    return Config(
        data=data_folder(env),
        database=database_url(env),
        library=library_folder(env),
        secret_key=env.get("RMS_SECRET_KEY", ""),
        max_body=whole_number(env, "RMS_MAX_BODY", 1_048_576),
        insecure_cookies=_switch(env, "RMS_INSECURE_COOKIES"),
        draft_days=whole_number(env, "RMS_DRAFT_DAYS", 30),
        stale_months=whole_number(env, "RMS_STALE_MONTHS", 6),
    )


def data_folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("RMS_DATA", ".data")).absolute()


def database_url(env: Mapping[str, str]) -> str:
    return env.get("RMS_DATABASE", f"sqlite:///{data_folder(env) / 'rms.sqlite'}")


def library_folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("RMS_LIBRARY", data_folder(env) / "libraries"))


def bind_address(env: Mapping[str, str]) -> str:
    return env.get("RMS_BIND", "127.0.0.1:8080")


def metrics_address(env: Mapping[str, str]) -> str:
    """Where Prometheus asks; empty where it does not."""
    return env.get("RMS_METRICS_BIND", "")


def address_and_port(variable: str, bind: str) -> tuple[str, int]:
    """
    Raises
    ------
    ConfigurationInvalid
        If `bind`, which is what `variable` says, is no address and port.
    """
    host, _, port = bind.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ConfigurationInvalid(f"{variable} is an address and a port, as 127.0.0.1:8080, not {bind!r}.")
    return host, int(port)


def whole_number(env: Mapping[str, str], variable: str, default: int) -> int:
    text = env.get(variable, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise ConfigurationInvalid(f"{variable} is a whole number, not {text!r}.")
    return int(text)


def _switch(env: Mapping[str, str], variable: str) -> bool:
    text = env.get(variable, "0")
    if text not in ("0", "1"):
        raise ConfigurationInvalid(f"{variable} is 0 or 1, not {text!r}.")
    return text == "1"
