"""What the page that explains a result says of it."""

import pytest

from rms.engine.explaining.sensitivity import Sensitivity, Tried, Unknown
from rms.engine.explaining.suggestions import Suggestions, WhyNone
from rms.instrument import instrument
from rms.reports.explaining import (
    compared_label,
    nothing_to_ask,
    sensitivity_sentences,
    unknown_rows,
    unknown_sentence,
    why_none_sentence,
)
from tests.rms.reports.cases import SMALL

TRIED = "RMS tried each of the 9 single steps, with all other answers unchanged."
IT_IS = "The score is 1.04."
RISE, FALL = "The largest rise is to", "The largest fall is to"
NO_RISE, NO_FALL = "No single step raises the score.", "No single step lowers the score."


def tried(code: str, low: float, high: float) -> Unknown:
    return Unknown(code, Tried(code, 0, low), Tried(code, 3, high))


def test_only_items_that_would_change_the_score_as_shown_are_worth_asking() -> None:
    unknown = (tried("acad", 1.246, 1.304), tried("empl", 1.251, 1.2549), tried("drug", 1.25, 1.25))
    sensitivity = Sensitivity("recidivism", 1.25, None, None, steps=0, withheld=0, unknown=unknown)
    [row] = unknown_rows(sensitivity, SMALL)
    assert row == ("Need acad", "1.25 (0: No need)", "1.30 (3: Major need)", "0.05")


@pytest.mark.parametrize(
    ("unknown", "sentence"),
    [
        ((), ""),
        (((1.041, 1.0401),), ""),
        (((1.02, 1.06),), "The score is 1.04 with this answer unknown."),
        (((1.02, 1.06),) * 2, "The score is 1.04 with these answers unknown."),
        (
            ((1.0, 1.02),),
            "The score is 1.04 with this answer unknown. Any known answer would make it lower.",
        ),
        (
            ((1.06, 1.08), (1.02, 1.06)),
            "The score is 1.04 with these answers unknown. Any answer to Need acad would make it higher.",
        ),
    ],
)
def test_the_scores_of_unknown_items_have_one_to_compare_with(
    unknown: tuple[tuple[float, float], ...], sentence: str
) -> None:
    items = tuple(tried(code, *ends) for code, ends in zip(("acad", "empl"), unknown, strict=False))
    sensitivity = Sensitivity("recidivism", 1.041, None, None, steps=0, withheld=0, unknown=items)
    assert unknown_sentence(sensitivity, SMALL) == sentence


@pytest.mark.parametrize(
    ("why", "tries", "sentence"),
    [
        (None, 3, ""),
        (
            WhyNone.NOT_TYPICAL,
            21,
            "RMS tried 21 changes. For none of them were there enough people to compare with.",
        ),
        (WhyNone.NOT_TYPICAL, 1, "RMS tried one change. There were too few people to compare with."),
        (WhyNone.NO_SCORE, 0, "There is no score here, so there is nothing to compare with."),
    ],
)
def test_why_nothing_is_listed_says_how_many_changes_were_tried(
    why: WhyNone | None, tries: int, sentence: str
) -> None:
    assert why_none_sentence(Suggestions("recidivism", (), why, tries)) == sentence


def test_the_ages_of_a_person_and_of_a_case_are_of_different_days() -> None:
    assert (
        compared_label("age", instrument("rms")) == "Age (this person: at assessment; the case: at release)"
    )
    assert compared_label("drug", instrument("rms")) == "Drug use"


@pytest.mark.parametrize(
    ("low", "score", "high", "first", "others"),
    [
        (None, 1.04, None, "No single step changes the score: it stays 1.04.", ()),
        (1.036, 1.04, 1.044, "No single step changes the score: it stays 1.04.", ()),
        (None, 1.04, 1.044, "No single step changes the score: it stays 1.04.", ()),
        (1.034, 1.04, 1.044, IT_IS, (f"{FALL} 1.03", NO_RISE)),
        (None, 1.04, 1.046, IT_IS, (NO_FALL, f"{RISE} 1.05")),
        (1.034, 1.04, 1.046, IT_IS, (f"{FALL} 1.03", f"{RISE} 1.05")),
    ],
)
def test_a_range_is_told_only_if_it_can_be_seen(
    low: float | None, score: float, high: float | None, first: str, others: tuple[str, ...]
) -> None:
    ends = (None if end is None else Tried("acad", 1, end) for end in (low, high))
    sensitivity = Sensitivity("recidivism", score, *ends, steps=9, withheld=0, unknown=())
    said = list(sensitivity_sentences(sensitivity, SMALL))
    assert said[0] == f"{first} {TRIED}"
    assert len(said) == 1 + len(others)
    assert all(one.startswith(start) for one, start in zip(said[1:], others, strict=True))


def test_unknown_items_that_change_nothing_are_named() -> None:
    one = Sensitivity(
        "recidivism", 1.05, None, None, steps=0, withheld=0, unknown=(tried("acad", 1.05, 1.05),)
    )
    assert nothing_to_ask(one, SMALL) == "Need acad is unknown. Whatever the answer, the score stays 1.05."
