"""Facts of a prediction by kind: their changes add up, and no figure of associates is a fact."""

import math

import pytest

from rms.prediction.facts import HIDDEN, Kind, facts_of, groups
from rms.prediction.features import Feature
from rms.prediction.model import Part

HIGH = 73.0
PARTS = (
    Part(Feature("offences_24", "number of offences in the last 24 months"), math.log(15), 1.2),
    Part(Feature("offences_6", "number of offences in the last 6 months"), math.log(15), -0.4),
    Part(Feature("near_high", "harm score, where it is close to the band high"), 0.82, 0.6),
    Part(Feature("under_18", "years below the age of 18"), 0.5, 0.3),
    Part(Feature("under_25", "years below the age of 25"), 1.2, 0.5),
    Part(Feature("links", "number of associates"), math.log(43), 0.25),
    Part(Feature("pagerank", "place in the network of associates (PageRank)"), 0.4, -0.05),
    Part(Feature("high_harm_links", "number of associates who are high harm"), math.log(8), 0.4),
    Part(Feature("registered_mappa", "registration: MAPPA"), 0.0, -0.02),
)


def test_the_changes_of_facts_and_of_kinds_add_up_to_those_of_the_features() -> None:
    total, facts = sum(part.change for part in PARTS), facts_of(PARTS, high=HIGH)
    assert sum(fact.change for fact in facts) == pytest.approx(total)
    assert sum(group.change for group in groups(facts)) == pytest.approx(total)


def test_offences_that_raise_and_lower_and_the_harm_score_are_one_sum() -> None:
    [offences] = [group for group in groups(facts_of(PARTS, high=HIGH)) if group.kind is Kind.OFFENCES]
    assert offences.change == pytest.approx(1.4)
    assert offences.effect == "raises it a lot"
    assert [fact.value for fact in offences.facts] == [
        "14",
        "71.2 (the band high starts at 73.0)",
        "14",
    ]


def test_age_and_harm_score_are_shown_as_they_are() -> None:
    values = {fact.title: fact.value for fact in facts_of(PARTS, high=HIGH)}
    assert values["Age"] == "13"
    assert values["Harm score"] == "71.2 (the band high starts at 73.0)"


def test_no_figure_of_associates_is_shown() -> None:
    """They count people whom the reader may not see."""
    facts = [fact for fact in facts_of(PARTS, high=HIGH) if fact.kind is Kind.ASSOCIATES]
    assert [(fact.name, fact.value) for fact in facts] == [("associates", HIDDEN)]
    assert not any(figure in fact.value for fact in facts for figure in "0123456789")


def test_the_kind_with_the_largest_effect_comes_first() -> None:
    kinds = [group.kind for group in groups(facts_of(PARTS, high=HIGH))]
    assert kinds[:2] == [Kind.OFFENCES, Kind.AGE]
    assert kinds[-1] is Kind.REGISTRATIONS
