"""The severity tables and the settings of the harm score that come with RMS."""

from functools import cache
from importlib.resources import files

from rms.errors import InvalidInput, Problem
from rms.harm.settings import HarmSettings, settings_from
from rms.harm.severity import SeverityTable
from rms.harm.severity_files import severity_table

CRIME_HARM_INDEX = "cchi-2026"
CRIME_SEVERITY_SCORE = "css"
SETTINGS = "rms-harm-1"


@cache
def crime_harm_index() -> SeverityTable:
    """The Cambridge Crime Harm Index 2026, in days, as far as its codes are public."""
    return severity_table(_text(CRIME_HARM_INDEX))


@cache
def crime_severity_score() -> SeverityTable:
    """The ONS Crime Severity Score, as far as its weights are public. The harm score never uses it."""
    return severity_table(_text(CRIME_SEVERITY_SCORE))


@cache
def harm_settings() -> HarmSettings:
    """The constants of `rms-harm-1`."""
    return settings_from(_text(SETTINGS))


def agency_settings(text: str) -> HarmSettings:
    """Settings from the text of an agency's file: those of RMS, or others with a version of their own.

    Raises
    ------
    InvalidInput
        As `settings_from`, and if other values have the version of RMS.
    """
    settings = settings_from(text)
    if settings.version == SETTINGS and settings != harm_settings():
        detail = (
            f"{SETTINGS} comes with RMS and has other values. Give your settings another version, such as "
            f"{SETTINGS}-county."
        )
        raise InvalidInput([Problem("/version", "version_in_use", detail)])
    return settings


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
