"""Golden values: published vectors of OGRS3. `shared/data` has 600 more, which not every machine has."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.rules.catalogue import OFFENCE_CATEGORIES, OGRS3
from rms.rules.predictors.ogrs3 import (
    SEXES,
    Ogrs3Case,
    case_of_dates,
    columns_of,
    ogrs3,
    ogrs3_of_many,
    percent_shown,
    problems_of,
)

SHARED = Path(__file__).parents[5] / "shared" / "data"
PUBLISHED, HMPPS = OGRS3.named("ogrs3-2009"), OGRS3.named("ogrs3-hmpps-2026")

# sex, ages at conviction / first sanction / follow-up, previous sanctions, offence, within one and two years
VECTORS = [
    ("male", 20, 20, 20, 0, "Violence", 0.12161553504714574, 0.22130521140511314),
    ("male", 20, 20, 20, 1, "Violence", 0.3158120100020924, 0.48651769565917),
    ("male", 20, 20, 20, 2, "Violence", 0.43393890261473633, 0.6114342480551298),
    ("male", 20, 20, 20, 3, "Violence", 0.5235145926731711, 0.6928061177628605),
    ("male", 20, 20, 20, 4, "Violence", 0.5922581047904115, 0.7488430658491833),
    ("female", 37, 14, 43, 5, "Criminal damage", 0.16981786851920577, 0.29571742298421644),
    ("female", 37, 14, 43, 3, "Criminal damage", 0.10966125120067907, 0.20180313320047938),
    ("male", 23, 12, 23, 25, "Taking & driving away", 0.8117432421743183, 0.8984865665141756),
    ("male", 42, 13, 43, 79, "Public order", 0.7075436366487633, 0.8323852423623939),
    ("male", 29, 25, 30, 1, "Burglary (domestic)", 0.11723581441581604, 0.21421089930055945),
    ("male", 37, 17, 38, 8, "Robbery", 0.16198442487921613, 0.2840635949086492),
]
# Vectors that are published with nine decimals.
SHORTER = [
    ("male", 25, 13, 25, 12, "Burglary (domestic)", 0.479210599, 0.653834600),
    ("male", 34, 14, 35, 30, "Theft (non-motor)", 0.768497691, 0.872025876),
    ("female", 28, 16, 28, 14, "Theft (non-motor)", 0.730058759, 0.847362662),
    ("male", 54, 54, 54, 0, "Robbery", 0.017772451, 0.035811072),
    ("male", 20, 14, 20, 6, "Theft from vehicles", 0.653275718, 0.794556441),
]


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row[5]} {row[4]}")
def test_a_published_vector(row):
    score = ogrs3(Ogrs3Case(*row[:6]), PUBLISHED)
    assert (score.one_year, score.two_years) == pytest.approx(row[6:], abs=1e-12)


@pytest.mark.parametrize("row", SHORTER, ids=lambda row: f"{row[5]} {row[4]}")
def test_a_published_vector_with_nine_decimals(row):
    score = ogrs3(Ogrs3Case(*row[:6]), PUBLISHED)
    assert (score.one_year, score.two_years) == pytest.approx(row[6:], abs=5e-10)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the 600 vectors are not beside this checkout")
def test_all_vectors_of_the_shared_data():
    with (SHARED / "ogrs3_vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cases = [
        Ogrs3Case(
            {"M": "male", "F": "female"}[row["sex"]],
            int(row["age_at_conviction"]),
            int(row["age_at_first_sanction"]),
            int(row["age_at_followup_start"]),
            int(row["previous_sanctions"]),
            row["offence_category"],
        )
        for row in rows
    ]
    expected = np.array([[float(row["p1yr"]), float(row["p2yr"])] for row in rows])
    scores = [ogrs3(case, PUBLISHED) for case in cases]
    many = ogrs3_of_many(columns_of(cases, PUBLISHED), PUBLISHED)
    assert len(rows) == 600
    assert np.abs(np.array([[one.one_year, one.two_years] for one in scores]) - expected).max() < 1e-12
    assert np.abs(np.array(many).T - expected).max() < 1e-12


# born, convicted, follow-up, total sanctions, age at first, offence → percent within one and two years, band
SERVICE = [
    ("1965-12-07", "2025-05-13", "2026-12-06", 2, 47, "Soliciting or prostitution", 8, 16, "Low"),
    ("1991-07-17", "2021-08-05", "2021-12-12", 2, 21, "Fraud and forgery", 11, 20, "Low"),
    ("1991-07-17", "2021-08-05", "2021-12-12", 2, 21, "Other", 9, 17, "Low"),
    ("1975-04-29", "2009-02-19", "2020-01-14", 22, 17, "Drug import/export/production", 35, 52, "Medium"),
    ("1980-01-01", "2020-01-01", "2040-01-01", 1, 40, "Soliciting or prostitution", 7, 13, "Low"),
]


@pytest.mark.parametrize("row", SERVICE, ids=lambda row: row[5])
def test_the_results_of_the_service_with_its_own_parameters(row):
    born, convicted, followup, total, first, category, one_year, two_years, band = row
    birth = date.fromisoformat(born)
    case = case_of_dates(
        sex="male",
        born=birth,
        convicted_on=date.fromisoformat(convicted),
        first_sanction_on=birth.replace(year=birth.year + first),
        followup_from=date.fromisoformat(followup),
        total_sanctions=total,
        offence_category=category,
    )
    score = ogrs3(case, HMPPS)
    assert (score.percent_one_year, score.percent_two_years, score.band) == (one_year, two_years, band)


def test_the_terms_add_to_the_score():
    score = ogrs3(Ogrs3Case("male", 33, 17, 44, 21, "Drug import/export/production"), HMPPS)
    assert score.terms["sanctions"] == pytest.approx(-0.20900470640378052, abs=1e-15)
    total = HMPPS.two_years + sum(score.terms.values())
    assert score.two_years == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-15)


@pytest.mark.parametrize(
    ("probability", "percent", "band"), [(0.4949, 49, "Low"), (0.495, 50, "Medium"), (0.496, 50, "Medium")]
)
def test_the_band_follows_the_percent_that_is_shown(probability, percent, band):
    assert percent_shown(probability) == percent
    assert [name for start, name in PUBLISHED.bands if start <= percent][-1] == band


def test_50_and_51_previous_sanctions_count_the_same():
    fifty, more = (ogrs3(Ogrs3Case("male", 42, 13, 43, n, "Robbery"), PUBLISHED) for n in (50, 51))
    assert fifty == more
    fifty, more = (ogrs3(Ogrs3Case("male", 42, 13, 43, n, "Robbery"), HMPPS) for n in (50, 51))
    assert fifty.two_years < more.two_years


def test_one_sanction_in_total_is_no_previous_one():
    day = date(2024, 2, 29)
    case = case_of_dates(
        sex="female",
        born=date(2004, 2, 29),
        convicted_on=day,
        first_sanction_on=day,
        followup_from=day,
        total_sanctions=1,
        offence_category="Robbery",
    )
    assert case.previous_sanctions == 0
    assert ogrs3(case, PUBLISHED).terms["status"] == 0.126142106


@pytest.mark.parametrize(("convicted", "age"), [(date(2022, 2, 28), 17), (date(2022, 3, 1), 18)])
def test_who_was_born_on_29_february_grows_older_on_1_march(convicted, age):
    case = case_of_dates(
        sex="male",
        born=date(2004, 2, 29),
        convicted_on=convicted,
        first_sanction_on=convicted,
        followup_from=convicted,
        total_sanctions=1,
        offence_category="Robbery",
    )
    assert case.age_at_conviction == case.age_at_followup_start == age


@pytest.mark.parametrize(("previous", "term"), [(0, 0), (1, 0.083100501), (2, 0.34859587), (9, 0.34859587)])
def test_the_status_of_people_with_cautions_only(previous, term):
    case = Ogrs3Case("male", 20, 20, 20, previous, "Robbery", only_cautions=True)
    assert ogrs3(case, PUBLISHED).terms["status"] == term


FINE: dict[str, Any] = {
    "sex": "male",
    "age_at_conviction": 20,
    "age_at_first_sanction": 20,
    "age_at_followup_start": 20,
    "previous_sanctions": 0,
    "offence_category": "Robbery",
}
REFUSED = [
    ({"sex": "unknown"}, "/sex"),
    ({"age_at_conviction": 9, "age_at_first_sanction": 9}, "/age_at_conviction"),
    ({"age_at_followup_start": 9}, "/age_at_followup_start"),
    ({"age_at_first_sanction": 21}, "/age_at_first_sanction"),
    ({"previous_sanctions": -1}, "/previous_sanctions"),
    ({"offence_category": "Piracy"}, "/offence_category"),
]


@pytest.mark.parametrize(("changed", "pointer"), REFUSED)
def test_a_case_without_a_score_says_why(changed, pointer):
    case = Ogrs3Case(**{**FINE, **changed})
    with pytest.raises(InvalidInput) as refused:
        ogrs3(case, PUBLISHED)
    assert pointer in {problem.pointer for problem in refused.value.problems}
    assert np.isnan(ogrs3_of_many(columns_of([case], PUBLISHED), PUBLISHED)).all()


WRONG_DAYS = [
    ({"convicted_on": date(2000, 1, 1)}, "/convicted_on"),
    ({"first_sanction_on": date(2021, 1, 1)}, "/first_sanction_on"),
    ({"total_sanctions": 0}, "/total_sanctions"),
    ({"followup_from": date(1999, 1, 1)}, "/followup_from"),
]


@pytest.mark.parametrize(("changed", "pointer"), WRONG_DAYS)
def test_days_that_cannot_be_are_refused(changed, pointer):
    day = date(2020, 1, 1)
    days: dict[str, Any] = {"born": date(2000, 1, 1), "convicted_on": day, "first_sanction_on": day}
    more: dict[str, Any] = {
        "sex": "male",
        "offence_category": "Robbery",
        "followup_from": day,
        "total_sanctions": 1,
    }
    with pytest.raises(InvalidInput) as refused:
        case_of_dates(**{**days, **more, **changed})
    assert pointer in {problem.pointer for problem in refused.value.problems}


cases = st.builds(
    Ogrs3Case,
    sex=st.sampled_from([*SEXES, "other"]),
    age_at_conviction=st.integers(5, 99),
    age_at_first_sanction=st.integers(5, 99),
    age_at_followup_start=st.integers(5, 99),
    previous_sanctions=st.integers(-2, 120),
    offence_category=st.sampled_from([*PUBLISHED.offences, "Piracy"]),
    only_cautions=st.booleans(),
)


@given(st.lists(cases, max_size=40), st.sampled_from([PUBLISHED, HMPPS]))
def test_many_at_once_equal_one_by_one(found, parameters):
    one_year, two_years = ogrs3_of_many(columns_of(found, parameters), parameters)
    for at, case in enumerate(found):
        if list(problems_of(case, parameters)):
            assert np.isnan(one_year[at]) and np.isnan(two_years[at])
        else:
            score = ogrs3(case, parameters)
            assert (one_year[at], two_years[at]) == pytest.approx(
                (score.one_year, score.two_years), abs=1e-15
            )


CODES = [
    ("02800", "Burglary (domestic)"),
    ("28/3", "Burglary (domestic)"),
    ("02900", "Violence"),
    ("03100", "Violence"),
    ("03001", "Burglary (other)"),
    ("03402", "Robbery"),
    ("03900", "Theft (non-motor)"),
    ("04510", "Theft from vehicles"),
    ("04801", "Taking & driving away"),
    ("02700", "Soliciting or prostitution"),
    ("09230", "Drug import/export/production"),
]


@pytest.mark.parametrize(("code", "category"), CODES)
def test_the_category_of_a_code(code, category):
    assert OFFENCE_CATEGORIES.in_force(date(2026, 1, 1)).category(code) == category


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("08800", "exact_offence_needed"),
        ("95003", "offence_without_category"),
        ("99999", "offence_code_unknown"),
        ("28", "offence_code_unknown"),
    ],
)
def test_a_code_without_a_category_says_why(code, name):
    with pytest.raises(InvalidInput) as refused:
        OFFENCE_CATEGORIES.in_force(date(2026, 1, 1)).category(code)
    assert [problem.code for problem in refused.value.problems] == [name]


def test_drink_driving_and_other_motoring_are_not_exchanged():
    """A published file of names has the two the wrong way round."""
    assert (PUBLISHED.offences["Other motoring"], PUBLISHED.offences["Drink driving"]) == (
        0.262228428,
        -0.121439408,
    )
