"""What the answers of a form say against each other: a table to be read, rule by rule."""

import pytest

from rms.assessment.consistency import CHECKS, CONVICTIONS, checks_of, warnings, warnings_against
from rms.instrument import instrument, names

FORM = instrument("rms")
NONE = dict.fromkeys(CONVICTIONS, 0)

# rule, answers, age, whether they contradict each other
TABLE = [
    ("first_conviction_after_today", {"age_first_conviction": 31}, 30, True),
    ("first_conviction_after_today", {"age_first_conviction": 30}, 30, False),
    ("first_conviction_after_today", {"age_first_conviction": 31}, None, False),
    ("first_conviction_without_convictions", {"age_first_conviction": 18, **NONE}, 30, True),
    ("first_conviction_without_convictions", {"age_first_conviction": 18, **NONE, "conv_drug": 1}, 30, False),
    ("first_conviction_without_convictions", {"age_first_conviction": 18, "conv_drug": 0}, 30, False),
    ("first_conviction_without_convictions", NONE, 30, False),
    ("served_longer_than_lived", {"years_served": 11}, 20, True),
    ("served_longer_than_lived", {"years_served": 10.9}, 20, False),
    ("served_longer_than_lived", {"years_served": 0}, 10, False),
    ("more_revocations_than_periods", {"revocations": 3, "supervision_periods": 2}, None, True),
    ("more_revocations_than_periods", {"revocations": 2, "supervision_periods": 2}, None, False),
    ("more_revocations_than_periods", {"revocations": 2}, None, False),
    ("employed_without_work", {"empl": 3, "months_employed": 10}, None, True),
    ("employed_without_work", {"empl": 3, "months_employed": 9}, None, False),
    ("employed_without_work", {"empl": 2, "months_employed": 12}, None, False),
    # An answer that is none to its item is somebody else's to refuse.
    ("more_revocations_than_periods", {"revocations": "3", "supervision_periods": 2}, None, False),
    ("served_longer_than_lived", {"years_served": 81}, 20, False),
]


@pytest.mark.parametrize(("code", "answers", "age", "contradicts"), TABLE)
def test_rule(code: str, answers: dict[str, float], age: int | None, contradicts: bool) -> None:
    assert [one.code for one in warnings(FORM, answers, age=age)] == [code] * contradicts


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"conv_violence": 9}, {"conv_violence": 8}, ["lower_than_before"]),
        ({"conv_violence": 8}, {"conv_violence": 8}, []),
        ({"conv_violence": 8}, {"conv_violence": 9}, []),
        ({"years_served": 2.5}, {"years_served": 2}, ["lower_than_before"]),
        ({"age_first_conviction": 17}, {"age_first_conviction": 20}, ["higher_than_before"]),
        ({"age_first_conviction": 20}, {"age_first_conviction": 17}, []),  # an older record was found
        ({"drug": 3}, {"drug": 0}, []),  # needs come and go
        ({"conv_violence": 9}, {}, []),
        ({"conv_violence": "many"}, {"conv_violence": 8}, []),
        (
            {"conv_drug": 3, "revocations": 2},
            {"conv_drug": 2, "revocations": 1},
            ["lower_than_before", "lower_than_before"],
        ),
    ],
)
def test_against_an_earlier_assessment(
    before: dict[str, float], after: dict[str, float], told: list[str]
) -> None:
    assert [one.code for one in warnings_against(FORM, before, after)] == told


def test_every_rule_is_in_the_table_both_ways() -> None:
    assert {(check.code, told) for check in CHECKS for told in (True, False)} == {
        (code, told) for code, _, _, told in TABLE
    }


def test_every_rule_belongs_to_a_shipped_instrument() -> None:
    assert {check.code for name in names() for check in checks_of(instrument(name))} == {
        check.code for check in CHECKS
    }


@pytest.mark.parametrize("name", ["broward", "georgia"])
def test_an_instrument_without_those_items_has_no_such_rule(name: str) -> None:
    assert checks_of(instrument(name)) == ()
    assert warnings(instrument(name), {}, age=12) == ()


def test_several_at_once_name_their_items() -> None:
    answers = {**NONE, "age_first_conviction": 40, "revocations": 1, "supervision_periods": 0}
    found = warnings(FORM, answers, age=20)
    assert [one.code for one in found] == [
        "first_conviction_after_today",
        "first_conviction_without_convictions",
        "more_revocations_than_periods",
    ]
    assert found[0].items == ("age_first_conviction", "age")
    assert all(one.detail.endswith(".") for one in found)
