"""The criteria of the offender list in a URL: read them, say them in words, and write them back.

A URL has the names of the API, such as `/harm?under_25=true&home_area=W1&managed=no`. A name of a person is
never in it as it is: `who` has it encrypted for its user.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, url_for
from werkzeug.datastructures import MultiDict

from api.context import application, request_context
from api.schemas.harm.offender_list import CRITERIA, LISTS, NAMES, HarmListSchema, filter_from
from api.schemas.problems import loaded
from api.services.access.encryption import Cipher, for_address, from_address
from api.services.access.offices import areas_in_scope, as_tree, offices
from api.storage import Office
from api.web import formatting
from api.web.form_data import whole_typed
from rms.errors import InvalidInput, Problem, listed, near, near_it
from rms.harm.listing import COHORTS_LISTED, STAGES_LISTED, HarmFilter
from rms.harm.settings import BANDS
from rms.parsing import date_in
from rms.records.offence_codes import codes_near
from rms.reports import record_words

Pairs = tuple[tuple[str, str], ...]

WHO = "who"
AREAS = "areas"  # in `g`
YOUR_AREA = "your area"
FLAGS = ("under_25", "elsewhere", "moved_up", "release_soon", "disagreements", "show_hidden")
NUMBERS = ("offence_last_days", "moved_last_days", "size")
OFFENCE = "offence"  # the select of the form: a category or a group
OF_URL = (*(name for name in CRITERIA if name not in NAMES), WHO)
NOT_CRITERIA = ("name", "cursor", "done", OFFENCE)  # also in URLs and forms of pages
MANAGED = {"yes": "yes", "no": "no", "not_known": "not known"}
AGES = {"adult": "Adults", "juvenile": "Under 18"}
WRONG = {
    "offence": "Offence: choose an offence from the list.",
    "offence_code": "Offence code: enter a code such as 03402 or 8N.",
    "offence_last_days": "Offence: choose one of the times.",
    "moved_last_days": "Moved to another band: choose one of the times.",
    "size": "Length of the list: enter a whole number from 1 to 10000.",
    "home_area": "Home area: choose an area from the list.",
    "offence_area": "Area of the offence: choose an area from the list.",
    "elsewhere": "Offends elsewhere: choose a home area first.",
    "moved_up": "Moved up: choose since when.",
    "who": "Name: enter the first letters of a forename or surname.",
}
ONE_OFFENCE = "Offence: choose an offence or enter a code, not both."
INVALID = "{}: choose one of the values of the filter."


@dataclass(frozen=True)
class Chip:
    """A criterion in words, its parameter, and the parameters without it."""

    words: str
    name: str
    without: Pairs


@dataclass(frozen=True)
class Criteria:
    """The criteria of a URL or a form; `pairs` are their parameters in a URL.

    `names` are the names searched for, by `forename` and `surname`. `errors` is field → message.
    """

    pairs: Pairs
    filter: HarmFilter
    names: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> Mapping[str, str]:
        """Field → text of the form; several values with a space between them."""
        found: dict[str, str] = {}
        for name, value in self.pairs:
            found[name] = f"{found[name]} {value}" if name in found else value
        for level in ("category", "group"):
            if f"offence_{level}" in found:
                found[OFFENCE] = f"{level}:{found[f'offence_{level}']}"
        return {**found, **self.names}

    @property
    def body(self) -> Mapping[str, Any]:
        """The criteria in the form of an API request body, with the names."""
        return {**body_of(self.pairs), **self.names}

    @property
    def parameters(self) -> Mapping[str, list[str]]:
        """The same as in a URL, by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            found.setdefault(name, []).append(value)
        return found

    @property
    def chips(self) -> tuple[Chip, ...]:
        return () if self.errors else tuple(chips(self.pairs, self.names))

    def address(self, endpoint: str, **more: str) -> str:
        return address(endpoint, (*self.pairs, *more.items()))


def criteria(parameters: "MultiDict[str, str]") -> Criteria:
    """The criteria of a URL or a form. Invalid ones have `errors` and an empty filter."""
    pairs, names = tuple(_pairs(parameters)), _names(parameters.get(WHO, ""))
    problems = [
        Problem(f"/{name}", "unknown", "") for name in parameters if name not in (*OF_URL, *NOT_CRITERIA)
    ]
    if WHO in dict(pairs) and not names:
        problems.append(Problem(f"/{WHO}", "invalid_value", ""))
    try:
        body = {**body_of(pairs), **names}
        context = request_context()
        filter = filter_from(loaded(HarmListSchema(), body), application().harm.table, today=context.today)
        problems += _unknown_areas(filter)
    except InvalidInput as refused:
        problems += refused.problems
    if problems:
        given = dict(pairs)
        return Criteria(pairs, HarmFilter(), names, dict(_error(problem, given) for problem in problems))
    return Criteria(pairs, filter, names)


def address(endpoint: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{url_for(endpoint)}?{query}" if query else url_for(endpoint)


def body_of(pairs: Pairs) -> dict[str, Any]:
    """
    >>> body_of((("under_25", "true"), ("managed", "no"), ("managed", "not_known"), ("size", "10")))
    {'under_25': True, 'managed': ['no', 'not_known'], 'size': 10}
    """
    body: dict[str, Any] = {}
    for name, text in pairs:
        if name in LISTS:
            body.setdefault(name, []).append(text)
        elif name in FLAGS:
            body[name] = text == "true" or text
        elif name in NUMBERS:
            body[name] = whole_typed(text)
        elif name != WHO:
            body[name] = text
    return body


def pairs_of(body: Mapping[str, Any]) -> Pairs:
    """The inverse of `body_of`, for saved lists.

    >>> pairs_of({"managed": ["no", "not_known"], "under_25": True, "elsewhere": False, "size": 10})
    (('under_25', 'true'), ('managed', 'no'), ('managed', 'not_known'), ('size', '10'))
    """
    found: list[tuple[str, str]] = []
    for name in OF_URL:
        value = body.get(name)
        if isinstance(value, list):
            found += [(name, word) for word in value]
        elif value is True:
            found.append((name, "true"))
        elif value is not None and value is not False:
            found.append((name, str(value)))
    return tuple(found)


def with_names(pairs: Pairs, *, forename: str, surname: str) -> Pairs:
    """The criteria with these names in place of others, encrypted for the user."""
    others = tuple(pair for pair in pairs if pair[0] != WHO)
    given = {name: text for name, text in (("forename", forename), ("surname", surname)) if text}
    if not given:
        return others
    sealed = _cipher().encrypt(json.dumps(given).encode(), whose=str(g.user.id))
    return (*others, (WHO, for_address(sealed)))


def area_names() -> Mapping[str, str]:
    """Code → name of each area, by name. Read once for a page."""
    return {area.code: area.name for area in _areas() if area.code}


def area_choices(*, chosen: str, everywhere: bool = False) -> Mapping[str, str]:
    """Code → words of each area, as a tree: an area comes after the one above it, and further to the right.

    The areas are those where people of the user may live; `everywhere`: all. The chosen one is always there.
    """
    areas = _areas() if everywhere else areas_in_scope(request_context())
    codes = {chosen, *(area.code for area in areas)}
    shown = [area for area in _areas() if area.code in codes]
    return {area.code or "": formatting.indented(_said(area), depth) for depth, area in as_tree(shown)}


def works_in_area() -> bool:
    """Whether the user's office is an area of the police."""
    return any(area.id == g.user.office for area in _areas())


def has_areas() -> bool:
    """Whether the agency has areas of the police."""
    return bool(_areas())


def _areas() -> tuple[Office, ...]:
    if AREAS not in g:
        setattr(g, AREAS, tuple(office for office in offices(request_context()) if office.code))
    found: tuple[Office, ...] = getattr(g, AREAS)
    return found


def _said(area: Office) -> str:
    kind = record_words.AREAS.get(area.kind or "", area.kind)
    notes = [note for note in (kind, YOUR_AREA if area.id == g.user.office else "") if note]
    return f"{area.name} ({', '.join(notes)})" if notes else area.name


def chips(pairs: Pairs, names: Mapping[str, str]) -> Iterator[Chip]:
    """Each valid criterion in words, in the order of the form, and the names searched for."""
    today, given, areas = request_context().today, dict(pairs), area_names()

    def chip(words: str, *names: str) -> Chip:
        return Chip(words, names[0], tuple(pair for pair in pairs if pair[0] not in names))

    for name in ("offence_category", "offence_group", "offence_code"):
        if name in given:
            yield chip(f"{'Offence code' if name == 'offence_code' else 'Offence'}: {given[name]}", name)
    if "offence_last_days" in given:
        start = today - timedelta(days=int(given["offence_last_days"]))
        yield chip(f"Offence since {formatting.day(start)}", "offence_last_days")
    if since := date_in(given.get("offence_since", "")):
        yield chip(f"Offence since {formatting.day(since)}", "offence_since")
    if "offence_area" in given:
        yield chip(f"Offence in {areas.get(given['offence_area'], given['offence_area'])}", "offence_area")
    if "home_area" in given:
        yield chip(f"Lives in {areas.get(given['home_area'], given['home_area'])}", "home_area", "elsewhere")
    if "elsewhere" in given:
        yield chip("Offends outside the home area", "elsewhere")
    if "under_25" in given:
        yield chip("Under 25", "under_25")
    if "age_group" in given:
        yield chip(AGES[given["age_group"]], "age_group")
    for name, words in WORDS.items():
        values = [value for key, value in pairs if key == name]
        if values:
            said = " or ".join(words.get(value, value) for value in values)
            yield chip(f"{LABELS[name]}: {said}", name)
    if "moved_last_days" in given:
        start = today - timedelta(days=int(given["moved_last_days"]))
        yield chip(f"Moved band since {formatting.day(start)}", "moved_last_days", "moved_up")
    if since := date_in(given.get("moved_since", "")):
        yield chip(f"Moved band since {formatting.day(since)}", "moved_since", "moved_up")
    if "moved_up" in given:
        yield chip("Only to a higher band", "moved_up")
    if "release_soon" in given:
        yield chip("Release soon", "release_soon")
    if names:
        said = " and ".join(f"{name} begins with “{text}”" for name, text in names.items())
        yield chip(said[0].upper() + said[1:], WHO)
    if "disagreements" in given:
        yield chip("Harm band and example-based score disagree", "disagreements")
    if "show_hidden" in given:
        yield chip("Hidden people too", "show_hidden")
    if "size" in given:
        yield chip(f"The first {int(given['size']):,}", "size")


# A criterion without a field of its own → the field where its message is.
AT_FIELD = {
    **dict.fromkeys(NAMES, WHO),
    **dict.fromkeys(("offence_category", "offence_group"), OFFENCE),
    "offence_since": "offence_last_days",
    "moved_since": "moved_last_days",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "managed": MANAGED,
    "cohorts": {**record_words.COHORTS, "none": "no cohort"},
    "stages": record_words.STAGES,
    "bands": {},
}
LABELS = {
    "managed": "Managed",
    "cohorts": "Cohort",
    "stages": "Open case",
    "bands": "Band",
    "age_group": "Age",
}


CHOICES: Mapping[str, Iterable[str]] = {
    "age_group": AGES.values(),
    "bands": BANDS,
    "cohorts": [WORDS["cohorts"][name] for name in COHORTS_LISTED],
    "managed": MANAGED.values(),
    "stages": [record_words.STAGES[name] for name in STAGES_LISTED],
}


def _unknown_areas(filter: HarmFilter) -> list[Problem]:
    given = {"home_area": filter.home_area, "offence_area": filter.offence_area}
    return [
        Problem(f"/{name}", "unknown_area", "")
        for name, code in given.items()
        if code is not None and code not in area_names()
    ]


def _pairs(parameters: "MultiDict[str, str]") -> Iterator[tuple[str, str]]:
    """The parameters in their order, without empty ones. The select of offences becomes its criterion."""
    level, _, named = parameters.get(OFFENCE, "").partition(":")
    for name in OF_URL:
        values = list(
            dict.fromkeys(value for text in parameters.getlist(name) for value in _words(name, text))
        )
        if name == f"offence_{level}" and level in ("category", "group"):
            values = [named]
        yield from ((name, value) for value in values)


def _words(name: str, text: str) -> list[str]:
    """The select of who is managed sends several values with a space between them."""
    text = text.strip()
    return text.split() if name == "managed" else [text] if text else []


def _error(problem: Problem, given: Mapping[str, str]) -> tuple[str, str]:
    """The field and the message of a problem, with the known values near the one that was given."""
    name = problem.pointer.removeprefix("/").partition("/")[0]
    if problem.code == "one_offence":
        return OFFENCE, ONE_OFFENCE
    if problem.code == "unknown":
        found = near_it(near(name, (*OF_URL, OFFENCE)))
        return OFFENCE, f"The address contains “{name[:64]}”, which RMS does not recognise.{found}"
    shown = AT_FIELD.get(name, name)
    said = WRONG.get(shown) or _one_of(name)
    return shown, f"{said}{near_it(_near(name, given.get(name, '')))}"


def _one_of(name: str) -> str:
    label = LABELS.get(name, name)
    values = CHOICES.get(name)
    return INVALID.format(label) if values is None else f"{label}: choose one of {listed(values)}."


def _near(name: str, given: str) -> Iterable[str]:
    """The known values of a criterion that are near the given one."""
    table = application().harm.table
    if name == "offence_code":
        return codes_near(given, table.codes)
    if name in ("home_area", "offence_area"):
        return near(given, area_names())
    return near(given, {"offence_category": table.tree(), "offence_group": table.groups}.get(name, ()))


def _names(sealed: str) -> dict[str, str]:
    """The names in a parameter that `with_names` made for this user."""
    with suppress(ValueError):
        text = _cipher().decrypt(from_address(sealed), whose=str(g.user.id)) if sealed else None
        if text is not None:
            return {name: str(value) for name, value in json.loads(text).items()}
    return {}


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="names in an address")
