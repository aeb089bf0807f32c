"""The fields of the form: their names, what was typed into them, and the assessment that says.

Typed text goes to the domain as it stands wherever it is no answer of the item's kind, so that
there is one place that refuses and one wording of what is allowed.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from api.schemas.strict_fields import is_safe
from api.web.form_data import WHOLE, decimal_typed, whole_typed
from rms.assessment import Assessment, Kind, offender_number
from rms.assessment.assessment import REASON_LENGTH, SEXES, completed_years
from rms.assessment.carrying import carried_over
from rms.assessment.consistency import warnings, warnings_against
from rms.errors import InvalidInput, Problem
from rms.instrument import Answer, Instrument, Item, Level, Source
from rms.instrument import Kind as ItemKind
from rms.submission import Submission

Typed = Mapping[str, str]

REASON = "reason"  # why something is corrected
UNKNOWN = "?"  # the value of the radio button "unknown"; no level is spelled so
TEXTS = ("offender_number", "sex", REASON)
DATE_PARTS = ("day", "month", "year")
DATES = ("date_of_birth", "release_date")
IDENTIFICATION = ("offender_number", "sex", "date_of_birth", "release_date")


class Mode(StrEnum):
    """What a form is for."""

    ASSESSMENT = "assessment"
    WHAT_IF = "what_if"
    CORRECTION = "correction"


IN_ADDRESS = {Mode.ASSESSMENT: "from", Mode.WHAT_IF: "what_if", Mode.CORRECTION: "corrects"}


@dataclass(frozen=True)
class Start:
    """What a form starts from: nothing, an assessment to carry over, a baseline, or what is corrected."""

    origin: Submission | None = None
    mode: Mode = Mode.ASSESSMENT

    @property
    def what_if(self) -> bool:
        return self.mode is Mode.WHAT_IF

    @property
    def corrects(self) -> bool:
        return self.mode is Mode.CORRECTION

    @property
    def kind(self) -> Kind:
        return Kind.WHAT_IF if self.what_if else Kind.ASSESSMENT

    @property
    def baseline_id(self) -> str | None:
        return self.origin.id if self.origin and self.what_if else None

    @property
    def based_on(self) -> str | None:
        if self.origin is None or self.what_if:
            return None
        return self.origin.assessment.based_on if self.corrects else self.origin.id

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What an address says of it."""
        return {} if self.origin is None else {IN_ADDRESS[self.mode]: self.origin.id}

    def typed(self, instrument: Instrument) -> Typed:
        """The form as it is handed out: what still fits of where it starts."""
        return {} if self.origin is None else typed_from(self.origin.assessment, instrument)

    @property
    def fixed(self) -> Typed:
        """Fields that cannot be typed: who the person is, and in a what-if the whole identification."""
        if self.origin is None:
            return {}
        assessment = self.origin.assessment
        return _identified(assessment) if self.what_if else {"offender_number": assessment.offender_number}

    def made_on(self, today: date) -> date:
        """A correction is still of the day that the wrong one was made on."""
        return self.origin.assessment.assessed_on if self.origin and self.corrects else today


def assessment_from(typed: Typed, start: Start, *, instrument: Instrument, today: date) -> Assessment:
    """The assessment that the typed fields say.

    Raises
    ------
    InvalidInput
        With every problem of the form, in the order of its fields.
    """
    typed = {**typed, **start.fixed}
    number = typed.get("offender_number", "").strip()
    problems = list(_text_problems(typed, instrument))
    born = _date(typed, "date_of_birth", problems)
    released = _date(typed, "release_date", problems)
    try:
        assessment = Assessment(
            instrument=instrument,
            offender_number=offender_number(number) or number,
            sex=typed.get("sex", ""),
            date_of_birth=born or date.min,  # refused, so that the other problems are found with it
            assessed_on=start.made_on(today),
            answers=dict(_answers(typed, instrument)),
            unknown=dict(_unknown(typed, instrument)),
            release_date=released,
            kind=start.kind,
            baseline_id=start.baseline_id,
            based_on=start.based_on,
        )
    except InvalidInput as refused:
        found = {problem.pointer for problem in problems}
        problems += [problem for problem in refused.problems if problem.pointer not in found]
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: _place(problem.pointer, instrument)))
    return assessment


def identified(typed: Typed) -> tuple[str | None, str, date | None]:
    """Whom the form is about as far as it says so rightly: their number, sex and date of birth."""
    sex = typed.get("sex", "")
    number = offender_number(typed.get("offender_number", "").strip())
    return number, sex if sex in SEXES else "unknown", _date(typed, "date_of_birth", [])


def typed_from(assessment: Assessment, instrument: Instrument) -> Typed:
    """The fields that say this assessment in that instrument's form: the inverse of `assessment_from`."""
    kept = carried_over(assessment, instrument)
    return {**_identified(assessment), **_typed_items(instrument, kept.answers, kept.unknown)}


def body_from(typed: Typed, start: Start, instrument: Instrument) -> dict[str, Any]:
    """A draft's body: what is typed so far, right or wrong, as it would be posted.

    Raises
    ------
    InvalidInput
        Where a text cannot be kept as it stands.
    """
    typed = {**typed, **start.fixed}
    body: dict[str, Any] = {
        "instrument": instrument.name,
        **_begun_from(start),
        **{name: typed[name].strip() for name in TEXTS if typed.get(name, "").strip()},
        **{name: text for name in DATES if (text := _joined(typed, name))},
        "answers": dict(_answers(typed, instrument)),
        "unknown": dict(_unknown(typed, instrument)),
    }
    if problems := list(_unkept(body)):
        raise InvalidInput(problems)
    return body


def _begun_from(start: Start) -> dict[str, str]:
    """What a draft says of where its form started."""
    if start.origin is None:
        return {}
    if start.corrects:
        return {"corrects": start.origin.id}
    if start.what_if:
        return {"kind": str(start.kind), "baseline_id": start.origin.id}
    return {"based_on": start.origin.id}


def typed_from_body(body: Mapping[str, Any], instrument: Instrument) -> Typed:
    """The fields that say what a draft holds: the inverse of `body_from`."""
    typed = {name: str(body[name]) for name in TEXTS if body.get(name)}
    for name in DATES:
        parts = str(body.get(name) or "").split("-", 2)
        year, month, day = (*parts, "", "")[:3]
        given = zip(DATE_PARTS, (day, month, year), strict=True)
        typed |= {f"{name}-{part}": text.lstrip("0") or text for part, text in given if text}
    return typed | _typed_items(instrument, body.get("answers") or {}, body.get("unknown") or {})


def patch_between(
    before: Mapping[str, Any], after: Mapping[str, Any], *, looked_at: Set[str] = frozenset()
) -> dict[str, Any]:
    """The merge patch (RFC 7396) that makes a draft's body from another; it names what was looked at too.

    >>> patch_between({"sex": "male", "answers": {"drug": 1}}, {"answers": {"drug": 2}})
    {'sex': None, 'answers': {'drug': 2}}
    """
    parts = ("answers", "unknown")
    patch: dict[str, Any] = {name: None for name in before if name not in after and name not in parts}
    patch |= {name: value for name, value in after.items() if name not in parts and before.get(name) != value}
    for part in parts:
        old, new = before.get(part) or {}, after.get(part) or {}
        named = {code: None for code in old if code not in new}
        named |= {code: value for code, value in new.items() if old.get(code) != value or code in looked_at}
        if named:
            patch[part] = named
    return patch


def contradictions(
    typed: Typed, start: Start, *, instrument: Instrument, today: date
) -> dict[str, list[str]]:
    """What of the answers cannot all be true: field → sentences, at each field that has a part in it."""
    typed = {**typed, **start.fixed}
    on, born = start.made_on(today), _date(typed, "date_of_birth", [])
    age = completed_years(born, on) if born else None
    told: dict[str, list[str]] = {}
    answers = dict(_answers(typed, instrument))
    before = start.origin.assessment.answers if start.origin and start.mode is Mode.ASSESSMENT else {}
    for found in (*warnings(instrument, answers, age=age), *warnings_against(instrument, before, answers)):
        for code in found.items:
            item = instrument.item(code)
            field = answer_field(item) if item.source is Source.ANSWER else "date_of_birth"
            told.setdefault(field, []).append(found.detail)
    return told


def said_of(typed: Typed, item: Item) -> dict[str, str]:
    """What the fields of one item say, the empty ones left out."""
    names = (answer_field(item), unknown_field(item), reason_field(item))
    return {name: typed[name].strip() for name in names if typed.get(name, "").strip()}


def told_of(typed: Typed, item: Item) -> str:
    """What the fields of one item say, in words; empty if they say nothing."""
    answer = typed.get(answer_field(item), "").strip()
    if typed.get(unknown_field(item)) == UNKNOWN:
        return f"unknown: {typed.get(reason_field(item), '').strip() or 'no reason given'}"
    level = next((one for one in item.levels if str(one.value) == answer), None)
    return answer if level is None else told_level(item, level)


def told_level(item: Item, level: Level) -> str:
    if item.kind is not ItemKind.ORDINAL or level.label == str(level.value):
        return level.label
    return f"{level.value}: {level.label}"


def is_answered(typed: Typed, item: Item) -> bool:
    return bool(typed.get(answer_field(item), "").strip() or typed.get(unknown_field(item)))


def seen_field(item: Item) -> str:
    """The box that says: looked at, and still so."""
    return f"seen-{item.code}"


def answer_field(item: Item) -> str:
    return f"answer-{item.code}"


def unknown_field(item: Item) -> str:
    """One of the radio buttons where there are any, a box of its own beside a number."""
    return answer_field(item) if item.levels else f"unknown-{item.code}"


def reason_field(item: Item) -> str:
    return f"reason-{item.code}"


def field_of(pointer: str) -> str:
    """The id of the field that a problem's pointer means (`/answers/drug` is `answer-drug`)."""
    where, _, code = pointer.removeprefix("/").partition("/")
    return {"answers": f"answer-{code}", "unknown": f"reason-{code}"}.get(where, where) if code else where


def sentence(problem: Problem, instrument: Instrument, typed: Typed) -> str:
    """What to do about a problem of what is typed, in the words of a form."""
    item = next((one for one in instrument.asked if problem.pointer == f"/answers/{one.code}"), None)
    if item is not None and problem.code in ("missing_answer", "invalid_answer"):
        spelled = ", with a point as in 2.5" if "," in typed.get(answer_field(item), "") else ""
        verb = "choose a level" if item.levels else f"enter {item.allowed}{spelled}"
        return f"{item.label}: {verb}" + (", or mark it unknown." if item.unknown_allowed else ".")
    if problem.code == "invalid_reason":
        code = problem.pointer.removeprefix("/unknown/")
        return f"{instrument.item(code).label}: say in up to 200 characters why it is unknown."
    return PLAIN.get((problem.pointer, problem.code), problem.detail)


PLAIN = {
    ("/sex", "invalid_choice"): "Choose the sex that the person’s record gives.",
    ("/answers", "nothing_changed"): "Change one answer or more: this what-if is as its baseline.",
    ("/offender_number", "invalid_offender_number"): (
        "Enter the offender number: up to 20 letters and digits, without a suffix such as -01."
    ),
}


def _identified(assessment: Assessment) -> Typed:
    typed = {"offender_number": assessment.offender_number, "sex": assessment.sex}
    for name, given in (
        ("date_of_birth", assessment.date_of_birth),
        ("release_date", assessment.release_date),
    ):
        if given is not None:
            numbers = (given.day, given.month, given.year)
            typed |= {f"{name}-{part}": str(number) for part, number in zip(DATE_PARTS, numbers, strict=True)}
    return typed


def _typed_items(
    instrument: Instrument, answers: Mapping[str, Answer], unknown: Mapping[str, str]
) -> dict[str, str]:
    typed = {}
    for item in instrument.asked:
        if item.code in answers:
            typed[answer_field(item)] = _spelled(answers[item.code])
        if item.code in unknown:
            typed[unknown_field(item)] = UNKNOWN
            typed[reason_field(item)] = str(unknown[item.code])
    return typed


def _joined(typed: Typed, name: str) -> str:
    """A date as far as it is typed, year first; one that is none is kept too."""
    day, month, year = (typed.get(f"{name}-{part}", "").strip() for part in DATE_PARTS)
    if not (day or month or year):
        return ""
    return f"{year}-{month:0>2}-{day:0>2}" if day and month else f"{year}-{month}-{day}"


def _unkept(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Texts that no draft holds: unprintable, or longer than any field takes."""
    named = {f"/{name}": value for name, value in body.items() if isinstance(value, str)}
    for where in ("answers", "unknown"):
        named |= {f"/{where}/{code}": value for code, value in body[where].items()}
    for pointer, value in named.items():
        if isinstance(value, str) and not (is_safe(value) and len(value) <= REASON_LENGTH):
            detail = f"This cannot be kept: up to {REASON_LENGTH} characters, all of them printable."
            yield Problem(pointer, "unprintable", detail)


def _answers(typed: Typed, instrument: Instrument) -> Iterator[tuple[str, Answer]]:
    for item in instrument.asked:
        text = typed.get(answer_field(item), "").strip()
        if text and not (item.levels and text == UNKNOWN):
            yield item.code, answer_typed(text, item)


def answer_typed(text: str, item: Item) -> Answer:
    """The answer that a text is, or the text, which the item then refuses."""
    if item.kind is ItemKind.CHOICE:
        return text
    return decimal_typed(text) if item.kind is ItemKind.NUMBER else whole_typed(text)


def _unknown(typed: Typed, instrument: Instrument) -> Iterator[tuple[str, str]]:
    for item in instrument.asked:
        if typed.get(unknown_field(item)) == UNKNOWN:
            yield item.code, typed.get(reason_field(item), "").strip()


def _text_problems(typed: Typed, instrument: Instrument) -> Iterator[Problem]:
    for item in instrument.asked:
        if not is_safe(typed.get(reason_field(item), "")):
            detail = f"{item.label}: the reason holds a character that cannot be printed."
            yield Problem(f"/unknown/{item.code}", "unprintable", detail)


def _date(typed: Typed, name: str, problems: list[Problem]) -> date | None:
    """The date in the three fields of `name`, None if they are empty; appends to `problems`."""
    label = name.replace("_", " ")
    day, month, year = (typed.get(f"{name}-{part}", "").strip() for part in DATE_PARTS)
    if not (day or month or year):
        if name == "date_of_birth":
            problems.append(Problem(f"/{name}", "missing", f"Enter the {label}."))
        return None
    try:
        if not all(WHOLE.fullmatch(part) for part in (day, month, year)) or len(year) != 4:
            raise ValueError
        return date(int(year), int(month), int(day))
    except ValueError:
        detail = f"The {label} must be a real date with a four-digit year, such as 27 3 1985."
        problems.append(Problem(f"/{name}", "invalid_date", detail))
        return None


def _spelled(answer: Answer) -> str:
    """The shortest text that gives the same number back, never with an exponent."""
    return np.format_float_positional(answer, trim="-") if isinstance(answer, float) else str(answer)


def _place(pointer: str, instrument: Instrument) -> int:
    """Where on the form the field of a pointer stands."""
    where, _, code = pointer.removeprefix("/").partition("/")
    if where in IDENTIFICATION:
        return IDENTIFICATION.index(where)
    return len(IDENTIFICATION) + instrument.position.get(code, len(instrument.items))
