"""The fields of the form: their names, what was typed into them, and the assessment that says.

Typed text goes to the domain as it stands wherever it is no answer of the item's kind, so that
there is one place that refuses and one wording of what is allowed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.schemas.strict import is_safe
from rms.assessment import Assessment, Kind, offender_number
from rms.errors import InvalidInput, Problem
from rms.instrument import Answer, Instrument, Item
from rms.instrument import Kind as ItemKind
from rms.submission import Submission

Typed = Mapping[str, str]

UNKNOWN = "?"  # the value of the radio button "unknown"; no level is spelled so
DATE_PARTS = ("day", "month", "year")
IDENTIFICATION = ("offender_number", "sex", "date_of_birth", "release_date")
WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
DECIMAL_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")


@dataclass(frozen=True)
class Start:
    """What a form starts from: nothing, an earlier assessment to carry over, or a what-if's baseline."""

    origin: Submission | None = None
    kind: Kind = Kind.ASSESSMENT

    @property
    def what_if(self) -> bool:
        return self.kind is Kind.WHAT_IF

    @property
    def baseline_id(self) -> str | None:
        return self.origin.id if self.origin and self.what_if else None

    @property
    def based_on(self) -> str | None:
        return self.origin.id if self.origin and not self.what_if else None

    @property
    def typed(self) -> Typed:
        """The form as it is handed out."""
        return typed_from(self.origin.assessment) if self.origin else {}

    @property
    def fixed(self) -> Typed:
        """Fields that cannot be typed: who the person is, and in a what-if the whole identification."""
        if self.origin is None:
            return {}
        assessment = self.origin.assessment
        return _identified(assessment) if self.what_if else {"offender_number": assessment.offender_number}


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
            assessed_on=today,
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


def typed_from(assessment: Assessment) -> Typed:
    """The fields that say this assessment: the inverse of `assessment_from`."""
    typed = dict(_identified(assessment))
    for item in assessment.instrument.asked:
        if item.code in assessment.unknown:
            typed[unknown_field(item)] = UNKNOWN
            typed[reason_field(item)] = assessment.unknown[item.code]
        elif item.code in assessment.answers:
            typed[answer_field(item)] = _spelled(assessment.answers[item.code])
    return typed


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


def sentence(problem: Problem, instrument: Instrument) -> str:
    """What to do about a problem, in the words of a form."""
    item = next((one for one in instrument.asked if problem.pointer == f"/answers/{one.code}"), None)
    if item is not None and problem.code in ("missing_answer", "invalid_answer"):
        verb = "choose a level" if item.levels else f"enter {item.allowed}"
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


def _answers(typed: Typed, instrument: Instrument) -> Iterator[tuple[str, Answer]]:
    for item in instrument.asked:
        text = typed.get(answer_field(item), "").strip()
        if text and not (item.levels and text == UNKNOWN):
            yield item.code, _answer(text, item)


def _answer(text: str, item: Item) -> Answer:
    if item.kind is ItemKind.CHOICE:
        return text
    if item.kind is ItemKind.NUMBER:
        return float(text) if DECIMAL_NUMBER.fullmatch(text) else text
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


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
        if not all(WHOLE_NUMBER.fullmatch(part) for part in (day, month, year)) or len(year) != 4:
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
