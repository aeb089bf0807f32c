import re
from pathlib import Path

import pytest

from api import config as module
from api.config import SETTINGS, Config, from_environment
from rms.errors import ConfigurationInvalid

SECRET = {"RMS_SECRET_KEY": "s" * 32}


def test_from_little() -> None:
    config = from_environment({**SECRET, "RMS_DATA": "/srv/rms"})
    assert config.database == "sqlite:////srv/rms/rms.sqlite"
    assert config.library == Path("/srv/rms/libraries")
    assert config.max_body == 1_048_576
    assert config.insecure_cookies is False


def test_from_much() -> None:
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
    "env",
    [
        {},
        {"RMS_SECRET_KEY": "short"},
        {**SECRET, "RMS_MAX_BODY": "1MB"},
        {**SECRET, "RMS_MAX_BODY": "0"},
        {**SECRET, "RMS_MAX_BODY": "-5"},
        {**SECRET, "RMS_INSECURE_COOKIES": "yes"},
        {**SECRET, "RMS_DRAFT_DAYS": "0"},
        {**SECRET, "RMS_DRAFT_DAYS": "4000"},
        {**SECRET, "RMS_STALE_MONTHS": "half"},
    ],
)
def test_refused(env: dict[str, str]) -> None:
    with pytest.raises(ConfigurationInvalid, match="RMS_"):
        from_environment(env)


def test_the_secret_is_not_shown() -> None:
    assert "s" * 32 not in repr(from_environment(SECRET))


def test_every_variable_read_is_in_the_table() -> None:
    folder = Path(module.__file__).parent
    read = {
        name
        for file in ("config.py", "app.py", "runtime/gunicorn_settings.py", "runtime/wsgi.py")
        for name in re.findall(r'"(RMS_[A-Z_]+)"', (folder / file).read_text(encoding="utf-8"))
    }
    assert read - {"RMS_SESSION_COOKIE"} == {setting.variable for setting in SETTINGS}


def test_config_is_frozen() -> None:
    assert Config.__dataclass_params__.frozen  # type: ignore[attr-defined]
