"""The offender list: its criteria in the body of a request, and its rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Length

from api.schemas.answer_fields import maybe_number, maybe_text, number, text
from api.schemas.json_body import Json
from api.schemas.search.search import LARGEST_PAGE, UniqueList
from api.schemas.strict_fields import OneOf, SafeText, StrictDate, TrueOrFalse, WholeNumber
from api.services.harm.listing import MOST_COUNTED, AsAt, OffenderPage, Ranked
from api.storage import ListedPerson, ListedSimulation
from rms.errors import InvalidInput, Problem
from rms.harm.listing import (
    AGE_GROUPS,
    COHORTS_LISTED,
    LARGEST_LIST,
    MANAGED,
    STAGES_LISTED,
    HarmFilter,
    chosen_offences,
)
from rms.harm.score import shown_score
from rms.harm.settings import BANDS, COMPONENTS
from rms.harm.severity import SeverityTable
from rms.people.names import name_key
from rms.reports.harm_words import OWN_FORMULA

MOST_DAYS = 36_500
LONGEST_NAME = 100
RELATIVE_DAYS = {"offence_last_days": "offence_since", "moved_last_days": "moved_since"}
NAMES = ("forename", "surname")
OFFENCES = ("offence_category", "offence_group", "offence_code")
LISTS = ("bands", "stages", "cohorts", "managed")
SAME = (
    "offence_area",
    "home_area",
    "elsewhere",
    "under_25",
    "age_group",
    "moved_up",
    "release_soon",
    "disagreements",
    "show_hidden",
    "size",
)
_MANAGED = {value: word for word, value in MANAGED.items()}

Field = fields.Field[Any]


def _words(*words: str, description: str) -> Field:
    return UniqueList(
        OneOf(*words),
        most=len(words),
        validate=Length(min=1),
        metadata={"description": description, "uniqueItems": True},
    )


def _flag(description: str) -> Field:
    return TrueOrFalse(metadata={"description": description})


def _text(description: str, longest: int = LONGEST_NAME) -> Field:
    return SafeText(longest=longest, metadata={"description": description})


def _days(description: str) -> Field:
    return WholeNumber(least=1, most=MOST_DAYS, metadata={"description": description})


def _date(description: str) -> Field:
    return StrictDate(metadata={"description": description})


CRITERIA: dict[str, Field] = {
    "offence_category": _text(
        "People with a counted offence of this category. `GET /harm/offences` lists the categories."
    ),
    "offence_group": _text("People with a counted offence of this group."),
    "offence_code": _text("People with a counted offence of this code.", longest=20),
    "offence_since": _date("The offence was committed on this day or later."),
    "offence_last_days": _days(
        "The offence was committed today or in this many days before, instead of an exact day. A saved list "
        "keeps the number, so its day moves."
    ),
    "offence_area": _text("The offence was committed in the area with this code, or in one below it."),
    "home_area": _text("People who live in the area with this code, or in one below it."),
    "elsewhere": _flag("Lives here, offends elsewhere: the offence was in a known area outside `home_area`."),
    "under_25": _flag("People under 25. Leaves out people without a date of birth."),
    "age_group": OneOf(*AGE_GROUPS, metadata={"description": "Under 18 (juvenile), or older."}),
    "bands": _words(*BANDS, description="Bands of the harm score."),
    "moved_since": _date("People whose band differs from their band at the end of this day."),
    "moved_last_days": _days(
        "People whose band differs from their band this many days ago. A saved list keeps the number."
    ),
    "moved_up": _flag("Only people whose band is higher now than on that day."),
    "release_soon": _flag(
        "People in custody who are to be released soon: within 3 months, or as set for their area."
    ),
    "stages": _words(*STAGES_LISTED, description="The most advanced stage of an open case. Never suspected."),
    "cohorts": _words(*COHORTS_LISTED, description="Cohorts of integrated offender management."),
    "managed": _words(*MANAGED, description="Whether the person is managed. Without a plan it is not known."),
    "forename": _text("The beginning of a forename. Case, accents and hyphens do not matter."),
    "surname": _text("The beginning of a surname, of the same record as the forename."),
    "disagreements": _flag(
        "Band high or super-high with an example-based score of recidivism below 1.33, or band low with one "
        "above 1.67."
    ),
    "show_hidden": _flag(
        "Also people in custody who are not due for release soon, and people who have died."
    ),
    "size": WholeNumber(
        least=1, most=LARGEST_LIST, metadata={"description": "The list ends after this many people."}
    ),
}
PAGING: dict[str, Field] = {
    "limit": WholeNumber(
        least=1,
        most=LARGEST_PAGE,
        load_default=50,
        metadata={"description": "People on a page. Not for files."},
    ),
    "cursor": SafeText(
        longest=300, metadata={"description": "`next` from the previous page. Does not apply to files."}
    ),
    "count": TrueOrFalse(load_default=False, metadata={"description": "Also return the total."}),
}
PERSON: dict[str, Field] = {
    "person": _text("The ID of the person in a list. Either this or the offender number."),
    "offender_number": _text("The offender number of the person.", longest=20),
}

HarmListSchema = Schema.from_dict(dict(CRITERIA), name="HarmListSchema")
HarmListSearchSchema = Schema.from_dict({**CRITERIA, **PAGING}, name="HarmListSearchSchema")
HarmReasonsSchema = Schema.from_dict(
    {**PERSON, "criteria": fields.Nested(HarmListSchema, load_default=dict)}, name="HarmReasonsSchema"
)


def filter_from(loaded: Mapping[str, Any], table: SeverityTable, *, today: date, at: str = "") -> HarmFilter:
    """The filter that loaded criteria describe. `at` is the JSON pointer to them.

    Raises
    ------
    InvalidInput
        If criteria contradict each other, or there is no such offence.
    """
    try:
        offence = {name.removeprefix("offence_"): loaded[name] for name in OFFENCES if name in loaded}
        criteria: dict[str, Any] = {
            **_with_dates(loaded, today),
            **{name: loaded[name] for name in SAME if name in loaded},
            **{name: tuple(loaded[name]) for name in LISTS if name in loaded},
            **{name: _name(name, loaded[name]) for name in NAMES if name in loaded},
        }
        return HarmFilter(offence=chosen_offences(table, **offence), **criteria)
    except InvalidInput as refused:
        raise InvalidInput(
            Problem(at + problem.pointer, problem.code, problem.detail) for problem in refused.problems
        ) from refused


def _with_dates(loaded: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Exact days in place of numbers of days before today."""
    found = {exact: loaded[exact] for exact in RELATIVE_DAYS.values() if exact in loaded}
    for name, exact in RELATIVE_DAYS.items():
        if name in loaded:
            if exact in loaded:
                detail = f"Choose either {name} or {exact}, not both."
                raise InvalidInput([Problem(f"/{name}", "days_and_dates", detail)])
            found[exact] = today - timedelta(days=loaded[name])
    return found


def _name(field: str, given: str) -> str:
    key = name_key(given)
    if key is None:
        detail = "This is not the beginning of a name."
        raise InvalidInput([Problem(f"/{field}", "invalid_value", detail)])
    return key


# Responses -------------------------------------------------------------------


class AreaSchema(Schema):
    code = text()
    name = text()


class ComponentsSchema(Schema):
    """0 to 100 each."""

    recency = number()
    frequency = number()
    severity = number()
    drugs = number()
    intelligence = number()


class LatestScoreSchema(Schema):
    """The latest example-based score of the person, a different figure from the harm score."""

    status = text()
    score = maybe_number(minimum=1, maximum=2)


class HarmListRowSchema(Schema):
    """A person in the list. Suspected offences are in no figure."""

    rank = fields.Integer(
        required=True,
        metadata={"minimum": 1, "description": "The position among the people who meet the criteria."},
    )
    person = text(description="An ID that says nothing about the person and never changes.")
    offender_number = maybe_text()
    forename = maybe_text()
    surname = maybe_text()
    date_of_birth = maybe_text(format="date")
    home_area = fields.Nested(AreaSchema, required=True, allow_none=True)
    score = number(description="The harm score, 0 to 100, with one decimal.")
    score_exact = number(description="The harm score at full precision.")
    components = fields.Nested(ComponentsSchema, required=True)
    band = maybe_text(enum=[*BANDS, None])
    band_before = maybe_text(enum=[*BANDS, None], description="The band 30 days earlier.")
    counted_offences = fields.Integer(required=True)
    unknown_codes = fields.Integer(
        required=True, metadata={"description": "Codes that the severity table does not have: 0 days each."}
    )
    last_offence = text(format="date", description="The last counted offence.")
    stage = maybe_text(enum=[*STAGES_LISTED, None])
    cohort = maybe_text()
    managed = text(enum=list(MANAGED))
    managed_by = maybe_text()
    in_custody = fields.Boolean(required=True, allow_none=True, metadata={"description": "null: not known."})
    release_date = maybe_text(format="date", description="Of a person in custody.")
    hidden = fields.List(
        OneOf("in_custody", "deceased"),
        required=True,
        metadata={"description": "Why the person is only in a list with `show_hidden`."},
    )
    example_based = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(LatestScoreSchema),
        required=True,
        metadata={"description": "Process → the latest example-based score."},
    )
    ogrs = maybe_number(description="Always null: not yet calculated.")


class SourceAsAtSchema(Schema):
    source = text()
    as_at = text(format="date")


class AsAtSchema(Schema):
    scores = maybe_text(format="date", description="The day of the harm scores; null: not calculated yet.")
    sources = fields.List(fields.Nested(SourceAsAtSchema), required=True)


class HarmListPageSchema(Schema):
    people = fields.List(fields.Nested(HarmListRowSchema), required=True)
    next = maybe_text(description="The cursor of the next page; null on the last one.")
    formula = text(description="What the harm score is.")
    as_at = fields.Nested(AsAtSchema, required=True)
    hints = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Sentences about criteria that may be a mistake, such as an unknown code."},
    )
    total = fields.Integer(
        metadata={
            "minimum": 0,
            "maximum": MOST_COUNTED,
            "description": f"How many match, or {MOST_COUNTED:,} if there are more. Only with `count`.",
        }
    )


class ReasonSchema(Schema):
    code = text()
    detail = text()


class WhyNotListedSchema(Schema):
    listed = fields.Boolean(required=True)
    rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The position among all who match; null if the person does not match."},
    )
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


class OffencesSchema(Schema):
    table = text(description="The severity table: a category, its groups and their offence codes.")
    categories = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.List(fields.String())),
        required=True,
    )


def shown_page(
    page: OffenderPage, *, next: str | None, person_id: Callable[[int], str], hints: Sequence[str] = ()
) -> Json:
    return {
        "people": [_row(one, person_id) for one in page.people],
        "next": next,
        "formula": OWN_FORMULA,
        "as_at": shown_as_at(page.as_at),
        "hints": list(hints),
        **({} if page.total is None else {"total": page.total}),
    }


def shown_as_at(described: AsAt) -> Json:
    return {
        "scores": _day(described.scores),
        "sources": [
            {"source": source.name, "as_at": source.as_at.isoformat()} for source in described.sources
        ],
    }


def _row(one: Ranked, person_id: Callable[[int], str]) -> Json:
    person = one.person
    return {
        "rank": one.rank,
        "person": person_id(person.person),
        "date_of_birth": _day(person.born),
        "home_area": _area(person),
        "score": float(shown_score(person.score)),
        "score_exact": person.score,
        "components": {name: person.components[name] for name in COMPONENTS},
        "counted_offences": person.counted,
        "last_offence": _day(person.last_offence),
        "managed": _MANAGED[person.managed],
        "release_date": _day(person.release_date),
        "hidden": list(hidden_reasons(person)),
        "example_based": {process: _latest(score) for process, score in one.simulations.items()},
        "ogrs": None,
        **{name: getattr(person, name) for name in ("offender_number", "forename", "surname", "band")},
        **{name: getattr(person, name) for name in ("band_before", "unknown_codes", "stage", "cohort")},
        **{name: getattr(person, name) for name in ("managed_by", "in_custody")},
    }


def hidden_reasons(person: ListedPerson) -> Iterator[str]:
    """Why the person is only in a list with hidden people."""
    if person.is_hidden_in_custody:
        yield "in_custody"
    if person.deceased:
        yield "deceased"


def _area(person: ListedPerson) -> Json | None:
    if person.home_area is None:
        return None
    return {"code": person.home_area, "name": person.home_area_name}


def _latest(score: ListedSimulation) -> Json:
    return {"status": str(score.status), "score": score.score}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
