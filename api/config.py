"""Every setting of the service, in one table; `docs/operations.md` shows the same one.

Read once from the environment by whoever starts the service; nothing else looks there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from rms.errors import ConfigurationInvalid

SECRET_LENGTH = 32
LONGEST_KEPT = 3650
LONGEST_IDLE = timedelta(hours=12)  # as long as a session lasts at all
ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class SecondFactor(StrEnum):
    """Whether a code is asked for after the password."""

    OFF = "off"
    OPTIONAL = "optional"  # of whoever has enrolled
    REQUIRED = "required"  # of everybody; who has not enrolled does it at the login


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
    Setting("RMS_LIBRARY_MINUTES", "Minutes between two checks of every byte of the library.", "10"),
    Setting(
        "RMS_SECRET_KEY",
        f"Signs forms and cursors; {SECRET_LENGTH} characters or more, the same for all workers.",
        "none: must be given",
    ),
    Setting("RMS_MAX_BODY", "Largest request body, in bytes.", "1048576"),
    Setting("RMS_MAX_IMPORT", "Largest file of an import, in bytes.", "536870912"),
    Setting(
        "RMS_INSECURE_COOKIES",
        "1 lets browsers sign in without TLS: for a demonstration on one machine only.",
        "0",
    ),
    Setting("RMS_IDLE_MINUTES", "Minutes after which a session ends in which nothing was asked for.", "30"),
    Setting("RMS_DRAFT_DAYS", "Days that an untouched draft is kept.", "30"),
    Setting(
        "RMS_STALE_MONTHS",
        "Months after which a carried-over answer is marked as old, where it can change.",
        "6",
    ),
    Setting(
        "RMS_RATE",
        "Requests a minute of one account in each worker, that many of them at once; 0: no limit.",
        "600",
    ),
    Setting("RMS_STRANGER_RATE", "The same of one address, for requests without a key or session.", "600"),
    Setting(
        "RMS_STRANGER_POSTS",
        "Of these, how many may send something: forms, sign-ins, requests for tokens; 0: no limit.",
        "60",
    ),
    Setting(
        "RMS_PROXIES",
        "Proxies in front, each of which adds the address it was asked from to X-Forwarded-For.",
        "0",
    ),
    Setting(
        "RMS_INSECURE_WEBHOOKS",
        "1 lets webhooks lead to http and to private addresses: for tests and demonstrations only.",
        "0",
    ),
    Setting(
        "RMS_RETENTION_MONTHS",
        "Months after somebody's last assessment that `rms retention` erases them; 0: never.",
        "0",
    ),
    Setting(
        "RMS_JUDGEMENT_FIRST",
        "1 shows what was found to nobody before they have recorded their own judgement.",
        "0",
    ),
    Setting(
        "RMS_SECOND_FACTOR",
        "off, optional (asked of whoever has enrolled) or required (of everybody who signs in).",
        "optional",
    ),
    Setting(
        "RMS_PASSWORD_WORDS",
        "File of words, one to a line, that make a password easy to guess here.",
        "none",
    ),
    Setting(
        "RMS_OIDC_ISSUER",
        "An agency's own login: the issuer of an OpenID provider, by https.",
        "none: passwords only",
    ),
    Setting("RMS_OIDC_CLIENT_ID", "What RMS is called there.", "none"),
    Setting("RMS_OIDC_CLIENT_SECRET", "What RMS shows there to be known.", "none"),
    Setting("RMS_OIDC_CLAIM", "The claim that holds the username of RMS.", "preferred_username"),
    Setting(
        "RMS_ADDRESS",
        "Where browsers find RMS, as https://rms.example.org; an agency's login leads back there.",
        "none",
    ),
    Setting("RMS_EXPORT_DAYS", "Days that the result of a job, as an export, is kept.", "7"),
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
    """What the application is made with. `database` is a URL; `max_body` and `max_import` are in bytes."""

    data: Path
    database: str
    library: Path
    secret_key: str = field(repr=False)
    library_checked: timedelta = timedelta(minutes=10)
    max_body: int = 1_048_576
    max_import: int = 536_870_912
    insecure_cookies: bool = False
    idle: timedelta = timedelta(minutes=30)
    draft_days: int = 30
    stale_months: int = 6
    judgement_first: bool = False
    second_factor: SecondFactor = SecondFactor.OPTIONAL
    password_words: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_claim: str = "preferred_username"
    address: str = ""
    export_days: int = 7
    rate: int = 600
    stranger_rate: int = 600
    stranger_posts: int = 60
    proxies: int = 0
    insecure_webhooks: bool = False

    def __post_init__(self) -> None:
        if len(self.secret_key) < SECRET_LENGTH:
            raise ConfigurationInvalid(
                f"RMS_SECRET_KEY needs {SECRET_LENGTH} characters or more, drawn at random."
            )
        if self.max_body < 1:
            raise ConfigurationInvalid("RMS_MAX_BODY is a number of bytes from 1.")
        if self.max_import < 1:
            raise ConfigurationInvalid("RMS_MAX_IMPORT is a number of bytes from 1.")
        if not timedelta(0) < self.idle <= LONGEST_IDLE:
            raise ConfigurationInvalid("RMS_IDLE_MINUTES is a number of minutes from 1 to 720.")
        for variable, days in (("RMS_DRAFT_DAYS", self.draft_days), ("RMS_EXPORT_DAYS", self.export_days)):
            if not 1 <= days <= LONGEST_KEPT:
                raise ConfigurationInvalid(f"{variable} is a number of days from 1 to {LONGEST_KEPT}.")
        if self.oidc_issuer:
            self._check_agency()

    def _check_agency(self) -> None:
        if not (self.oidc_client_id and self.oidc_client_secret and self.oidc_claim and self.address):
            raise ConfigurationInvalid(
                "RMS_OIDC_ISSUER needs RMS_OIDC_CLIENT_ID, RMS_OIDC_CLIENT_SECRET and RMS_ADDRESS beside it."
            )
        if not is_private(self.oidc_issuer):
            raise ConfigurationInvalid("RMS_OIDC_ISSUER is an address by https.")


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
        library_checked=timedelta(minutes=whole_number(env, "RMS_LIBRARY_MINUTES", 10, least=1)),
        max_body=whole_number(env, "RMS_MAX_BODY", 1_048_576),
        max_import=whole_number(env, "RMS_MAX_IMPORT", 536_870_912),
        insecure_cookies=_switch(env, "RMS_INSECURE_COOKIES"),
        idle=idle_time(env),
        draft_days=whole_number(env, "RMS_DRAFT_DAYS", 30),
        stale_months=whole_number(env, "RMS_STALE_MONTHS", 6),
        judgement_first=_switch(env, "RMS_JUDGEMENT_FIRST"),
        second_factor=_second_factor(env),
        password_words=password_words(env),
        oidc_issuer=env.get("RMS_OIDC_ISSUER", ""),
        oidc_client_id=env.get("RMS_OIDC_CLIENT_ID", ""),
        oidc_client_secret=env.get("RMS_OIDC_CLIENT_SECRET", ""),
        oidc_claim=env.get("RMS_OIDC_CLAIM", "preferred_username"),
        address=env.get("RMS_ADDRESS", "").rstrip("/"),
        export_days=whole_number(env, "RMS_EXPORT_DAYS", 7),
        rate=whole_number(env, "RMS_RATE", 600),
        stranger_rate=whole_number(env, "RMS_STRANGER_RATE", 600),
        stranger_posts=whole_number(env, "RMS_STRANGER_POSTS", 60),
        proxies=whole_number(env, "RMS_PROXIES", 0),
        insecure_webhooks=_switch(env, "RMS_INSECURE_WEBHOOKS"),
    )


def data_folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("RMS_DATA", ".data")).absolute()


def idle_time(env: Mapping[str, str]) -> timedelta:
    return timedelta(minutes=whole_number(env, "RMS_IDLE_MINUTES", 30))


def database_url(env: Mapping[str, str]) -> str:
    return env.get("RMS_DATABASE", f"sqlite:///{data_folder(env) / 'rms.sqlite'}")


def library_folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("RMS_LIBRARY", data_folder(env) / "libraries"))


def password_words(env: Mapping[str, str]) -> Path | None:
    named = env.get("RMS_PASSWORD_WORDS")
    return Path(named) if named else None


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


def whole_number(env: Mapping[str, str], variable: str, default: int, *, least: int = 0) -> int:
    text = env.get(variable, str(default))
    if not (text.isascii() and text.isdecimal() and int(text) >= least):
        raise ConfigurationInvalid(f"{variable} is a whole number, {least} or more, not {text!r}.")
    return int(text)


def _switch(env: Mapping[str, str], variable: str) -> bool:
    text = env.get(variable, "0")
    if text not in ("0", "1"):
        raise ConfigurationInvalid(f"{variable} is 0 or 1, not {text!r}.")
    return text == "1"


def _second_factor(env: Mapping[str, str]) -> SecondFactor:
    text = env.get("RMS_SECOND_FACTOR", SecondFactor.OPTIONAL)
    if text not in tuple(SecondFactor):
        raise ConfigurationInvalid(f"RMS_SECOND_FACTOR is one of {', '.join(SecondFactor)}.")
    return SecondFactor(text)


def is_private(address: str) -> bool:
    """Whether what is sent there cannot be read on the way: TLS, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)
