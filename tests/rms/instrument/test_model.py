"""What an item accepts, and the numbers the engine sees."""

import math

import numpy as np
import pytest

from rms.instrument import instrument, instrument_from

RMS = instrument("rms")
BROWARD = instrument("broward")
GEORGIA = instrument("georgia")


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (RMS.item("drug"), 0),
        (RMS.item("drug"), 3),
        (RMS.item("conv_property"), 0),
        (RMS.item("conv_property"), 200),
        (RMS.item("years_served"), 0),
        (RMS.item("years_served"), 7.25),
        (RMS.item("years_served"), 80.0),
        (RMS.item("age"), 10),
        (BROWARD.item("charge_group"), "dui"),
        (GEORGIA.item("arrests_felony"), 10),
    ],
)
def test_an_answer_that_fits_comes_back_from_its_number(item, answer):
    assert item.wrong_with(answer) is None
    assert item.answer(item.number(answer)) == answer


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        *(
            (RMS.item("drug"), answer)
            for answer in (4, -1, 1.0, 1.5, "1", True, False, None, math.nan, [1], {})
        ),
        *(
            (RMS.item("conv_property"), answer)
            for answer in (-1, 201, 2.0, "2", True, None, math.nan, math.inf, 10**400)
        ),
        *(
            (RMS.item("years_served"), answer)
            for answer in (-0.1, 80.1, "7", True, None, math.nan, math.inf, -math.inf, 10**400, 1j)
        ),
        *((RMS.item("age"), answer) for answer in (9, 111, 30.0, True)),
        *((BROWARD.item("charge_group"), answer) for answer in ("DUI", "", 0, True, None, ["dui"])),
        *((GEORGIA.item("arrests_felony"), answer) for answer in (11, "10 or more")),
    ],
)
def test_an_answer_that_does_not_fit_is_told_what_would(item, answer):
    wrong = item.wrong_with(answer)
    assert wrong is not None
    assert wrong.endswith(f"{item.label} must be {item.allowed}.")


def test_a_message_shows_no_more_than_a_form_field_would_hold():
    assert len(RMS.item("drug").wrong_with("x" * 10_000)) < 120


@pytest.mark.parametrize(
    ("item", "allowed"),
    [
        (RMS.item("drug"), "one of 0, 1, 2, 3"),
        (RMS.item("months_employed"), "a whole number from 0 to 12"),
        (RMS.item("years_served"), "a number from 0 to 80"),
        (RMS.item("age_first_conviction"), "a whole number from 10 to 90 (years)"),
        (BROWARD.item("charge_degree"), "one of felony, misdemeanour"),
    ],
)
def test_what_an_item_takes_in_words(item, allowed):
    assert item.allowed == allowed


def test_the_vector_stands_in_the_order_of_the_items_with_gaps_for_what_is_unknown():
    answers = {"priors_count": 4, "charge_group": "assault", "charge_degree": "misdemeanour"}
    vector = BROWARD.vector(answers, sex="female", age=31)
    assert np.array_equal(vector, [1, 31, np.nan, np.nan, np.nan, 4, 1, 0], equal_nan=True)


def test_a_sex_the_cases_do_not_have_is_unknown():
    assert math.isnan(RMS.vector({}, sex="other", age=31)[RMS.position["sex"]])


def test_an_item_that_asks_for_completed_years_takes_no_fraction():
    age = RMS.item("age_first_conviction")
    assert age.wrong_with(16) is None and type(age.answer(16.0)) is int
    assert age.wrong_with(16.5) == (
        "16.5 is not allowed. Age at first conviction must be a whole number from 10 to 90 (years)."
    )
    assert RMS.item("years_served").wrong_with(16.5) is None


def test_needs_are_in_the_order_in_which_the_form_asks_their_items():
    """The sections come in their order, and the items of each in theirs; the file lists needs as it likes."""
    head, *needs = RMS.text.split("[[needs]]")
    *needs, last = needs
    tail = "[[processes]]" + last.partition("[[processes]]")[2]
    needs.append(last.partition("[[processes]]")[0])
    backwards = instrument_from("[[needs]]".join([head, *needs[::-1]]) + tail)
    assert [need.code for need in backwards.needs] == [need.code for need in RMS.needs]
    moved = RMS.text.replace('section = "needs"', 'section = "late"', 1)
    moved = moved.replace('needs = "Needs"\n', 'needs = "Needs"\nlate = "Late"\n', 1)
    assert [need.code for need in instrument_from(moved).needs][-1] == RMS.needs[0].code
