"""Many cases at once equal one by one: handover, both versions of the tier, and needs."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.calendar import months_after, months_before, months_between
from rms.errors import InvalidInput
from rms.rules.catalogue import HANDOVER, NEEDS, TIER_V2, TIER_V3
from rms.rules.columns import days, handover, needs, tier_v2, tier_v3
from rms.rules.handover import ESTATES, HandoverCase
from rms.rules.handover import handover as one_handover
from rms.rules.needs import needs_of
from rms.rules.tier_v2 import TierV2Case
from rms.rules.tier_v2 import tier_v2 as one_tier_v2
from rms.rules.tier_v3 import TierV3Case
from rms.rules.tier_v3 import tier_v3 as one_tier_v3

TODAY = date(2024, 2, 29)
V2, V3, NEED_RULES = TIER_V2.named("tier-v2"), TIER_V3.named("tier-v3"), NEEDS.named("oasys-needs-2026")
QUESTIONS = [question for rule in NEED_RULES.needs for question in rule.questions]

near = st.dates(date(2022, 6, 1), date(2026, 3, 31))
maybe_near = st.none() | near
booleans = st.booleans()

month_ends = st.dates(date(2019, 12, 27), date(2024, 3, 3))


@given(st.lists(month_ends, min_size=1), st.integers(-40, 40), month_ends)
def test_months_of_columns_are_those_of_the_calendar(found, months, other):
    column = np.array(found, "datetime64[D]")
    shift = months_after if months >= 0 else lambda day, back: months_before(day, -back)
    assert days.months_after_each(column, months).tolist() == [shift(day, months) for day in found]
    others = np.full(column.shape, np.datetime64(other))
    expected = [months_between(day, other) for day in found]
    assert days.months_between_each(column, others).tolist() == expected
    each = days.months_before_day(np.datetime64(other), np.array(expected, np.float64))
    assert each.tolist() == [months_before(other, back) for back in expected]


def test_what_follows_from_an_unknown_day_is_unknown():
    nothing = np.array(["NaT"], "datetime64[D]")
    assert np.isnat(days.months_before_each(nothing, 3)).all()
    assert np.isnan(days.months_between_each(nothing, nothing)).all()


prisoners = st.builds(
    HandoverCase,
    age=st.sampled_from([None, 17, 18, 40]),
    sentenced=st.sampled_from([True, True, True, False]),
    immigration=st.sampled_from([False, False, False, True]),
    recalled=st.sampled_from([False, False, False, True]),
    recall_code=st.sampled_from([False, False, False, True]),
    resourcing=st.sampled_from([None, "normal", "enhanced"]),
    indeterminate=booleans,
    early_allocation=st.sampled_from([False, False, True]),
    mappa_level=st.sampled_from([None, 0, 1, 2, 3]),
    estate=st.sampled_from([*ESTATES, "another"]),
    sentence_start=st.none() | st.dates(date(2019, 1, 1), date(2024, 2, 29)),
    crd=maybe_near,
    ard=maybe_near,
    ped=maybe_near,
    ted=maybe_near,
    thd=maybe_near,
    prd=maybe_near,
    hdced=maybe_near,
    hdcad=maybe_near,
    opened_on=maybe_near,
    parole_refused_on=maybe_near,
    life_sentences_from=st.sampled_from(
        [(), (date(2010, 1, 1),), (date(2010, 1, 1),) * 2, (date(2010, 1, 1), date(2011, 1, 1))]
    ),
)


@pytest.mark.parametrize("version", HANDOVER.versions)
@given(found=st.lists(prisoners, max_size=20))
def test_handover(version, found):
    rules = HANDOVER.named(version)
    many = handover.handover_of_many(handover.columns_of(found), rules, today=TODAY)
    for at, case in enumerate(found):
        decision = one_handover(case, rules, today=TODAY)
        assert (many.outcome[at] or None) == decision.outcome
        assert {"start": many.start[at].item(), "handover": many.handover[at].item()} == decision.results
        row = "outside" if many.row[at] < 0 else rules.rows[many.row[at]].name
        assert [row] == [reason.row for reason in decision.reasons]


@given(found=st.lists(prisoners, max_size=20))
def test_handover_by_a_draft_without_a_last_row(found):
    rules = HANDOVER.named("handover-2023")
    draft = replace(rules, rows=rules.rows[:-1])
    many = handover.handover_of_many(handover.columns_of(found), draft, today=TODAY)
    decisions = [one_handover(case, draft, today=TODAY) for case in found]
    assert [outcome or None for outcome in many.outcome.tolist()] == [one.outcome for one in decisions]


answers = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from([None, 0, 1, 2]))
cases_of_v2 = st.builds(
    TierV2Case,
    sex=st.sampled_from(["female", "male"]),
    rsr=st.sampled_from([None, -0.1, 0.0, 2.99, 3.0, 6.995, 7.0, 99.99, 100.0]),
    rosh=st.sampled_from([None, "low", "medium", "high", "very_high", "extreme"]),
    mappa_level=st.sampled_from([None, 0, 1, 2, 3, 4]),
    complexity=st.frozensets(st.sampled_from([*V2.complexity, *V2.complexity, "XXXX"]), max_size=3),
    parenting=booleans,
    impulsive=booleans,
    enforcement=booleans,
    mandate=st.sampled_from([True, True, False]),
    needs=answers.map(lambda given: needs_of(given, NEED_RULES)),
    assessed_on=st.sampled_from(
        [None, TODAY, TODAY + timedelta(days=1), *(TODAY - timedelta(weeks=55, days=day) for day in (0, 1))]
    ),
    ogrs=st.sampled_from([None, 1, 9, 10, 59, 99]),
    iom=booleans,
    supervised=booleans,
)


@given(st.lists(cases_of_v2, max_size=20))
def test_the_tier_of_version_2(found):
    many = tier_v2.tier_v2_of_many(tier_v2.columns_of(found, V2), V2, today=TODAY)
    for at, case in enumerate(found):
        if many.outcome[at] == "":
            with pytest.raises(InvalidInput):
                one_tier_v2(case, V2, today=TODAY)
            continue
        decision = one_tier_v2(case, V2, today=TODAY)
        change = None if np.isnan(many.change_points[at]) else many.change_points[at]
        assert many.outcome[at] == decision.outcome
        assert (many.protect_points[at], change) == tuple(decision.results.values())


cases_of_v3 = st.builds(
    TierV3Case,
    supervised=st.sampled_from([True, True, False]),
    serious_reoffending=st.sampled_from([None, 0.0, 0.49, 0.5, 1.0, 2.99, 3.0, 6.89, 6.9, 50.0]),
    all_reoffending=st.sampled_from([None, 0.0, 14.9, 15.0, 25.0, 50.0, 75.0, 89.9, 90.0]),
    contact_band=st.sampled_from([None, None, "low", "medium", "high", "very_high"]),
    contact_percent=st.sampled_from([None, 0.5, 0.6, 1.12, 2.11, 3.35, 3.36]),
    risk_reduction=booleans,
    life=booleans,
    released_on=st.none() | st.dates(date(2018, 1, 1), date(2024, 12, 31)),
    mappa=booleans,
    rosh=st.sampled_from([None, "low", "medium", "high", "very_high"]),
    domestic_abuse=booleans,
    stalking=booleans,
    child_protection=booleans,
    sexual_history=booleans,
)


@given(st.lists(cases_of_v3, max_size=20))
def test_the_tier_of_version_3(found):
    many = tier_v3.tier_v3_of_many(tier_v3.columns_of(found), V3, today=TODAY)
    for at, case in enumerate(found):
        decision = one_tier_v3(case, V3, today=TODAY)
        provisional = decision.results["provisional"]
        assert (many.outcome[at], many.provisional[at]) == (decision.outcome, provisional)


some_answers = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from([None, 0, 0, 1, 1, 2, 2, 3]))


@given(st.lists(st.tuples(some_answers | answers, booleans), max_size=20))
def test_needs(found):
    by_strengths = np.array([strengths for _, strengths in found], np.bool_)
    columns = needs.answers_of([one for one, _ in found], NEED_RULES)
    many = needs.needs_of_many(columns, NEED_RULES, by_strengths=by_strengths)
    points = needs.need_points_of_many(many, NEED_RULES)
    for at, (one, strengths) in enumerate(found):
        try:
            alone = needs_of(one, NEED_RULES, by_strengths=strengths)
        except InvalidInput:
            assert np.isnan(many.scores[at]).all()
            assert (many.severities[at] == -1).all()
            continue
        scores = [None if np.isnan(score) else score for score in many.scores[at]]
        severities = [None if place < 0 else needs.SEVERITIES[place] for place in many.severities[at]]
        assert (scores, severities) == ([one.score for one in alone], [one.severity for one in alone])
        case = TierV2Case("male", needs=alone)
        assert tier_v2.columns_of([case], V2)["need_points"].tolist() == [points[at]]
