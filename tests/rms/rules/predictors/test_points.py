"""OGP and OVP: points, percents and bands, with the published vectors."""

from datetime import date

import pytest

from rms.errors import InvalidInput
from rms.rules.catalogue import OGP, OVP
from rms.rules.editions import text_of
from rms.rules.predictors.ovp import ovp_answers
from rms.rules.predictors.points import point_scale_from, point_score, score_of_points

OGP_SCALE, OVP_SCALE = OGP.named("ogp-2026"), OVP.named("ovp-2026")

# scale, points, percent within one and two years, band
PUBLISHED = [
    (OGP_SCALE, 62, 53, 68, "High"),
    (OGP_SCALE, 53, 40, 55, "Medium"),
    (OGP_SCALE, 43, 26, 39, "Medium"),
    (OGP_SCALE, 31, 15, 24, "Low"),
    (OVP_SCALE, 82, 80, 89, "Very High"),
]


@pytest.mark.parametrize(("scale", "points", "one_year", "two_years", "band"), PUBLISHED)
def test_the_percents_of_the_points(scale, points, one_year, two_years, band):
    score = score_of_points(points, scale, terms={})
    assert (score.percents, score.band) == ({"one_year": one_year, "two_years": two_years}, band)


NO_NEED = dict.fromkeys(OGP_SCALE.fields, 0)
# what differs from OGRS3 50 % without any need, the points
OF_OGP = [
    ({}, 30),
    ({"ogrs": 1}, 1),
    ({"ogrs": 99}, 59),
    ({"ogrs": 64}, 38),
    ({"no_fixed_abode": True}, 35),
    ({"unemployed": 1}, 35),
    ({"regular_activities": 1}, 33),
    ({"regular_activities": 2}, 35),
    ({"current_drug_use": 1}, 34),
    ({"current_drug_use": 1, "drug_motivation": 1}, 38),
    ({"current_drug_use": 2, "drug_motivation": 2}, 45),
    ({"problem_solving": 1, "awareness_of_consequences": 1, "understands_others": 1}, 33),
    ({"problem_solving": 2, "awareness_of_consequences": 2, "understands_others": 2}, 35),
    ({"pro_criminal_attitudes": 1}, 33),
    ({"pro_criminal_attitudes": 2}, 35),
]


@pytest.mark.parametrize(("known", "points"), OF_OGP, ids=lambda value: str(value))
def test_the_points_of_ogp(known, points):
    score = point_score({**NO_NEED, "ogrs": 50, **known}, OGP_SCALE)
    assert (score.points, sum(score.terms.values())) == (points, points)


def ovp(**known):
    base = {"total_sanctions": 30, "violent_sanctions": 10}
    counts = {name: known.pop(name, value) for name, value in base.items()}
    answers = dict.fromkeys(
        (
            "does_not_recognise_impact",
            "alcohol_use",
            "binge_drinking",
            "psychiatric_treatment",
            "temper_control",
            "pro_criminal_attitudes",
        ),
        0,
    )
    return point_score(
        ovp_answers(
            sex=known.pop("sex", "male"),
            born=known.pop("born", date(1964, 10, 15)),
            followup_from=date(2027, 12, 12),
            **counts,
            answers={**answers, "no_fixed_abode": True, "unemployed": True, **known},
        ),
        OVP_SCALE,
    )


# what differs from the published base case, percent within one and two years, band
OF_OVP = [
    ({}, 15, 26, "Low"),
    (
        {"total_sanctions": 1, "violent_sanctions": 0, "does_not_recognise_impact": True},
        5,
        9,
        "Low",
    ),
    (
        {
            "total_sanctions": 55,
            "violent_sanctions": 40,
            "temper_control": 2,
            "alcohol_use": 1,
            "binge_drinking": 1,
        },
        42,
        58,
        "Medium",
    ),
]


@pytest.mark.parametrize(("known", "one_year", "two_years", "band"), OF_OVP)
def test_published_vectors_of_ovp(known, one_year, two_years, band):
    score = ovp(**known)
    assert (score.percents, score.band) == ({"one_year": one_year, "two_years": two_years}, band)


# a field, its value, the term, its points
TERMS = [
    ("violent_sanctions", 0, "violent_sanctions", 0),
    ("violent_sanctions", 1, "violent_sanctions", 4),
    ("violent_sanctions", 2, "violent_sanctions", 7),
    ("violent_sanctions", 3, "violent_sanctions", 9),
    ("violent_sanctions", 4, "violent_sanctions", 11),
    ("violent_sanctions", 5, "violent_sanctions", 12),
    ("violent_sanctions", 17, "violent_sanctions", 24),
    ("violent_sanctions", 18, "violent_sanctions", 25),
    ("total_sanctions", 10 + 2, "other_sanctions", 0),
    ("total_sanctions", 10 + 3, "other_sanctions", 2),
    ("total_sanctions", 10 + 5, "other_sanctions", 3),
    ("total_sanctions", 10 + 11, "other_sanctions", 4),
    ("total_sanctions", 10 + 20, "other_sanctions", 4),
    ("total_sanctions", 10 + 21, "other_sanctions", 5),
    ("born", date(2009, 12, 12), "age", 20),
    ("born", date(2007, 12, 13), "age", 20),
    ("born", date(2007, 12, 12), "age", 17),
    ("born", date(1977, 12, 13), "age", 2),
    ("born", date(1976, 12, 12), "age", 0),
    ("sex", "female", "sex", 0),
    ("alcohol_use", 1, "alcohol", 3),
    ("alcohol_use", 2, "alcohol", 5),
    ("psychiatric_treatment", True, "psychiatric_treatment", 4),
    ("pro_criminal_attitudes", 1, "attitudes", 3),
]


@pytest.mark.parametrize(("name", "value", "term", "points"), TERMS)
def test_the_points_of_ovp(name, value, term, points):
    assert ovp(**{name: value}).terms[term] == points


WRONG = [
    ({"temper_control": None}, "temper_control is missing"),
    ({"temper_control": 3}, "0 to 2"),
    ({"born": date(2009, 12, 13)}, "18 or more"),
    ({"violent_sanctions": 31}, "up to 30"),
    ({"sex": "other"}, "female or male"),
    ({"temper": 1}, "no field temper"),
]


@pytest.mark.parametrize(("known", "words"), WRONG)
def test_there_is_no_score_without_every_answer(known, words):
    with pytest.raises(InvalidInput) as refused:
        ovp(**known)
    (problem,) = refused.value.problems
    assert words in problem.detail


OF_TABLES = [
    ('points = { "0" = 0, "1" = 5, "2" = 8 }', None),
    ('points = { "1" = 5 }', "begin at 0"),
    ('points = { "no" = 5 }', "whole numbers"),
    ("if_missing = 2", "either points or times"),
]


@pytest.mark.parametrize(("new", "words"), OF_TABLES)
def test_a_table_that_cannot_be_applied_is_refused(new, words):
    text = text_of("ogp-2026").replace('points = { "0" = 0, "1" = 3, "2" = 5 }', new, 1)
    if words is None:
        assert (
            point_score({**NO_NEED, "ogrs": 50, "regular_activities": 2}, point_scale_from(text)).points == 38
        )
    else:
        with pytest.raises(InvalidInput, match=words):
            point_scale_from(text)
