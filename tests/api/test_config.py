import re
import traceback
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from api import config as module
from api.config import SETTINGS, Config, from_environment, setting
from rms.errors import ConfigurationInvalid

SECRET = {"RMS_SECRET_KEY": "s" * 32}


def test_defaults_follow_from_the_data_folder() -> None:
    config = from_environment({**SECRET, "RMS_DATA": "/srv/rms"})
    assert config.database == "sqlite:////srv/rms/rms.sqlite"
    assert config.library == Path("/srv/rms/libraries")
    assert config.max_body == 1_048_576
    assert config.insecure_cookies is False


def test_settings_replace_the_defaults() -> None:
    config = from_environment(
        {
            **SECRET,
            "RMS_DATABASE": "sqlite:////db",
            "RMS_LIBRARY": "/library",
            "RMS_MAX_BODY": "5000",
            "RMS_INSECURE_COOKIES": "1",
        }
    )
    assert (config.database, config.library) == ("sqlite:////db", Path("/library"))
    assert (config.max_body, config.insecure_cookies) == (5000, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"RMS_SECRET_KEY": "short"},
        {"RMS_MAX_BODY": "1MB"},
        {"RMS_MAX_BODY": "0"},
        {"RMS_MAX_BODY": "-5"},
        {"RMS_MAX_BODY": " 5"},
        {"RMS_MAX_BODY": "5.0"},
        {"RMS_MAX_BODY": "5_000"},
        {"RMS_MAX_BODY": "٥"},
        {"RMS_MAX_IMPORT": ""},
        {"RMS_INSECURE_COOKIES": "yes"},
        {"RMS_INSECURE_WEBHOOKS": "true"},
        {"RMS_DRAFT_DAYS": "0"},
        {"RMS_DRAFT_DAYS": "4000"},
        {"RMS_EXPORT_DAYS": "3651"},
        {"RMS_STALE_MONTHS": "half"},
        {"RMS_IDLE_MINUTES": "0"},
        {"RMS_IDLE_MINUTES": "721"},
        {"RMS_LIBRARY_MINUTES": "0"},
        {"RMS_LIBRARY_MINUTES": "9" * 30},
        {"RMS_RETENTION_MONTHS": "1201"},
        {"RMS_SECOND_FACTOR": "always"},
        {"RMS_OIDC_CLAIM": ""},
        {"RMS_BIND": "localhost"},
        {"RMS_METRICS_BIND": "localhost:65536"},
        {"RMS_WORKERS": "0"},
        {"RMS_THREADS": "0"},
    ],
    ids=str,
)
def test_an_invalid_value_is_refused_with_what_is_allowed(wrong: dict[str, str]) -> None:
    (variable, value), *_ = wrong.items()
    message = error_message({**SECRET, **wrong})
    allowed = next(setting.allowed for setting in SETTINGS if setting.variable == variable)
    shown = "" if variable == "RMS_SECRET_KEY" else f", not {value!r}"
    assert message == f"{variable} must be {allowed}{shown}."


def test_several_workers_need_postgresql() -> None:
    several = {**SECRET, "RMS_WORKERS": "4"}
    assert error_message(several) == "RMS_WORKERS must be 1 with SQLite, not 4. Use PostgreSQL for more."
    assert from_environment({**several, "RMS_DATABASE": "postgresql://rms@host/rms"}).workers == 4
    assert from_environment({**SECRET, "RMS_WORKERS": "1"}).workers == 1


def test_a_missing_setting_is_named() -> None:
    assert error_message({}).startswith("RMS_SECRET_KEY is missing.")


def test_every_invalid_setting_is_named_at_once() -> None:
    message = error_message({"RMS_RATE": "x", "RMS_BIND": "y", "RMS_OIDC_ISSUER": "http://login.example"})
    assert [line.split()[0] for line in message.splitlines()] == [
        *("RMS_SECRET_KEY", "RMS_RATE", "RMS_OIDC_ISSUER", "RMS_BIND"),
        "RMS_OIDC_ISSUER",  # needs other settings
    ]


def test_one_setting_can_be_read_without_the_others() -> None:
    assert setting({"RMS_DATA": "/srv/rms", "RMS_RATE": "x"}, "library") == Path("/srv/rms/libraries")
    with pytest.raises(ConfigurationInvalid, match="RMS_THREADS"):
        setting({"RMS_THREADS": "x"}, "threads")


def test_only_the_given_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RMS_RATE", "7")
    assert from_environment({**SECRET, "rms_rate": "8"}).rate == Config.rate


def test_errors_and_reprs_do_not_contain_secrets() -> None:
    secrets = {
        "RMS_SECRET_KEY": "s3cr3t" * 8,
        "RMS_OIDC_CLIENT_SECRET": "s3cr3t",
        "RMS_DATABASE": "postgresql://rms:s3cr3t@host/rms",
    }
    assert "s3cr3t" not in repr(from_environment(secrets))
    with pytest.raises(ConfigurationInvalid) as raised:
        from_environment({**secrets, "RMS_SECRET_KEY": secrets["RMS_OIDC_CLIENT_SECRET"], "RMS_RATE": "x"})
    assert "s3cr3t" not in "".join(traceback.format_exception(raised.value))


def test_every_variable_in_the_code_is_a_setting() -> None:
    folder = Path(module.__file__).parent
    variables = {
        name
        for file in folder.rglob("*.py")
        for name in re.findall(r'"(RMS_[A-Z_]+)"', file.read_text(encoding="utf-8"))
    }
    declared = {setting.variable for setting in SETTINGS}
    assert variables - {"RMS_SESSION_COOKIE", "RMS_LIBRARY_COPY"} <= declared


def test_the_environment_has_the_same_defaults_as_the_class() -> None:
    config = from_environment(SECRET)
    assert {name: getattr(config, name) for name in DEFAULTS} == DEFAULTS


def test_config_is_frozen() -> None:
    assert Config.__dataclass_params__.frozen  # type: ignore[attr-defined]


DEFAULTS = {field.name: field.default for field in fields(Config) if field.default is not MISSING}


def error_message(env: dict[str, str]) -> str:
    with pytest.raises(ConfigurationInvalid) as raised:
        from_environment(env)
    return str(raised.value)
