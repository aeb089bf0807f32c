"""Searches, with the same criteria in a query string and in a JSON body."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length

from api.schemas.assessments.answer import ListSchema
from api.schemas.json_body import Json
from api.schemas.strict_fields import (
    Flag,
    OneOf,
    SafeText,
    ShortList,
    StrictDate,
    StrictInt,
    TrueOrFalse,
    WholeNumber,
)
from api.services.search.needs import PACKAGED, Labels, by_name
from api.services.search.search import Page
from api.services.transfer.export_fields import BY_NAME, COMMON, DEFAULT, need_fields
from api.storage import Counts
from rms.engine.bands import Band
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.engine.scale import HIGHEST, LOWEST, PROCESSES, Quarter, score_text
from rms.errors import InvalidInput, Problem, listed, not_allowed

LARGEST_PAGE = 200
MOST_DAYS = 3650
SUBMITTED_LAST, RELEASE_NEXT = "submitted_last_days", "release_next_days"
RELATIVE_DAYS = {  # a number of days → the exact dates that it takes the place of
    SUBMITTED_LAST: ("submitted_from", "submitted_to"),
    RELEASE_NEXT: ("release_from", "release_to"),
}
FIELDS_CHOSEN = "fields_chosen"  # the loaded name of `fields`, which is an attribute of every schema
BOTH = "both"
NUMBER_OR_ID = re.compile(r"[A-Za-z0-9]{1,20}(-[0-9]{0,8})?", re.ASCII)
SCORE = re.compile(r"[0-9](\.[0-9]{1,2})?", re.ASCII)
NEEDS = sorted(PACKAGED)
MOST_FIELDS = 1000  # of a CSV
# An agency's own instrument may have other needs. Which are in use is checked with the other criteria.
NEED_BOUND = re.compile(r"need\.([^.]{1,64})\.(min|max)")
NEED_LOADED = re.compile(r"need_(.+)_(min|max)")
NEED_COLUMN = re.compile(r"need\.[^.]{1,64}\.(actual|simulated|expected)")
SORTS = [f"{sign}{key}" for key in Key for sign in ("", "-")]

Field = fields.Field[Any]


class UniqueList(ShortList):
    """A list of words in order, without duplicates."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        words = super()._deserialize(value, attr, data, **kwargs)
        first = {word: place for place, word in reversed([*enumerate(words)])}
        duplicates = {
            place: [f"{word} appears more than once. Name it once."]
            for place, word in enumerate(words)
            if first[word] != place
        }
        if duplicates:
            raise ValidationError(duplicates)
        return words


class ScoreBound(fields.Float):
    """A score with up to 2 decimal places, loaded as hundredths."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"minimum": LOWEST / 100, "maximum": HIGHEST / 100, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        text = self.as_text(value)
        if text is not None and SCORE.fullmatch(text):
            in_hundredths = int(Decimal(text) * 100)
            if LOWEST <= in_hundredths <= HIGHEST:
                return in_hundredths
        allowed = f"a score from {score_text(LOWEST)} to {score_text(HIGHEST)} with up to 2 decimal places"
        raise ValidationError(not_allowed(value, allowed=allowed))

    def as_text(self, value: object) -> str | None:
        return repr(value) if type(value) in (int, float) else None


class ScoreBoundText(ScoreBound):
    """A score in a query string."""

    def as_text(self, value: object) -> str | None:
        return value if isinstance(value, str) else None


class OffenderText(SafeText):
    """An offender number, an assessment ID, or the start of one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=30, **kwargs)
        self.metadata = {**self.metadata, "pattern": f"^{NUMBER_OR_ID.pattern}$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if NUMBER_OR_ID.fullmatch(text):
            return text.upper()
        raise ValidationError(
            "Enter an offender number (1 to 20 letters and numbers), an assessment ID (10000-01), "
            "or the start of one."
        )


@dataclass(frozen=True)
class FieldTypes:
    """The fields that differ between a query string, where all values are text, and a JSON body."""

    whole: Callable[..., Field]
    flag: Callable[..., Field]
    score: Callable[..., Field]


IN_QUERY = FieldTypes(StrictInt, Flag, ScoreBoundText)
IN_BODY = FieldTypes(WholeNumber, TrueOrFalse, ScoreBound)


class ColumnName(OneOf):
    """The name of a column: one that every RMS has, or one of a need."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and NEED_COLUMN.fullmatch(value):
            return value
        return super()._deserialize(value, attr, data, **kwargs)


def _dates(types: FieldTypes) -> dict[str, Field]:
    def date_field(description: str) -> Field:
        return StrictDate(metadata={"description": description})

    return {
        "submitted_from": date_field(
            "Submitted on or after this day, in the agency's time zone; for analysts in UTC."
        ),
        "submitted_to": date_field("Submitted on or before this day, likewise."),
        "release_from": date_field("Estimated release on or after this day. Excludes unknown dates."),
        "release_to": date_field("Estimated release on or before this day. Excludes unknown dates."),
        SUBMITTED_LAST: types.whole(
            least=1,
            most=MOST_DAYS,
            metadata={
                "description": "Submitted today or in this many days before, instead of exact days. "
                "A saved filter keeps the number, so its dates move."
            },
        ),
        RELEASE_NEXT: types.whole(
            least=1,
            most=MOST_DAYS,
            metadata={
                "description": "Estimated release today or in this many days from today, in the agency's "
                "time zone, instead of exact days. A saved filter keeps the number, so its dates move."
            },
        ),
    }


def _criteria(types: FieldTypes) -> dict[str, Field]:
    return {
        **_dates(types),
        "score_min": types.score(metadata={"description": "The score shown is this or above."}),
        "score_max": types.score(metadata={"description": "The score shown is this or below."}),
        "band": SafeText(
            longest=64, metadata={"description": "The scores of a current band, instead of a range."}
        ),
        "process": ShortList(
            OneOf(*PROCESSES, BOTH),
            most=len(PROCESSES) + 1,
            metadata={"description": "The modelled rows to search and to show. Both by default."},
        ),
        **{_need_name(code, end): _need_bound(types, code, end) for code in NEEDS for end in ("min", "max")},
        "offender_number": OffenderText(
            metadata={"description": "A number or an ID. If there is none, all that start with it."},
        ),
        "office": SafeText(
            longest=64, metadata={"description": "People of this office and the offices below it."}
        ),
        "latest": types.flag(
            metadata={
                "description": "Only each person's latest assessment, chosen before other criteria. False by "
                "default: earlier assessments count too. On the pages of RMS it is on unless switched off."
            }
        ),
        "include": OneOf("what_if", metadata={"description": "Include what-ifs."}),
        "all": types.flag(metadata={"description": "Every assessment. Ignores the other criteria."}),
    }


def _need_bound(types: FieldTypes, code: str, end: str) -> Field:
    return types.whole(
        data_key=f"need.{code.lower()}.{end}",
        least=0,
        most=100,
        metadata={"description": f"Need {code} as rated, in whole percent as shown."},
    )


def _paging(types: FieldTypes) -> dict[str, Field]:
    return {
        "sort": OneOf(
            *SORTS,
            load_default=f"-{Key.SUBMITTED_AT}",
            metadata={"description": "With -, from high to low. By score only with one process."},
        ),
        "limit": types.whole(
            least=1,
            most=LARGEST_PAGE,
            load_default=50,
            metadata={"description": "Assessments on a page. Does not apply to CSV."},
        ),
        "cursor": SafeText(
            longest=300,
            metadata={"description": "`next` from the previous page. Does not apply to CSV."},
        ),
        FIELDS_CHOSEN: chosen_fields(),
        "count": types.flag(load_default=False, metadata={"description": "Also return the total."}),
    }


def chosen_fields() -> Field:
    return UniqueList(
        ColumnName(*BY_NAME),
        most=MOST_FIELDS,
        data_key="fields",
        validate=Length(min=1),
        metadata={
            "description": "The columns of a CSV, in order. `GET /exports/fields` lists them.",
            "uniqueItems": True,
            "maxItems": len(BY_NAME),  # more only with an agency's own needs
        },
    )


def _need_name(code: str, end: str) -> str:
    """The loaded name of a need's bound: marshmallow would read a dot as nesting."""
    return f"need_{code.lower()}_{end}"


class CriteriaSchema(Schema):
    """Criteria, from a query string or a body. Invalid combinations are reported with invalid fields.

    The fields that are declared are those of every RMS. The needs of an agency's own instruments are more.
    """

    types = IN_BODY

    def load(self, data: Any, **kwargs: Any) -> Any:
        names = data if isinstance(data, Mapping) else ()
        bounds = [match for name in names if isinstance(name, str) and (match := NEED_BOUND.fullmatch(name))]
        own = {
            _need_name(code, end): _need_bound(self.types, code, end)
            for code, end in (match.groups() for match in bounds)
            if _need_name(code, end) not in self.fields
        }
        schema = type(self).from_dict(dict(own), name=type(self).__name__)() if own else self
        return Schema.load(schema, data, **kwargs)

    @validates_schema(skip_on_field_errors=False)
    def _check_filter(self, given: Mapping[str, Any], **_: Any) -> None:
        try:
            filter_from(given)
        except InvalidInput as refused:
            messages = {problem.pointer.removeprefix("/"): [problem] for problem in refused.problems}
            raise ValidationError(messages) from refused


class CriteriaInQuery(CriteriaSchema):
    types = IN_QUERY


FilterSchema = CriteriaSchema.from_dict(_criteria(IN_BODY), name="FilterSchema")
SearchSchema = CriteriaSchema.from_dict({**_criteria(IN_BODY), **_paging(IN_BODY)}, name="SearchSchema")
SearchQuery = CriteriaInQuery.from_dict({**_criteria(IN_QUERY), **_paging(IN_QUERY)}, name="SearchQuery")


@dataclass(frozen=True)
class SearchRequest:
    """A search: what to find, and which page of it to return."""

    filter: Filter
    sort: Sort
    limit: int
    cursor: str | None
    counted: bool
    fields: tuple[str, ...]


def search_request(loaded: Mapping[str, Any], *, at: str = "") -> SearchRequest:
    """The search that loaded values describe; `at` is the JSON pointer to them.

    Raises
    ------
    InvalidInput
        If a range is reversed, no process is left, or a sort by score has more than one process.
    """
    filter = filter_from(loaded, at=at)
    return SearchRequest(
        filter=filter,
        sort=sort_from(loaded["sort"], filter, at=at),
        limit=loaded["limit"],
        cursor=loaded.get("cursor"),
        counted=loaded["count"],
        fields=tuple(loaded.get(FIELDS_CHOSEN, DEFAULT)),
    )


def with_band(loaded: Mapping[str, Any], band: Band | Quarter, *, at: str = "") -> Mapping[str, Any]:
    """The same criteria with the score range of the band, and its process if it has one.

    Raises
    ------
    InvalidInput
        If the criteria also have a score range, or a process when the band has one.
    """
    criteria: Json = {"score_min": band.low, "score_max": band.high}
    if isinstance(band, Band):
        criteria["process"] = [band.process]
    if duplicates := [name for name in criteria if name in loaded]:
        detail = "The score range (band) already sets this. Choose either the score range or this."
        raise InvalidInput(Problem(f"{at}/{name}", "band_and_range", detail) for name in duplicates)
    return {**loaded, **criteria}


def with_dates(loaded: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    """The same criteria with exact dates in place of a number of days from today.

    The last days have no end: an analyst's day, in UTC, can be a day after the agency's.

    >>> with_dates({"release_next_days": 30}, date(2026, 3, 4))
    {'release_from': datetime.date(2026, 3, 4), 'release_to': datetime.date(2026, 4, 3)}
    """
    dates: Json = {}
    if SUBMITTED_LAST in loaded:
        dates["submitted_from"] = today - timedelta(days=loaded[SUBMITTED_LAST])
    if RELEASE_NEXT in loaded:
        dates |= {"release_from": today, "release_to": today + timedelta(days=loaded[RELEASE_NEXT])}
    return {**{name: value for name, value in loaded.items() if name not in RELATIVE_DAYS}, **dates}


def with_need_codes(loaded: Mapping[str, Any], needs: Labels, *, at: str = "") -> Mapping[str, Any]:
    """The same criteria with the codes of needs in place of their names in fields.

    Raises
    ------
    InvalidInput
        If a need is not among these.
    """
    codes, problems = by_name(needs), []
    criteria: Json = {}
    for name, value in loaded.items():
        match = NEED_LOADED.fullmatch(name)
        if match and match[1] not in codes:
            problems.append(Problem(f"{at}/need.{match[1]}.{match[2]}", "unknown_field", _no_need(needs)))
        criteria[f"need_{codes.get(match[1])}_{match[2]}" if match else name] = value
    if problems:
        raise InvalidInput(problems)
    return criteria


def refuse_other_columns(names: Iterable[str], needs: Labels, *, at: str = "") -> None:
    """
    Raises
    ------
    InvalidInput
        If a column is one of a need that is not among these.
    """
    known = {field.name for field in (*COMMON, *need_fields(needs))}
    if problems := [
        Problem(f"{at}/fields/{place}", "invalid_value", f"There is no column {name}. {_no_need(needs)}")
        for place, name in enumerate(names)
        if name not in known
    ]:
        raise InvalidInput(problems)


def _no_need(needs: Labels) -> str:
    return f"No instrument in use has this need. The needs are {listed(by_name(needs))}."


def filter_from(loaded: Mapping[str, Any], *, at: str = "") -> Filter:
    """The filter that loaded criteria describe. `all` ignores the others, even invalid ranges.

    A number of days is only checked here: `with_dates` turns it into dates first.

    Raises
    ------
    InvalidInput
        If a range is reversed, no process is left, or a date has both a number of days and exact days.
    """
    what_ifs = "include" in loaded
    if loaded.get("all"):
        return Filter(everything=True, what_ifs=what_ifs)
    if twice := tuple(_dates_given_twice(loaded, at=at)):
        raise InvalidInput(twice)
    codes = sorted({match[1] for name in loaded if (match := NEED_LOADED.fullmatch(name))})
    needs = {code: Bounds(*(loaded.get(f"need_{code}_{end}") for end in ("min", "max"))) for code in codes}
    try:
        return Filter(
            submitted=Bounds(loaded.get("submitted_from"), loaded.get("submitted_to")),
            release=Bounds(loaded.get("release_from"), loaded.get("release_to")),
            score=Bounds(loaded.get("score_min"), loaded.get("score_max")),
            processes=_processes(loaded.get("process", [BOTH])),
            needs={code: bounds for code, bounds in needs.items() if bounds},
            offender=loaded.get("offender_number"),
            office=loaded.get("office"),
            latest=loaded.get("latest", False),
            what_ifs=what_ifs,
        )
    except InvalidInput as refused:
        raise InvalidInput(
            Problem(at + problem.pointer, problem.code, problem.detail) for problem in refused.problems
        ) from refused


def _dates_given_twice(loaded: Mapping[str, Any], *, at: str) -> Iterator[Problem]:
    for name, exact in RELATIVE_DAYS.items():
        if name in loaded and (given := [other for other in exact if other in loaded]):
            detail = f"Choose either {name} or exact days ({' and '.join(given)}), not both."
            yield Problem(f"{at}/{name}", "days_and_dates", detail)


def _processes(chosen: list[str]) -> tuple[str, ...]:
    return PROCESSES if BOTH in chosen else tuple(process for process in PROCESSES if process in chosen)


def sort_from(text: str | None, filter: Filter, *, at: str = "") -> Sort:
    """The sort order with this name; newest first by default.

    Raises
    ------
    InvalidInput
        If it sorts by score and the filter has more than one process.
    """
    if text is None:
        return Sort()
    key = Key(text.removeprefix("-"))
    if key is Key.SCORE and len(filter.processes) > 1:
        detail = "To sort by score, choose one process. Each process has its own score."
        raise InvalidInput([Problem(f"{at}/sort", "process_needed", detail)])
    process = filter.processes[0] if key is Key.SCORE else None
    return Sort(key, text.startswith("-"), process)


# Responses -------------------------------------------------------------------


class FoundSchema(ListSchema):
    total = fields.Integer(metadata={"minimum": 0, "description": "How many match. Only with `count`."})


class CountsSchema(Schema):
    """How many match."""

    people = fields.Integer(required=True, metadata={"minimum": 0})
    assessments = fields.Integer(required=True, metadata={"minimum": 0})
    needs = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Need → range of the need as rated, in percent, or unknown → assessments."},
    )
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Process → quarter of the scores or withheld → modelled rows."},
    )


def shown_counts(counts: Counts) -> Json:
    return {
        "people": counts.people,
        "assessments": counts.assessments,
        "needs": counts.needs,
        "scores": counts.quarters,
    }


def total_of(page: Page) -> Json:
    return {} if page.total is None else {"total": page.total}
