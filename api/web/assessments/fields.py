"""The fields of the form: their names, their values, and the assessment they describe.

Text that is not an answer of the item's kind goes to the domain unchanged, so that one place
validates it and words the error.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from api.web.form_data import decimal_typed, whole_typed
from rms.assessment import Assessment, AssessmentKind, offender_number
from rms.assessment.assessment import REASON_LENGTH
from rms.assessment.carrying import carried_over
from rms.assessment.consistency import warnings, warnings_against
from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem
from rms.instrument import Answer, Instrument, Item, ItemKind, Level, Source
from rms.parsing import date_in
from rms.people.sexes import SEXES
from rms.safe_text import is_safe
from rms.submission import Submission

Typed = Mapping[str, str]

REASON = "reason"  # for the correction
UNKNOWN = "?"  # the value of the radio button "unknown"; no level has this value
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
    """What a form starts from: nothing, an earlier assessment, a baseline, or the assessment to correct.

    `instrument` is the name of the instrument that was chosen for a form that starts from nothing.
    """

    origin: Submission | None = None
    mode: Mode = Mode.ASSESSMENT
    instrument: str = ""

    @property
    def what_if(self) -> bool:
        return self.mode is Mode.WHAT_IF

    @property
    def corrects(self) -> bool:
        return self.mode is Mode.CORRECTION

    @property
    def kind(self) -> AssessmentKind:
        return AssessmentKind.WHAT_IF if self.what_if else AssessmentKind.ASSESSMENT

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
        """The query arguments that say where the form starts."""
        if self.origin is not None:
            return {IN_ADDRESS[self.mode]: self.origin.id}
        return {"instrument": self.instrument} if self.instrument else {}

    def typed(self, instrument: Instrument) -> Typed:
        """The fields of the new form: the answers that still fit the instrument."""
        return {} if self.origin is None else typed_from(self.origin.assessment, instrument)

    @property
    def fixed(self) -> Typed:
        """Fields that the user cannot change: the number, or in a what-if the whole identification."""
        if self.origin is None:
            return {}
        assessment = self.origin.assessment
        return _identified(assessment) if self.what_if else {"offender_number": assessment.offender_number}

    def made_on(self, today: date) -> date:
        """A correction keeps the date of the assessment it corrects."""
        return self.origin.assessment.assessed_on if self.origin and self.corrects else today


def assessment_from(typed: Typed, start: Start, *, instrument: Instrument, today: date) -> Assessment:
    """The assessment that the typed fields describe.

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
            date_of_birth=born or date.min,  # invalid, so that validation also reports the other problems
            assessed_on=start.made_on(today),
            answers=dict(_answers(typed, instrument)),
            unknown=dict(_unknown(typed, instrument)),
            release_date=released,
            kind=start.kind,
            baseline_id=start.baseline_id,
            based_on=start.based_on,
        )
    except InvalidInput as refused:
        reported = {problem.pointer for problem in problems}
        problems += [problem for problem in refused.problems if problem.pointer not in reported]
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: _position(problem.pointer, instrument)))
    return assessment


def identified(typed: Typed) -> tuple[str | None, str, date | None]:
    """The offender number, sex and date of birth, as far as they are valid."""
    sex = typed.get("sex", "")
    number = offender_number(typed.get("offender_number", "").strip())
    return number, sex if sex in SEXES else "unknown", date_typed(typed, "date_of_birth")


def typed_from(assessment: Assessment, instrument: Instrument) -> Typed:
    """The fields that describe this assessment in the instrument's form: the inverse of `assessment_from`."""
    kept = carried_over(assessment, instrument)
    return {**_identified(assessment), **_typed_items(instrument, kept.answers, kept.unknown)}


def body_from(typed: Typed, start: Start, instrument: Instrument) -> dict[str, Any]:
    """A draft's body: what is typed so far, valid or not, in the form of an API request.

    Raises
    ------
    InvalidInput
        If a text cannot be stored unchanged.
    """
    typed = {**typed, **start.fixed}
    body: dict[str, Any] = {
        "instrument": instrument.name,
        **_origin_fields(start),
        **{name: typed[name].strip() for name in TEXTS if typed.get(name, "").strip()},
        **{name: text for name in DATES if (text := _joined(typed, name))},
        "answers": dict(_answers(typed, instrument)),
        "unknown": dict(_unknown(typed, instrument)),
    }
    if problems := list(_unstorable(body)):
        raise InvalidInput(problems)
    return body


def _origin_fields(start: Start) -> dict[str, str]:
    """How a draft records where its form started."""
    if start.origin is None:
        return {}
    if start.corrects:
        return {"corrects": start.origin.id}
    if start.what_if:
        return {"kind": str(start.kind), "baseline_id": start.origin.id}
    return {"based_on": start.origin.id}


def typed_from_body(body: Mapping[str, Any], instrument: Instrument) -> Typed:
    """The fields of the form for a draft's body: the inverse of `body_from`."""
    typed = {name: str(body[name]) for name in TEXTS if body.get(name)}
    for name in DATES:
        parts = str(body.get(name) or "").split("-", 2)
        year, month, day = (*parts, "", "")[:3]
        texts = zip(DATE_PARTS, (day, month, year), strict=True)
        typed |= {f"{name}-{part}": text.lstrip("0") or text for part, text in texts if text}
    return typed | _typed_items(instrument, body.get("answers") or {}, body.get("unknown") or {})


def patch_between(
    before: Mapping[str, Any], after: Mapping[str, Any], *, looked_at: Set[str] = frozenset()
) -> dict[str, Any]:
    """The merge patch (RFC 7396) from one draft body to another; it also names the items that were checked.

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
    """Answers that contradict each other: field → messages, for each field involved."""
    typed = {**typed, **start.fixed}
    on, born = start.made_on(today), date_typed(typed, "date_of_birth")
    age = completed_years(born, on) if born else None
    messages: dict[str, list[str]] = {}
    answers = dict(_answers(typed, instrument))
    before = start.origin.assessment.answers if start.origin and start.mode is Mode.ASSESSMENT else {}
    for contradiction in (
        *warnings(instrument, answers, age=age),
        *warnings_against(instrument, before, answers),
    ):
        for code in contradiction.items:
            item = instrument.item(code)
            field = answer_field(item) if item.source is Source.ANSWER else "date_of_birth"
            messages.setdefault(field, []).append(contradiction.detail)
    return messages


def field_values(typed: Typed, item: Item) -> dict[str, str]:
    """The values of one item's fields, without the empty ones."""
    names = (answer_field(item), unknown_field(item), reason_field(item))
    return {name: typed[name].strip() for name in names if typed.get(name, "").strip()}


def answer_in_words(typed: Typed, item: Item) -> str:
    """The answer of one item in words; empty if there is none."""
    answer = typed.get(answer_field(item), "").strip()
    if typed.get(unknown_field(item)) == UNKNOWN:
        return f"unknown: {typed.get(reason_field(item), '').strip() or 'no reason given'}"
    level = next((level for level in item.levels if str(level.value) == answer), None)
    return answer if level is None else level_in_words(item, level)


def level_in_words(item: Item, level: Level) -> str:
    if item.kind is not ItemKind.ORDINAL or level.label == str(level.value):
        return level.label
    return f"{level.value}: {level.label}"


def is_answered(typed: Typed, item: Item) -> bool:
    """Whether the item has a valid answer, or is unknown with a reason."""
    if typed.get(unknown_field(item)) == UNKNOWN:
        return bool(typed.get(reason_field(item), "").strip())
    answer = typed.get(answer_field(item), "").strip()
    return bool(answer) and item.wrong_with(answer_typed(answer, item)) is None


def seen_field(item: Item) -> str:
    """The checkbox that says the answer was checked and is still correct."""
    return f"seen-{item.code}"


def answer_field(item: Item) -> str:
    return f"answer-{item.code}"


def unknown_field(item: Item) -> str:
    """One of the radio buttons for an item with levels; a separate checkbox for a number."""
    return answer_field(item) if item.levels else f"unknown-{item.code}"


def reason_field(item: Item) -> str:
    return f"reason-{item.code}"


def field_of(pointer: str) -> str:
    """The id of the field for a problem's pointer (`/answers/drug` is `answer-drug`)."""
    where, _, code = pointer.removeprefix("/").partition("/")
    return {"answers": f"answer-{code}", "unknown": f"reason-{code}"}.get(where, where) if code else where


def sentence(problem: Problem, instrument: Instrument, typed: Typed) -> str:
    """The error message for a problem: what to do about it."""
    item = next((item for item in instrument.asked if problem.pointer == f"/answers/{item.code}"), None)
    if item is not None and problem.code in ("missing_answer", "invalid_answer"):
        spelled = ", with a point as in 2.5" if "," in typed.get(answer_field(item), "") else ""
        verb = "choose a level" if item.levels else f"enter {item.allowed}{spelled}"
        return f"{item.label}: {verb}" + (", or mark it unknown." if item.unknown_allowed else ".")
    if problem.code == "invalid_reason":
        code = problem.pointer.removeprefix("/unknown/")
        return f"{instrument.item(code).label}: enter why it is unknown, in up to 200 characters."
    return MESSAGES.get((problem.pointer, problem.code), problem.detail)


INVALID_DATE = {
    "date_of_birth": (
        "Date of birth must be a real date with a day, month and 4-digit year, such as 27 3 1985."
    ),
    "release_date": (
        "Estimated release must be a real date with a day, month and 4-digit year, such as 27 3 2027. "
        "You can also leave it blank."
    ),
}
MESSAGES = {
    ("/sex", "invalid_choice"): "Select the sex recorded for the person.",
    (
        "/answers",
        "nothing_changed",
    ): ("Change at least one answer. The answers are the same as in the assessment it is based on."),
    ("/offender_number", "invalid_offender_number"): (
        "Enter an offender number of up to 20 letters A to Z and numbers 0 to 9. Leave out hyphens and "
        "spaces, as in 80A1000 for 80-A-1000, and a suffix such as -01."
    ),
}


def _identified(assessment: Assessment) -> Typed:
    typed = {"offender_number": assessment.offender_number, "sex": assessment.sex}
    for name, day in (
        ("date_of_birth", assessment.date_of_birth),
        ("release_date", assessment.release_date),
    ):
        if day is not None:
            numbers = (day.day, day.month, day.year)
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
    """A date as typed, year first; kept even if it is not a valid date."""
    day, month, year = (typed.get(f"{name}-{part}", "").strip() for part in DATE_PARTS)
    if not (day or month or year):
        return ""
    return f"{year}-{month:0>2}-{day:0>2}" if day and month else f"{year}-{month}-{day}"


def _unstorable(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Texts that a draft cannot store: not printable, or longer than any field allows."""
    named = {f"/{name}": value for name, value in body.items() if isinstance(value, str)}
    for where in ("answers", "unknown"):
        named |= {f"/{where}/{code}": value for code, value in body[where].items()}
    for pointer, value in named.items():
        if isinstance(value, str) and not (is_safe(value) and len(value) <= REASON_LENGTH):
            detail = f"Enter up to {REASON_LENGTH} characters."
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
    return decimal_typed(text) if item.takes_fractions else whole_typed(text)


def _unknown(typed: Typed, instrument: Instrument) -> Iterator[tuple[str, str]]:
    for item in instrument.asked:
        if typed.get(unknown_field(item)) == UNKNOWN:
            yield item.code, typed.get(reason_field(item), "").strip()


def _text_problems(typed: Typed, instrument: Instrument) -> Iterator[Problem]:
    for item in instrument.asked:
        if not is_safe(typed.get(reason_field(item), "")):
            detail = f"{item.label}: the reason contains a character that RMS cannot store."
            yield Problem(f"/unknown/{item.code}", "unprintable", detail)


def date_typed(typed: Typed, name: str) -> date | None:
    """The date in the three fields of `name`, or None if empty or invalid."""
    return _date(typed, name, [])


def _date(typed: Typed, name: str, problems: list[Problem]) -> date | None:
    """The date in the three fields of `name`, or None if empty or invalid; appends to `problems`."""
    day, month, year = (typed.get(f"{name}-{part}", "").strip() for part in DATE_PARTS)
    if not (day or month or year):
        if name == "date_of_birth":
            problems.append(Problem(f"/{name}", "missing", "Enter the date of birth."))
        return None
    typed_date = date_in(f"{year}-{month:0>2}-{day:0>2}") if day and month else None
    if typed_date is None:
        problems.append(Problem(f"/{name}", "invalid_date", INVALID_DATE[name]))
    return typed_date


def _spelled(answer: Answer) -> str:
    """The shortest text that parses to the same number, without an exponent."""
    return np.format_float_positional(answer, trim="-") if isinstance(answer, float) else str(answer)


def _position(pointer: str, instrument: Instrument) -> int:
    """The position on the form of a pointer's field."""
    where, _, code = pointer.removeprefix("/").partition("/")
    if where in IDENTIFICATION:
        return IDENTIFICATION.index(where)
    return len(IDENTIFICATION) + instrument.position.get(code, len(instrument.items))
