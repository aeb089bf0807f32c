"""The settings and the severity table of the harm score: those of RMS, or the agency's own.

An agency's own are files in the folder `harm` in RMS_DATA: `settings.toml`, and a TOML file for each severity
table, with its codes in a CSV file of the same name if they are many.
"""

from dataclasses import dataclass
from pathlib import Path

from reference_library import regular_files
from rms.encodings import not_utf8
from rms.errors import InvalidInput, Problem
from rms.harm.catalogue import agency_settings, crime_harm_index, harm_settings
from rms.harm.settings import HarmSettings
from rms.harm.severity import SeverityTable, SeverityTables
from rms.harm.severity_files import severity_table

SETTINGS_FILE = "settings.toml"
MOST_BYTES = 16 * 1024**2


@dataclass(frozen=True)
class HarmRules:
    """What a score is calculated with."""

    settings: HarmSettings
    table: SeverityTable

    @property
    def name(self) -> str:
        """The version of the settings and the edition of the severity table."""
        return f"{self.settings.version}, {self.table.name}"


def harm_rules(folder: Path) -> HarmRules:
    """The rules in use: those in the folder, and those of RMS for what it does not have.

    Raises
    ------
    InvalidInput
        If a file has problems; each pointer starts with the name of the file.
    NotFound
        If there is no severity table of the name that the settings give.
    """
    own = folder / SETTINGS_FILE
    settings = agency_settings(_text(own)) if own.exists() else harm_settings()
    tables = [crime_harm_index()]
    for path in sorted(folder.glob("*.toml")):
        if path.name != SETTINGS_FILE:
            tables.append(_table(path))
    return HarmRules(settings, SeverityTables(tuple(tables)).named(settings.severity_table))


def _table(path: Path) -> SeverityTable:
    codes = path.with_suffix(".csv")
    try:
        return severity_table(_text(path), codes=_text(codes) if codes.exists() else None)
    except InvalidInput as error:
        raise InvalidInput(
            Problem(f"/{path.name}{one.pointer}", one.code, one.detail) for one in error.problems
        ) from error


def _text(path: Path) -> str:
    try:
        return regular_files.content(path, most=MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = not_utf8(path.name, error.object)
        raise InvalidInput([Problem(f"/{path.name}", "not_utf8", detail)]) from error
