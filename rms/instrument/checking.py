"""Every problem of an instrument's file, each with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rms.errors import InstrumentInvalid, InvalidInput, Problem, ProtectedAttribute
from rms.instrument.catalogue import instrument, names
from rms.instrument.model import HISTORY, Instrument, Source
from rms.instrument.parsing import instrument_of
from rms.instrument.reading import placed, read_toml
from rms.instrument.rules import CODE, PROTECTED_ATTRIBUTE, broken_rules
from rms.instrument.shape import wrong_keys

LONGEST_NAME = 64  # characters
NEED = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}", re.ASCII)
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._]*", re.ASCII)
# What stands for tables that are missing or wrong, so that the others can still be checked.
EMPTY: Mapping[str, Any] = {
    **{"name": "", "version": "", "title": "", "description": ""},
    **{"sections": {}, "items": [], "needs": [], "processes": [], "comparables": {}, "datasheet": {}},
    "csv": {"case_number": "", "person": ""},
}
LISTS = ("items", "needs", "processes")


def checked_instrument(text: str) -> Instrument:
    """An instrument from the text of an agency's file.

    Raises
    ------
    InstrumentInvalid, ProtectedAttribute
        With every problem, as `instrument_problems`.
    """
    if problems := instrument_problems(text):
        is_protected = any(problem.code == PROTECTED_ATTRIBUTE for problem in problems)
        refused = ProtectedAttribute if is_protected else InstrumentInvalid
        raise refused(f"The instrument has {len(problems)} problem(s). {problems[0].detail}", problems)
    return instrument_of(tomllib.loads(text), text=text).in_order_of_form()


def instrument_problems(text: str) -> list[Problem]:
    """What is wrong with the text of an instrument's file, in the order of its lines; empty if nothing is.

    The pointer of a problem is its line and its key: `/12/kind`.
    """
    try:
        source = read_toml(text)
    except InvalidInput as error:
        return list(error.problems)
    shape = list(wrong_keys(source))
    return placed([*shape, *_sound_part(source, shape, text).problems()], text)


@dataclass(frozen=True)
class _SoundPart:
    """An instrument without the tables that are wrong in themselves.

    `places` are the places in the file of the entries of each list; `lost` the codes of items and needs
    that are left out.
    """

    built: Instrument
    places: Mapping[str, list[int]]
    lost: frozenset[str]
    wrong: frozenset[str]

    def problems(self) -> Iterator[Problem]:
        for problem in (*broken_rules(self.built), *_naming(self.built), *_sex_twice(self.built)):
            _, table, *rest = problem.pointer.split("/")
            if not self._follows(table, rest):
                at = [str(self.places[table][int(rest[0])]), *rest[1:]] if table in LISTS and rest else rest
                yield replace(problem, pointer="/".join(("", table, *at)))

    def _follows(self, table: str, rest: list[str]) -> bool:
        """Whether a problem is only there because something else is wrong."""
        if f"/{table}" in self.wrong:
            return True
        if table == "comparables":
            return rest[0] in HISTORY and self.built.shown[rest[0]] in self.lost
        if table != "items" or len(rest) < 2:
            return False
        item = self.built.items[int(rest[0])]
        return (rest[1] == "need" and item.need in self.lost) or (
            rest[1] == "section" and "/sections" in self.wrong
        )


def _sound_part(source: Mapping[str, Any], shape: list[Problem], text: str) -> _SoundPart:
    pointers = [problem.pointer for problem in shape]
    wrong = {f"/{name}" for name in EMPTY if name not in source or f"/{name}" in pointers}
    kept = {name: EMPTY[name] if f"/{name}" in wrong else source.get(name, EMPTY[name]) for name in EMPTY}
    if any(pointer.startswith("/csv") for pointer in pointers):
        kept["csv"] = EMPTY["csv"]
    places, lost = {}, set()
    for name in LISTS:
        bad = {int(pointer.split("/")[2]) for pointer in pointers if pointer.startswith(f"/{name}/")}
        places[name] = [at for at in range(len(kept[name])) if at not in bad]
        lost |= {_code(kept[name][at]) for at in bad}
        if bad and not places[name]:
            wrong.add(f"/{name}")
        kept[name] = [kept[name][at] for at in places[name]]
    pairs = zip(places["needs"], kept["needs"], strict=True)
    sound = [(at, need) for at, need in pairs if need["item"] not in lost]
    places["needs"], kept["needs"] = [at for at, _ in sound], [need for _, need in sound]
    lost |= {need["code"] for need in source.get("needs", []) if _code(need) and need not in kept["needs"]}
    # A list that is left out altogether is reported once, as missing or wrong.
    needs_no_table = {"/needs", "/comparables", "/datasheet"} - {f"/{name}" for name in source}
    return _SoundPart(
        instrument_of(kept, text=text), places, frozenset(lost), frozenset(wrong - needs_no_table)
    )


def _code(entry: object) -> str:
    code = entry.get("code") if isinstance(entry, dict) else None
    return code if isinstance(code, str) else ""


def is_name(name: str) -> bool:
    """Whether an agency's instrument can have this name.

    >>> is_name("county_2"), is_name("County"), is_name("2nd")
    (True, False, False)
    """
    return len(name) <= LONGEST_NAME and CODE.fullmatch(name) is not None


def _sex_twice(built: Instrument) -> Iterator[Problem]:
    """One column of the file has the sex: a second one would be asked for too."""
    for item in built.items:
        if item.source is Source.SEX and built.columns.sex not in ("", item.column):
            detail = (
                f"item {item.code} reads the sex from the column {item.column}, and csv from the column "
                f"{built.columns.sex}. Name the column in one of the two places only"
            )
            yield Problem("/csv/sex", "instrument_rule", detail)


def _naming(built: Instrument) -> Iterator[Problem]:
    """A name and version that can be part of an address and of a folder's name, and are free."""
    if not is_name(built.name):
        detail = (
            f"the name must start with a lower-case letter, followed by up to {LONGEST_NAME - 1} lower-case "
            "letters, digits or _"
        )
        yield Problem("/name", "invalid_name", detail)
    if len(built.version) > LONGEST_NAME or not VERSION.fullmatch(built.version):
        detail = f"the version must have up to {LONGEST_NAME} letters, digits, dots or _, such as 1.0"
        yield Problem("/version", "invalid_version", detail)
    for at, need in enumerate(built.needs):
        if not NEED.fullmatch(need.code):
            detail = (
                f"the need code {need.code} must have up to 20 letters, digits or _, because names of fields "
                "contain it"
            )
            yield Problem(f"/needs/{at}/code", "invalid_name", detail)
    if built.name in names():
        shipped = instrument(built.name)
        if built.version == shipped.version and built.text != shipped.text:
            detail = (
                f"{built.name} {built.version} comes with RMS. Give your instrument another version, such as "
                f"{built.version}.1, or another name"
            )
            yield Problem("/version", "version_in_use", detail)
