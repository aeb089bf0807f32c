"""RSR and its parts. SNSV: golden values are outputs of the published calculator of 2018."""

from dataclasses import replace
from datetime import date

import pytest

from rms.errors import InvalidInput, NotFound
from rms.rules.catalogue import OSP_CONTACT, RSR, SNSV, SNSV_CATEGORIES
from rms.rules.predictors.registry import PREDICTORS, predictor
from rms.rules.predictors.rsr import RsrCase, osp_contact, rsr, rsr_band, years_without_offence
from rms.rules.predictors.snsv import SnsvCase, snsv, snsv_case_of_dates

PARAMETERS, CALCULATOR, CONTACT = (
    RSR.named("rsr-2026"),
    SNSV.named("snsv-2018"),
    OSP_CONTACT.named("osp-dc-2026"),
)
NOTHING = dict.fromkeys(CALCULATOR.dynamic, 0)
ASSESSED = "2013-03-31"

# born, convicted, sentenced, first sanction, assessed, previous and violent sanctions, offence, its kind,
# the dynamic answers that are not 0 (None: the static form), probability within two years
T0 = ("1989-04-22", "2013-02-20", ASSESSED, "2001-09-10", ASSESSED, 25, 6, "Other", None)
T1 = (
    "1982-08-25",
    "2012-08-15",
    "2013-02-04",
    "2007-11-27",
    ASSESSED,
    1,
    0,
    "Drug import/export/production",
    None,
)
T2 = ("1987-06-08", "2010-06-18", "2012-08-29", "2006-07-28", ASSESSED, 1, 0, "Criminal damage", None)
T4 = ("1975-09-13", "2006-08-08", "2006-09-19", "2005-11-02", ASSESSED, 1, 0, "Motoring", None)
T5 = ("1994-07-22", "2013-01-04", "2013-01-04", "2013-01-04", ASSESSED, 0, 0, "Burglary (domestic)", None)
T6 = ("1991-03-14", "2012-05-03", ASSESSED, "2009-10-05", ASSESSED, 2, 3, "Violence against the person", 4)
T10 = ("1974-11-23", "2012-07-26", ASSESSED, "1992-01-13", ASSESSED, 8, 5, "Acquisitive violence", None)
SERVICE = (
    "1970-01-01",
    "2010-01-01",
    "2016-01-01",
    "2004-01-01",
    "2018-02-12",
    6,
    4,
    "Criminal damage",
    None,
)
OF_T0 = {
    "past_wounding": 1, "past_weapon": 1, "weapon": 1, "accommodation": 2, "employment": 2,
    "relationships": 1,
    "domestic_abuse_perpetrator": 1, "impulsivity": 2, "temper_control": 2, "pro_criminal_attitudes": 2,
}  # fmt: skip
OF_T1 = {"impulsivity": 1, "relationships": 1, "weapon": 1}
GOLDEN = [
    (T0, None, 0.03642075945762164),
    (T0, OF_T0, 0.08156458710669212),
    (T1, None, 0.0037154983640345514),
    (T1, OF_T1, 0.003916494498488347),
    (T2, None, 0.004366130005405996),
    (T4, None, 0.0028935608097561314),
    (T5, None, 0.007157948826592538),
    (T6, None, 0.020519488053966008),
    (T10, None, 0.014154092989966942),
    (SERVICE, None, 0.010868670831811394),
]


def case_of(row, answers) -> SnsvCase:
    days = [date.fromisoformat(text) for text in row[:5]]
    names = ("born", "convicted_on", "sentenced_on", "first_sanction_on", "assessed_on")
    return snsv_case_of_dates(
        sex="male",
        **dict(zip(names, days, strict=True)),
        previous_sanctions=row[5],
        violent_sanctions=row[6],
        offence_category=row[7],
        violence_kind=row[8],
        answers=None if answers is None else {**NOTHING, **answers},
    )


@pytest.mark.parametrize(("row", "answers", "two_years"), GOLDEN)
def test_snsv_equals_the_published_calculator(row, answers, two_years):
    score = snsv(case_of(row, answers), CALCULATOR)
    assert score.two_years == pytest.approx(two_years, abs=1e-12)
    assert score.form == ("static" if answers is None else "dynamic")


def test_both_periods_of_the_published_service():
    score = snsv(case_of(SERVICE, None), CALCULATOR)
    assert (score.one_year, score.two_years) == score.static
    assert score.static == pytest.approx((0.005957884017114846, 0.010868670831811394), abs=1e-12)


def test_one_missing_answer_leaves_the_static_form_and_is_named():
    case = case_of(T0, OF_T0)
    partly = replace(case, answers={**case.answers, "weapon": None})
    score = snsv(partly, CALCULATOR)
    assert (score.form, score.missing) == ("static", ("weapon",))
    assert score.two_years == snsv(case_of(T0, None), CALCULATOR).two_years


def test_the_terms_of_snsv_are_named():
    terms = snsv(case_of(T0, OF_T0), CALCULATOR).terms
    assert terms["offence"] == -0.226808217378264
    assert terms["accommodation"] == 2 * 0.0619710049121293
    assert set(terms) == {
        "age_and_sex",
        "offence",
        "sanctions",
        "months_without_offence",
        "violent_sanctions",
        *CALCULATOR.dynamic,
    }


WRONG_SNSV = [
    ({"sex": "other"}, "sex"),
    ({"offence_category": "Theft of a boat"}, "offence_category"),
    ({"offence_category": "Violence against the person"}, "violence_kind"),
    ({"age_at_first_sanction": 24}, "age_at_first_sanction"),
    ({"months_since_sentence": -1}, "months_since_sentence"),
    ({"violent_sanctions": 27}, "violent_sanctions"),
    ({"answers": {"weapon": 2}}, "weapon"),
    ({"answers": {"wepon": 1}}, "wepon"),
]


@pytest.mark.parametrize(("known", "name"), WRONG_SNSV)
def test_what_snsv_cannot_score_is_refused(known, name):
    with pytest.raises(InvalidInput) as refused:
        snsv(replace(case_of(T0, None), **known), CALCULATOR)
    assert [problem.pointer for problem in refused.value.problems] == [f"/{name}"]


# Home Office code, SNSV category
CODES = [
    ("001/01", "Violence against the person"),
    ("03401", "Acquisitive violence"),
    ("02803", "Burglary (domestic)"),
    ("04801", "Vehicle-related theft"),
    ("04500", "Vehicle-related theft"),
    ("03900", "Theft"),
]


@pytest.mark.parametrize(("code", "category"), CODES)
def test_the_category_of_a_code(code, category):
    categories = SNSV_CATEGORIES.named("snsv-categories-2026")
    assert categories.category(code) == category
    assert set(categories.categories.values()) <= set(CALCULATOR.tables["offences"])


NO_CONTACT = {
    "contact_adult": 0, "contact_child": 0, "non_contact": 0, "age": 60, "age_at_last_sexual_sanction": 15,
    "sanctions": 1, "stranger_victim": 0,
}  # fmt: skip
# what differs from the lowest points, the points, the band
POINTS = [
    ({}, 0, None),
    ({"contact_adult": 1}, 5, "Low"),
    ({"contact_adult": 4}, 15, "Low"),
    ({"contact_child": 2}, 6, "Low"),
    ({"non_contact": 3}, 6, "Low"),
    ({"age": 18}, 14, "Low"),
    ({"age": 20}, 14, "Low"),
    ({"age": 21}, 13, "Low"),
    ({"age": 59}, 1, "Low"),
    ({"age_at_last_sexual_sanction": 17}, 5, "Low"),
    ({"age_at_last_sexual_sanction": 18}, 10, "Low"),
    ({"sanctions": 2}, 6, "Low"),
    ({"stranger_victim": 1}, 4, "Low"),
    ({"stranger_victim": None}, 2, "Low"),
    ({"contact_adult": 3, "sanctions": 2}, 21, "Low"),
    ({"contact_adult": 3, "non_contact": 2, "contact_child": 1}, 22, "Medium"),
    ({"contact_adult": 3, "contact_child": 3, "sanctions": 2}, 30, "High"),
    ({"contact_adult": 3, "contact_child": 3, "non_contact": 3, "sanctions": 2}, 36, "Very High"),
    (
        {
            "contact_adult": 3,
            "contact_child": 3,
            "non_contact": 3,
            "sanctions": 2,
            "age": 18,
            "age_at_last_sexual_sanction": 18,
            "stranger_victim": 1,
        },
        64,
        "Very High",
    ),
]


@pytest.mark.parametrize(("known", "points", "band"), POINTS, ids=lambda value: str(value)[:40])
def test_the_points_of_osp_dc(known, points, band):
    score = osp_contact({**NO_CONTACT, **known}, CONTACT)
    assert (score.points, score.band) == (points, band)
    if not points:
        assert score.probabilities == {"two_years": 0.0}


MAN = RsrCase(
    case_of(SERVICE, None),
    sexual_offence=True,
    contact_adult=2,
    contact_child=0,
    non_contact=0,
    images=0,
    sanctions=7,
    age_at_followup_start=46,
    age_at_last_sexual_sanction=40,
    stranger_victim=False,
)

# what differs from a man with contact offences, percent of OSP/IIC, its band
IMAGES = [
    ({}, 0.281, "Low"),
    ({"images": 1}, 3.328, "Medium"),
    ({"images": 2}, 10.31, "High"),
    ({"images": 1, "contact_child": 3}, 3.328, "Medium"),
    ({"contact_child": 1}, 0.634, "Low"),
    ({"contact_child": 2}, 0.926, "Low"),
    ({"contact_adult": 0}, 0.062, "Low"),
]


@pytest.mark.parametrize(("known", "percent", "band"), IMAGES)
def test_the_rows_of_osp_iic(known, percent, band):
    score = rsr(replace(MAN, **known), PARAMETERS)
    assert (score.terms["osp_iic"], score.images_band) == (percent, band)


def test_the_percent_is_the_sum_of_its_parts():
    score = rsr(MAN, PARAMETERS)
    assert score.contact.points == 10 + 5 + 10 + 6
    assert score.terms == pytest.approx(
        {"snsv": 1.0868670831811394, "osp_dc": 2.46216, "osp_iic": 0.281}, abs=1e-4
    )
    assert (score.percent, score.band) == (3.83, "Medium")


def test_without_a_sexual_offence_the_parts_do_not_apply():
    score = rsr(RsrCase(MAN.snsv, sexual_offence=False), PARAMETERS)
    assert (set(score.terms), score.percent, score.band) == ({"snsv"}, 1.09, "Low")
    assert (score.contact, score.contact_band, score.images_band) == (None, None, None)


def test_a_woman_with_a_sexual_offence_has_a_fixed_percent():
    woman = replace(MAN.snsv, sex="female")
    without, with_one = (rsr(RsrCase(woman, sexual_offence=one), PARAMETERS) for one in (False, True))
    assert with_one.terms["woman_with_sexual_offence"] == 0.383141762
    assert with_one.percent - without.percent == pytest.approx(0.38, abs=0.011)


@pytest.mark.parametrize(
    ("percent", "band"),
    [(2.99, "Low"), (2.995, "Medium"), (3.0, "Medium"), (6.85, "Medium"), (6.89, "Medium"), (6.9, "High")],
)
def test_the_bands(percent, band):
    assert rsr_band(percent, PARAMETERS.rules) == band


# what differs from a man with a high OSP/DC, the band, whether it was reduced
REDUCED = [
    ({}, "High", False),
    ({"in_community": True, "years_without_offence": 5}, "Medium", True),
    ({"in_community": True, "years_without_offence": 4}, "High", False),
    ({"in_community": False, "years_without_offence": 9}, "High", False),
    ({"in_community": True}, "High", False),
    ({"in_community": True, "years_without_offence": 5, "contact_adult": 0}, "Low", False),
]


@pytest.mark.parametrize(("known", "band", "is_reduced"), REDUCED)
def test_the_band_of_osp_dc_falls_by_a_step_after_five_years(known, band, is_reduced):
    score = rsr(replace(MAN, **known), PARAMETERS)
    assert (score.contact_band, score.is_reduced) == (band, is_reduced)
    unreduced = replace(MAN, **known)
    assert score.terms["osp_dc"] == rsr(replace(unreduced, in_community=None), PARAMETERS).terms["osp_dc"]


def test_years_without_an_offence_begin_with_the_latest_day():
    days = [date(2015, 1, 1), date(2020, 2, 29), date(2018, 1, 1)]
    assert [years_without_offence(days, on=date(2025, *day)) for day in ((2, 28), (3, 1))] == [4, 5]


WRONG = [
    ({"sexual_offence": None}, "sexual_offence"),
    ({"images": None}, "images"),
    ({"contact_child": None}, "contact_child"),
    ({"age_at_last_sexual_sanction": None}, "age_at_last_sexual_sanction"),
    ({"sanctions": 0}, "sanctions"),
    ({"sexual_offence": False}, "contact_adult"),
    ({"snsv": replace(MAN.snsv, offence_category="?")}, "offence_category"),
]


@pytest.mark.parametrize(("known", "name"), WRONG)
def test_there_is_no_score_without_a_needed_answer(known, name):
    with pytest.raises(InvalidInput) as refused:
        rsr(replace(MAN, **known), PARAMETERS)
    assert [problem.pointer for problem in refused.value.problems] == [f"/{name}"]


def test_the_predictors_take_the_same_place():
    assert {name: one.editions.versions for name, one in PREDICTORS.items()} == {
        "ogrs3": ("ogrs3-2009", "ogrs3-hmpps-2026"),
        "ogp": ("ogp-2026",),
        "ovp": ("ovp-2026",),
        "rsr": ("rsr-2026",),
        "snsv": ("snsv-2018",),
    }
    assert predictor("rsr").bands("rsr-2026") == ((0, "Low"), (3, "Medium"), (6.9, "High"))
    assert predictor("ogp").bands("ogp-2026")[0] == (1, "Low")
    assert predictor("snsv").bands("snsv-2018") == ()
    for one in PREDICTORS.values():
        assert one.editions.in_force(date(2026, 12, 1)).head.source
    with pytest.raises(NotFound, match="ogrs3"):
        predictor("ogrs5")


def test_every_predictor_scores_by_its_entry():
    score = predictor("rsr").score(MAN, RSR.in_force(date(2026, 12, 1)))
    assert (score.rule_set, score.band, score.percent) == ("rsr-2026", "Medium", 3.83)
