"""A search as it is asked for: the same criteria behind a question mark and in a JSON body."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from api.services.search.search import Page
from api.services.transfer.export_fields import BY_NAME, DEFAULT
from api.storage import Counts
from rms.engine.bands import Band
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.engine.scale import HIGHEST, LOWEST, PROCESSES, Quarter, score_text
from rms.errors import InvalidInput, Problem, not_allowed
from rms.instrument import instrument, names

LARGEST_PAGE = 200
FIELDS_CHOSEN = "fields_chosen"  # as marshmallow loads `fields`, which a schema has of its own
BOTH = "both"
NUMBER_OR_ID = re.compile(r"[A-Za-z0-9]{1,20}(-[0-9]{0,8})?", re.ASCII)
SCORE = re.compile(r"[0-9](\.[0-9]{1,2})?", re.ASCII)
NEEDS = sorted({need.code for name in names() for need in instrument(name).needs})
SORTS = [f"{sign}{key}" for key in Key for sign in ("", "-")]

Field = fields.Field[Any]


class EachOnce(ShortList):
    """Words in an order, none of them twice."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        words = super()._deserialize(value, attr, data, **kwargs)
        first = {word: place for place, word in reversed([*enumerate(words)])}
        again = {
            place: [f"{word} is asked for twice; name it once."]
            for place, word in enumerate(words)
            if first[word] != place
        }
        if again:
            raise ValidationError(again)
        return words


class ScoreBound(fields.Float):
    """A score as it is shown, with at most two decimals; becomes its hundredths."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"minimum": LOWEST / 100, "maximum": HIGHEST / 100, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        text = self.spelled(value)
        if text is not None and SCORE.fullmatch(text):
            in_hundredths = int(Decimal(text) * 100)
            if LOWEST <= in_hundredths <= HIGHEST:
                return in_hundredths
        allowed = f"a score from {score_text(LOWEST)} to {score_text(HIGHEST)} with at most two decimals"
        raise ValidationError(not_allowed(value, allowed=allowed))

    def spelled(self, value: object) -> str | None:
        return repr(value) if type(value) in (int, float) else None


class ScoreBoundText(ScoreBound):
    """The same out of a query string."""

    def spelled(self, value: object) -> str | None:
        return value if isinstance(value, str) else None


class OffenderText(SafeText):
    """An offender number, an id, or the beginning of one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=30, **kwargs)
        self.metadata = {**self.metadata, "pattern": f"^{NUMBER_OR_ID.pattern}$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if NUMBER_OR_ID.fullmatch(text):
            return text.upper()
        raise ValidationError(
            "This takes an offender number (1 to 20 letters and digits), an id (10000-01), "
            "or the beginning of one."
        )


@dataclass(frozen=True)
class Spelling:
    """The fields that differ between a query string, which is all text, and a JSON body."""

    whole: Callable[..., Field]
    flag: Callable[..., Field]
    score: Callable[..., Field]


IN_QUERY = Spelling(StrictInt, Flag, ScoreBoundText)
IN_BODY = Spelling(WholeNumber, TrueOrFalse, ScoreBound)


def _criteria(spelling: Spelling) -> dict[str, Field]:
    def day(what: str) -> Field:
        return StrictDate(metadata={"description": what})

    return {
        "submitted_from": day("Submitted on this day (UTC) or later."),
        "submitted_to": day("Submitted on this day (UTC) or earlier."),
        "release_from": day("Estimated release on this day or later; without a release date never."),
        "release_to": day("Estimated release on this day or earlier; without a release date never."),
        "score_min": spelling.score(metadata={"description": "The score shown is this or above."}),
        "score_max": spelling.score(metadata={"description": "The score shown is this or below."}),
        "band": SafeText(
            longest=64, metadata={"description": "The scores of a band in force, in place of a range."}
        ),
        "process": ShortList(
            OneOf(*PROCESSES, BOTH),
            most=len(PROCESSES) + 1,
            metadata={"description": "The modelled rows to look at and to show; both if not given."},
        ),
        **{
            _need_name(code, end): spelling.whole(
                data_key=f"need.{code.lower()}.{end}",
                least=0,
                most=100,
                metadata={"description": f"Actual need {code}, in whole percent as shown."},
            )
            for code in NEEDS
            for end in ("min", "max")
        },
        "offender_number": OffenderText(
            metadata={"description": "A number or an id; where there is none such, all that begin so."},
        ),
        "office": SafeText(
            longest=64, metadata={"description": "People of this office, or of one below it."}
        ),
        "latest": spelling.flag(
            metadata={"description": "Of each person the latest that is no what-if, chosen before the rest."}
        ),
        "include": OneOf("what_if", metadata={"description": "What-ifs too."}),
        "all": spelling.flag(metadata={"description": "Every assessment: the other criteria are set aside."}),
    }


def _paging(spelling: Spelling) -> dict[str, Field]:
    return {
        "sort": OneOf(
            *SORTS,
            load_default=f"-{Key.SUBMITTED_AT}",
            metadata={"description": "With - from high to low. By score: of the one process asked for."},
        ),
        "limit": spelling.whole(
            least=1,
            most=LARGEST_PAGE,
            load_default=50,
            metadata={"description": "How many a page has; a CSV has them all."},
        ),
        "cursor": SafeText(
            longest=300, metadata={"description": "`next` of the page before; a CSV has no pages."}
        ),
        FIELDS_CHOSEN: chosen_fields(),
        "count": spelling.flag(load_default=False, metadata={"description": "Say how many there are."}),
    }


def chosen_fields() -> Field:
    return EachOnce(
        OneOf(*BY_NAME),
        most=len(BY_NAME),
        data_key="fields",
        validate=Length(min=1),
        metadata={
            "description": "The columns of a CSV, in order, each once; `GET /exports/fields` lists them.",
            "uniqueItems": True,
        },
    )


def _need_name(code: str, end: str) -> str:
    """As marshmallow loads it, which would take a dot for a level of its own."""
    return f"need_{code.lower()}_{end}"


class CriteriaSchema(Schema):
    """Criteria of any spelling. What no filter can be is told beside whatever else is wrong."""

    @validates_schema(skip_on_field_errors=False)
    def _can_be_a_filter(self, given: Mapping[str, Any], **_: Any) -> None:
        try:
            filter_from(given)
        except InvalidInput as wrong:
            told = {problem.pointer.removeprefix("/"): [problem] for problem in wrong.problems}
            raise ValidationError(told) from wrong


FilterSchema = CriteriaSchema.from_dict(_criteria(IN_BODY), name="FilterSchema")
SearchSchema = CriteriaSchema.from_dict({**_criteria(IN_BODY), **_paging(IN_BODY)}, name="SearchSchema")
SearchQuery = CriteriaSchema.from_dict({**_criteria(IN_QUERY), **_paging(IN_QUERY)}, name="SearchQuery")


@dataclass(frozen=True)
class Asked:
    """What a page was asked for with."""

    filter: Filter
    sort: Sort
    limit: int
    cursor: str | None
    counted: bool
    fields: tuple[str, ...]


def asked(given: Mapping[str, Any], *, at: str = "") -> Asked:
    """The search that loaded values describe; `at` is the pointer to where they stand.

    Raises
    ------
    InvalidInput
        If a range ends before it begins, no process is left, or a sort by score has no single process.
    """
    filter = filter_from(given, at=at)
    return Asked(
        filter=filter,
        sort=sort_from(given["sort"], filter, at=at),
        limit=given["limit"],
        cursor=given.get("cursor"),
        counted=given["count"],
        fields=tuple(given.get(FIELDS_CHOSEN, DEFAULT)),
    )


def with_band(given: Mapping[str, Any], band: Band | Quarter, *, at: str = "") -> Mapping[str, Any]:
    """The same search with the range of scores that the band stands for, and its process if it has one.

    Raises
    ------
    InvalidInput
        If a range, or for a band of one process a process, was given too.
    """
    put: Json = {"score_min": band.low, "score_max": band.high}
    if isinstance(band, Band):
        put["process"] = [band.process]
    if given_too := [name for name in put if name in given]:
        raise InvalidInput(
            Problem(f"{at}/{name}", "band_and_range", "The band says this already: give one or the other.")
            for name in given_too
        )
    return {**given, **put}


def filter_from(given: Mapping[str, Any], *, at: str = "") -> Filter:
    """The filter of loaded values. `all` sets the others aside, wrong ranges among them.

    Raises
    ------
    InvalidInput
        If a range ends before it begins, or no process is left.
    """
    what_ifs = "include" in given
    if given.get("all"):
        return Filter(everything=True, what_ifs=what_ifs)
    needs = {
        code: Bounds(given.get(_need_name(code, "min")), given.get(_need_name(code, "max"))) for code in NEEDS
    }
    try:
        return Filter(
            submitted=Bounds(given.get("submitted_from"), given.get("submitted_to")),
            release=Bounds(given.get("release_from"), given.get("release_to")),
            score=Bounds(given.get("score_min"), given.get("score_max")),
            processes=_processes(given.get("process", [BOTH])),
            needs={code: bounds for code, bounds in needs.items() if bounds},
            offender=given.get("offender_number"),
            office=given.get("office"),
            latest=given.get("latest", False),
            what_ifs=what_ifs,
        )
    except InvalidInput as wrong:
        raise InvalidInput(
            Problem(at + problem.pointer, problem.code, problem.detail) for problem in wrong.problems
        ) from wrong


def _processes(named: list[str]) -> tuple[str, ...]:
    return PROCESSES if BOTH in named else tuple(one for one in PROCESSES if one in named)


def sort_from(given: str | None, filter: Filter, *, at: str = "") -> Sort:
    """The order that a word names, or the newest first.

    Raises
    ------
    InvalidInput
        If it is by score, and the filter leaves more than one process.
    """
    if given is None:
        return Sort()
    key = Key(given.removeprefix("-"))
    if key is Key.SCORE and len(filter.processes) > 1:
        detail = "An assessment has a score for each process: name the one process to sort by."
        raise InvalidInput([Problem(f"{at}/sort", "process_needed", detail)])
    process = filter.processes[0] if key is Key.SCORE else None
    return Sort(key, given.startswith("-"), process)


# How it is answered ----------------------------------------------------------


class FoundSchema(ListSchema):
    total = fields.Integer(metadata={"minimum": 0, "description": "How many match; only with `count`."})


class CountsSchema(Schema):
    """How many match."""

    people = fields.Integer(required=True, metadata={"minimum": 0})
    assessments = fields.Integer(required=True, metadata={"minimum": 0})
    needs = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Need → range of the actual need in percent, or unknown → assessments."},
    )
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Process → quarter of the scores, or withheld → modelled rows."},
    )


def counts(found: Counts) -> Json:
    return {
        "people": found.people,
        "assessments": found.assessments,
        "needs": found.needs,
        "scores": found.quarters,
    }


def total_of(page: Page) -> Json:
    return {} if page.total is None else {"total": page.total}
