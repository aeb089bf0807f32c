"""Every setting of the service, declared once: how it is read, what is allowed, how it is documented.

The code that starts a process reads them from the environment. No other code does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ValidationError, create_model
from pydantic import Field as About
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from rms.errors import ConfigurationInvalid

SECRET_LENGTH = 32
LONGEST_REQUEST_LINE = 4_094  # bytes: the method, the address with its query, and the version of HTTP
LONGEST_KEPT = 3650  # days
LONGEST_IDLE = 720  # minutes: as long as a session lasts at all
LONGEST_RETENTION = 1200  # months
INSTRUMENTS = "instruments"  # the folder in RMS_DATA
HARM = "harm"  # likewise
BOUNDARIES = "boundaries"  # likewise
UNSET = "without it"  # the key of what the table says, where it is not the default
AN_ADDRESS = "an address and a port, such as 127.0.0.1:8080"
ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class SecondFactor(StrEnum):
    """Whether a code is asked for after the password."""

    OFF = "off"
    OPTIONAL = "optional"  # of whoever has enrolled
    REQUIRED = "required"  # of everybody; who has not enrolled does it at the login


def is_private(address: str) -> bool:
    """Whether what is sent there cannot be read on the way: TLS, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)


def address_and_port(variable: str, bind: str) -> tuple[str, int]:
    """
    Raises
    ------
    ConfigurationInvalid
        If `bind`, which is what `variable` says, is no address and port.
    """
    try:
        return _host_and_port(bind)
    except ValueError as error:
        raise ConfigurationInvalid(f"{variable} must be {AN_ADDRESS}, not {bind!r}.") from error


def _host_and_port(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not (host and 0 < _digits(port) < 65536):
        raise ValueError(bind)
    return host, int(port)


def _digits(given: str) -> int:
    """Stricter than pydantic, to which " 5", "5.0" and "1_000" are whole numbers as well."""
    if not (given.isascii() and given.isdecimal()):
        raise ValueError(given)
    return int(given)


def _minutes(given: str) -> timedelta:
    try:
        return timedelta(minutes=_digits(given))
    except OverflowError as error:
        raise ValueError(given) from error


def _listening(given: str) -> str:
    """gunicorn takes a socket too: unix:/path."""
    if not given.startswith("unix:/"):
        _host_and_port(given)
    return given


def _private(given: str) -> str:
    if given and not is_private(given):
        raise ValueError(given)
    return given


def _zone(given: str | ZoneInfo) -> ZoneInfo:
    try:
        return given if isinstance(given, ZoneInfo) else ZoneInfo(given)
    except (ZoneInfoNotFoundError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise ValueError(given) from error


# Kinds of settings. The title says what is allowed, where the type and its bounds do not.
Whole = Annotated[int, BeforeValidator(_digits), About(ge=0)]
Positive = Annotated[int, BeforeValidator(_digits), About(ge=1)]
Days = Annotated[int, BeforeValidator(_digits), About(ge=1, le=LONGEST_KEPT)]
Months = Annotated[int, BeforeValidator(_digits), About(ge=0, le=LONGEST_RETENTION)]
Minutes = Annotated[timedelta, BeforeValidator(_minutes), About(ge=timedelta(minutes=1))]
Switch = Annotated[bool, BeforeValidator({"0": False, "1": True}.get)]
Text = Annotated[str, About(title="any text")]
Folder = Annotated[Path, About(title="a folder")]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_zone), About(title="a time zone, such as Europe/London")]
Listening = Annotated[str, AfterValidator(_listening), About(title=AN_ADDRESS)]


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings. A variable is called as its field, in capitals after RMS_, unless it has an alias.

    What `repr` leaves out is a secret: no message shows it either.
    """

    data: Annotated[
        Folder,
        AfterValidator(Path.absolute),
        About(
            description="Folder of the database, the libraries, the instruments, and other agency files.",
            default=Path(".data"),
            validate_default=True,
        ),
    ]
    database: Annotated[
        Text,
        About(
            title="sqlite:////absolute/path or postgresql://user:password@host/name",
            description="Address of the database.",
            default_factory=lambda read: f"sqlite:///{read['data'] / 'rms.sqlite'}",
            json_schema_extra={UNSET: "rms.sqlite in RMS_DATA"},
        ),
    ] = field(repr=False)
    library: Annotated[
        Folder,
        About(
            description="Folder of the reference libraries, or of one: see Libraries.",
            default_factory=lambda read: read["data"] / "libraries",
            json_schema_extra={UNSET: "libraries in RMS_DATA"},
        ),
    ]
    secret_key: Annotated[
        Text,
        About(
            min_length=SECRET_LENGTH,
            title=f"{SECRET_LENGTH} random characters or more",
            description="Secret for signatures and encryption. All workers need the same one. "
            "Never change it: see The secret key.",
        ),
    ] = field(repr=False)
    library_checked: Annotated[
        Minutes,
        About(
            validation_alias="RMS_LIBRARY_MINUTES",
            description="Minutes between two checks of every byte of the library.",
        ),
    ] = timedelta(minutes=10)
    max_body: Annotated[Positive, About(description="Largest request body, in bytes.")] = 1_048_576
    max_import: Annotated[Positive, About(description="Largest file of an import, in bytes.")] = 536_870_912
    insecure_cookies: Annotated[
        Switch,
        About(
            description="1 lets browsers sign in without TLS. Only for a demonstration on one machine.",
        ),
    ] = False
    idle: Annotated[
        Minutes,
        About(
            validation_alias="RMS_IDLE_MINUTES",
            le=timedelta(minutes=LONGEST_IDLE),
            description="Minutes without a request after which a session ends.",
        ),
    ] = timedelta(minutes=30)
    time_zone: Annotated[
        TimeZone,
        About(
            description="Time zone of your agency, for days, ages, and the times on pages, in reports and in "
            "spreadsheets."
        ),
    ] = ZoneInfo("UTC")
    draft_days: Annotated[Days, About(description="Days that RMS keeps an unchanged draft.")] = 30
    stale_months: Annotated[
        Whole,
        About(
            description="Months after which a carried-over answer that can change is marked as old, and a "
            "person is due to be assessed again.",
        ),
    ] = 6
    rate: Annotated[
        Whole,
        About(
            description="Requests a minute for each account in each worker. They may all come at once. "
            "0: no limit.",
        ),
    ] = 600
    stranger_rate: Annotated[
        Whole, About(description="The same for each IP address, for requests without a key or session.")
    ] = 600
    stranger_posts: Annotated[
        Whole,
        About(
            description="Of the requests counted by `RMS_STRANGER_RATE`, how many may be POST: forms, "
            "sign-ins, token requests. 0: no limit.",
        ),
    ] = 60
    proxies: Annotated[
        Whole,
        About(
            description="Number of proxies in front of RMS. Each must add the address of its client to "
            "X-Forwarded-For.",
        ),
    ] = 0
    insecure_webhooks: Annotated[
        Switch,
        About(
            description="1 allows webhooks to http and to private addresses. Only for tests and "
            "demonstrations.",
        ),
    ] = False
    retention_months: Annotated[
        Months,
        About(
            description="Months from a person's last assessment to their erasure by `rms retention`. "
            "0: never.",
        ),
    ] = 0
    check_answers: Annotated[
        Switch,
        About(
            description="1 shows users all answers on a separate page before they save an assessment, a "
            "correction or a what-if. 0 saves at once.",
        ),
    ] = True
    judgement_first: Annotated[
        Switch,
        About(
            description="1 hides results from users until they record their own judgement.",
        ),
    ] = False
    second_factor: Annotated[
        SecondFactor,
        About(
            description="Whether RMS asks for a second factor, a code after the password. off: never; "
            "optional: if the user has set one up; required: always.",
        ),
    ] = SecondFactor.OPTIONAL
    password_words: Annotated[
        Path | None,
        BeforeValidator(lambda given: given or None),
        About(
            title="a text file",
            description="File of words, one a line, that make a password easy to guess at your agency.",
        ),
    ] = None
    oidc_issuer: Annotated[
        str,
        AfterValidator(_private),
        About(
            title="an https address",
            description="Issuer of your agency's OpenID provider, to sign in there.",
            json_schema_extra={UNSET: "passwords only"},
        ),
    ] = ""
    oidc_client_id: Annotated[Text, About(description="Client ID of RMS at the OpenID provider.")] = ""
    oidc_client_secret: Annotated[Text, About(description="Client secret of RMS at the OpenID provider.")] = (
        field(default="", repr=False)
    )
    oidc_claim: Annotated[
        Text,
        About(
            min_length=1, title="the name of a claim", description="Claim that holds the user's RMS username."
        ),
    ] = "preferred_username"
    address: Annotated[
        str,
        AfterValidator(lambda given: given.rstrip("/")),
        About(
            title="an address, such as https://rms.example.org",
            description="Address at which browsers reach RMS. The OpenID provider sends users back there.",
        ),
    ] = ""
    export_days: Annotated[
        Days, About(description="Days that RMS keeps the result of a job, such as an export.")
    ] = 7
    bind: Annotated[Listening, About(description="Address and port to listen on.")] = "127.0.0.1:8080"
    metrics_bind: Annotated[
        str,
        AfterValidator(lambda given: given and _listening(given)),
        About(
            title=AN_ADDRESS,
            description="Address and port for Prometheus. Keep it inside your network.",
            json_schema_extra={UNSET: "no metrics"},
        ),
    ] = ""
    workers: Annotated[Positive, About(description="Worker processes. Must be 1 with SQLite.")] = 1
    threads: Annotated[Positive, About(description="Threads in each worker.")] = 8


class _Settings(BaseSettings):
    """What is built of `Config`'s fields reads only what it is given."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", validate_default=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@cache
def _settings(*names: str) -> type[_Settings]:
    """The settings of these names."""
    hints = get_type_hints(Config, include_extras=True)
    return create_model(
        "Settings", __base__=_Settings, **{name: _declared(name, hints[name]) for name in names}
    )


def _declared(name: str, hint: Any) -> Any:
    own = next(one for one in hint.__metadata__ if isinstance(one, FieldInfo) and one.description)
    named = hint if own.validation_alias else Annotated[hint, About(validation_alias=f"RMS_{name.upper()}")]
    default = Config.__dataclass_fields__[name].default
    return named if default is MISSING else (named, default)


def from_environment(env: Mapping[str, str]) -> Config:
    """
    Raises
    ------
    ConfigurationInvalid
        If settings are missing or not understood; the message names each of them.
    """
    return Config(**_read(env, *ALL))


def setting(env: Mapping[str, str], name: str) -> Any:
    """One setting, for what needs no others.

    Raises
    ------
    ConfigurationInvalid
        If it is not understood.
    """
    return _read(env, *dict.fromkeys(("data", name)))[name]


def secret_key(env: Mapping[str, str]) -> str:
    """
    Raises
    ------
    ConfigurationInvalid
        If it is not set, or too short.
    """
    return str(setting(env, "secret_key"))


def data_folder(env: Mapping[str, str]) -> Path:
    return Path(setting(env, "data"))


def database_url(env: Mapping[str, str]) -> str:
    return str(setting(env, "database"))


def instruments_folder(env: Mapping[str, str]) -> Path:
    """The folder of the agency's own instruments."""
    return data_folder(env) / INSTRUMENTS


def harm_folder(env: Mapping[str, str]) -> Path:
    """The folder of the agency's own settings and severity tables of the harm score."""
    return data_folder(env) / HARM


def library_folder(env: Mapping[str, str]) -> Path:
    return Path(setting(env, "library"))


def _read(env: Mapping[str, str], *names: str) -> dict[str, Any]:
    model = _settings(*names)
    source = EnvSettingsSource(model)
    source.env_vars = env
    problems = list(_problems_of_agency(env)) if "oidc_issuer" in names else []
    try:
        read = vars(model(**source()))
    except ValidationError as error:
        problems = [*(_sentence(one, env) for one in error.errors()), *problems]
    else:
        problems += _problems_of_workers(read)
    if problems:
        raise ConfigurationInvalid("\n".join(problems))
    return read


def _problems_of_workers(read: Mapping[str, Any]) -> Iterator[str]:
    """One process alone can tell what something else has written to the files of SQLite."""
    workers = read.get("workers", 1)
    if workers > 1 and str(read.get("database", "")).startswith("sqlite"):
        yield f"RMS_WORKERS must be 1 with SQLite, not {workers}. Use PostgreSQL for more."


def _sentence(problem: Any, env: Mapping[str, str]) -> str:
    """In words of our own, without what a secret holds."""
    known = next(one for one in SETTINGS if one.variable == problem["loc"][0])
    if problem["type"] == "missing":
        return f"{known.variable} is missing. It must be {known.allowed}."
    given = "" if known.secret else f", not {env[known.variable]!r}"
    return f"{known.variable} must be {known.allowed}{given}."


def _problems_of_agency(env: Mapping[str, str]) -> Iterator[str]:
    beside = ("RMS_OIDC_CLIENT_ID", "RMS_OIDC_CLIENT_SECRET", "RMS_ADDRESS")
    if env.get("RMS_OIDC_ISSUER") and (missing := [name for name in beside if not env.get(name)]):
        yield f"RMS_OIDC_ISSUER also needs {', '.join(missing)}."


@dataclass(frozen=True)
class Setting:
    """An environment variable in words: what it sets, what is allowed, and what holds without it."""

    variable: str
    meaning: str
    allowed: str
    default: str
    secret: bool


def _described() -> Iterator[Setting]:
    for name, about in _settings(*ALL).model_fields.items():
        yield Setting(
            variable=str(about.validation_alias),
            meaning=about.description or "",
            allowed=about.title or _allowed(about),
            default=_unset(about),
            secret=not Config.__dataclass_fields__[name].repr,
        )


def _allowed(about: FieldInfo) -> str:
    if about.annotation is bool:
        return "0 or 1"
    if about.annotation is SecondFactor:
        *others, last = SecondFactor
        return f"{', '.join(others)} or {last}"
    bounds = {
        name: getattr(one, name) for one in about.metadata for name in ("ge", "le") if hasattr(one, name)
    }
    least, *most = (_number(bounds[name]) for name in ("ge", "le") if name in bounds)
    return f"a whole number from {least} to {most[0]}" if most else f"a whole number, {least} or more"


def _unset(about: FieldInfo) -> str:
    if about.is_required():
        return "required"
    if isinstance(about.json_schema_extra, dict):
        return str(about.json_schema_extra[UNSET])
    return _number(about.default) if about.default not in ("", None) else "none"


def _number(value: Any) -> str:
    """As it is typed into the environment."""
    if isinstance(value, timedelta):
        return str(value // timedelta(minutes=1))
    return str(int(value) if isinstance(value, bool) else value)


ALL = tuple(one.name for one in fields(Config))
SETTINGS = tuple(_described())
