"""Every rule by its name: what it reads, its decision, and a file of cases."""

import csv
import io
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput, NotFound
from rms.rules.case_files import decided
from rms.rules.rule_book import RULES, rule_named

TODAY = date(2026, 12, 1)
OGRS3 = {
    "sex": "M",
    "age_at_conviction": "20",
    "age_at_first_sanction": "20",
    "age_at_followup_start": "20",
    "previous_sanctions": "3",
    "offence_category": "Violence",
}

# rule, what is given (as in JSON or as in CSV), its outcome
DECIDED = [
    ("ogrs3", OGRS3, "Medium"),
    ("ogrs3", {**OGRS3, "sex": "male", "previous_sanctions": 3, "age_at_conviction": 20.0}, "Medium"),
    ("ogrs3", {**OGRS3, "offence_category": "", "offence_code": "28/3"}, "Medium"),
    (
        "ogrs3",
        {
            "sex": "female",
            "date_of_birth": "1972-09-09",
            "convicted_on": "2009-09-09",
            "first_sanction_on": "1986-09-09",
            "followup_from": "2015-09-15",
            "total_sanctions": 4,
            "offence_category": "criminal damage",
        },
        "Low",
    ),
    ("allocation", {}, "allocated"),
    ("allocation", {"tier": "B2", "rsr": "6.9"}, "retained"),
    ("allocation", {"home_office_interest": True}, "retained"),
    ("allocation", {"home_office_interest": "yes"}, "retained"),
    # schedule 15: MS15003 stands in the violent and in the sexual part
    ("allocation", {"offence_codes": ["MS15003"], "sentence_kind": "community"}, "retained"),
    ("allocation", {"offence_codes": "\tth68032a", "sentence_kind": "custody"}, "allocated"),
    (
        "allocation",
        {"offence_codes": "th68032a", "sentence_kind": "custody", "sentence_months": 12},
        "retained",
    ),
    ("allocation", {"offence_codes": "TH68032A TH68007", "sentence_kind": "community"}, "allocated"),
    ("cohort", {"offence_codes": ["28/3"], "ogrs": 75, "severity": 1500}, "fixed"),
    ("cohort", {"offence_codes": "028/03", "ogrs": 60, "severity": "1500"}, "flex"),
    ("cohort", {}, "not_selected"),
    ("early_allocation", {"mappa_level": 3, "crd": "2027-06-01"}, "eligible"),
    ("early_allocation", {"pathfinder": "yes", "rosh": "low", "crd": "2027-06-01"}, "discretionary"),
    ("handover", {"age": 30, "crd": "2027-12-01", "sentence_start": "2024-01-01"}, "pom"),
    ("handover", {"age": "17"}, None),
    ("tier", {"sex": "female", "rsr": 7, "mandate": "no"}, "B0"),
    ("tier", {"sex": "male", "complexity": ["RMDO", "RVLN"], "mandate": False}, "D0"),
    ("tier", {"sex": "male", "complexity": "RMDO RVLN", "assessed_on": "2026-11-30"}, "D1"),
]


@pytest.mark.parametrize(("name", "case", "outcome"), DECIDED)
def test_a_rule_decides_what_json_or_csv_says(name, case, outcome):
    decision = rule_named(name).decide(case, today=TODAY)
    assert (decision.rule, decision.outcome, decision.as_at) == (name, outcome, TODAY)
    assert set(decision.results) <= set(RULES[name].results)


def test_needs_come_from_answers_or_from_columns():
    answers = {"11.5": 2, "11.6": 2, "12.1": "2"}
    asked = {"sex": "male", "assessed_on": "2026-11-30"}
    by_json = rule_named("tier").decide({**asked, "answers": answers}, today=TODAY)
    by_csv = rule_named("tier").decide(
        {**asked, **{f"oasys {question}": str(answer) for question, answer in answers.items()}}, today=TODAY
    )
    assert by_json == by_csv
    assert by_json.results["change_points"] == 4


# rule, what is given, the fields that are wrong
REFUSED = [
    ("ogrs3", {}, {"/sex", "/age_at_conviction", "/age_at_first_sanction", "/age_at_followup_start"}),
    ("ogrs3", {**OGRS3, "sex": "unknown"}, {"/sex"}),
    ("ogrs3", {**OGRS3, "age_at_conviction": "twenty"}, {"/age_at_conviction"}),
    ("ogrs3", {**OGRS3, "age_at_conviction": 20.5}, {"/age_at_conviction"}),
    ("ogrs3", {**OGRS3, "age_at_conviction": True}, {"/age_at_conviction"}),
    ("ogrs3", {**OGRS3, "offence_category": "", "offence_code": "08800"}, {"/offence_code"}),
    ("allocation", {"rosh": "extreme", "mappa_level": "two"}, {"/rosh", "/mappa_level"}),
    ("allocation", {"home_office_interest": "maybe", "rsr": "nan"}, {"/home_office_interest", "/rsr"}),
    ("handover", {"crd": "1/12/2027"}, {"/crd"}),
    ("handover", {"sentence_start": "9999-12-31", "ard": "0001-01-01"}, {"/sentence_start", "/ard"}),
    ("early_allocation", {"crd": "9999-12-31"}, {"/crd"}),
    ("tier", {"sex": "male", "assessed_on": "1899-12-31"}, {"/assessed_on"}),
    ("ogrs3", {**OGRS3, "date_of_birth": "0001-01-01"}, {"/date_of_birth"}),
    ("tier", {"sex": "male", "answers": {"11.5": "often"}}, {"/answers/11.5"}),
    ("tier", {"sex": "male", "complexity": 3}, {"/complexity"}),
]


@pytest.mark.parametrize(("name", "case", "pointers"), REFUSED)
def test_what_is_not_allowed_is_named(name, case, pointers):
    with pytest.raises(InvalidInput) as refused:
        rule_named(name).decide(case, today=TODAY)
    assert pointers <= {problem.pointer for problem in refused.value.problems}


def test_a_version_is_used_by_name():
    case = {"serious_reoffending": 6.9, "all_reoffending": 90}
    assert rule_named("tier").decide(case, today=TODAY, version="tier-v3").outcome == "A"
    with pytest.raises(NotFound, match='There is no rule set "tier-v4" of tier; there are tier-v2, tier-v3'):
        rule_named("tier").decide(case, today=TODAY, version="tier-v4")
    with pytest.raises(NotFound, match='There is no rule "luck"'):
        rule_named("luck")


def test_a_decision_of_last_year_is_made_by_the_rules_of_that_day():
    case = {"age": 30, "crd": "2024-09-30", "sentence_start": "2021-01-01"}
    days = (date(2022, 8, 1), date(2022, 11, 1), date(2023, 6, 1))
    decisions = [rule_named("handover").decide(case, today=day) for day in days]
    assert [decision.rule_set for decision in decisions] == [
        "handover-2022-07",
        "handover-2022-10",
        "handover-2023",
    ]
    assert [decision.results["handover"] for decision in decisions] == [
        date(2024, 5, 15),
        date(2024, 2, 14),
        date(2024, 1, 16),
    ]
    assert rule_named("handover").decide(case, today=days[0]) == decisions[0]


def lines(text: str, rule: str = "allocation") -> list[dict[str, str]]:
    rows = list(decided(io.StringIO(text), "cases.csv", RULES[rule], today=TODAY))
    assert len({len(row) for row in rows}) == 1
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return list(csv.DictReader(io.StringIO(written.getvalue())))


def test_one_row_in_is_one_row_out_and_nothing_is_dropped():
    found = lines(
        "id,tier,rsr,nationality,note\n"
        '1,B1,6.9,British,"a, b"\n'
        "2,D0,1,French,=1+1\n"
        "3,D0,much,British,\n"
        "4,D0\n"
        "\n"
        "5,D0,2,,last\n"
    )
    assert [row["id"] for row in found] == ["1", "2", "3", "4", "5"]
    assert [row["outcome"] for row in found] == ["retained", "retained", "", "", "allocated"]
    assert found[0]["note"] == "a, b"
    assert found[0]["reasons"] == (
        "The tier is B1: A and B are retained. | RSR is 6.9 %: 6.9 % or more is retained."
    )
    assert found[2]["problems"] == '"much" is not allowed. rsr must be a number.'
    assert found[3]["problems"] == "This row has 2 cells where the header has 5."
    assert "No nationality is recorded" in found[4]["flags"]
    assert all(row["rule_set"] == "allocation-2022" for row in (found[0], found[1], found[4]))


def test_columns_of_an_earlier_result_are_written_again():
    header = ",".join([*OGRS3, "p1yr", "outcome"])
    (row,) = lines(f"{header}\n{','.join(OGRS3.values())},0.9,High\n", "ogrs3")
    assert (float(row["p2yr"]), row["outcome"]) == (pytest.approx(0.6928061177628605, abs=1e-15), "Medium")
    assert list(row).count("p1yr") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tier;rsr\nA1;7\n", "separated by “;”"),
        ("name,number\nx,1\n", "none of the columns of allocation"),
        ("tier,tier\nA1,B1\n", "more than once"),
        ("PK\x03\x04", "spreadsheet"),
        ("tier\x00\n", "has NUL characters"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(text, words):
    with pytest.raises(InvalidInput, match=words):
        lines(text)


OGP = {
    "ogrs": 80,
    "no_fixed_abode": "yes",
    "unemployed": True,
    "regular_activities": 0,
    "current_drug_use": "0",
    "drug_motivation": 0,
    "problem_solving": 0,
    "awareness_of_consequences": 0,
    "understands_others": 0,
    "pro_criminal_attitudes": 0,
}


def test_ogp_has_its_points_and_needs_every_answer():
    decision = rule_named("ogp").decide(OGP, today=TODAY)
    assert decision.results == {"points": 58, "percent_one_year": 47, "percent_two_years": 62}
    assert {reason.row: reason.says for reason in decision.reasons}["employment"] == "Employment: 5 points."
    with pytest.raises(InvalidInput, match="unemployed is missing, so there is no score"):
        rule_named("ogp").decide({**OGP, "unemployed": ""}, today=TODAY)


def test_rsr_adds_its_parts():
    """The vector of the published service, whose person has no sexual offence."""
    case = {
        "sex": "male",
        "age_at_sentence": 46,
        "age_at_conviction": 40,
        "age_at_first_sanction": 34,
        "months_since_sentence": 25,
        "previous_sanctions": 6,
        "violent_sanctions": 4,
        "offence_category": "Criminal damage",
        "sexual_offence": "no",
    }
    decision = rule_named("rsr").decide(case, today=TODAY)
    assert (decision.results["percent"], decision.results["snsv_form"]) == (1.09, "static")
    assert (decision.outcome, decision.inputs["sexual_offence"]) == ("Low", False)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_set_says_what_it_asks_and_answers_a_blank_case_without_failing(rule):
    for head in rule.heads():
        assert rule.asks(head.version)
        try:
            decision = rule.decide({}, today=TODAY, version=head.version)
        except InvalidInput as refused:
            assert all(problem.detail for problem in refused.problems)
        else:
            assert decision.rule_set == head.version and set(decision.results) <= set(rule.results)


possible_days = st.sampled_from(["", "0001-01-01", "1900-01-01", "2024-02-29", "2199-12-31", "9999-12-31"])


@given(
    st.sampled_from(list(RULES)),
    st.lists(possible_days, min_size=14, max_size=14),
    st.sampled_from([date(1900, 1, 1), date(2024, 2, 29), date(2199, 12, 31)]),
    st.booleans(),
)
def test_no_day_makes_a_rule_fail(name, days, today, indeterminate):
    rule = rule_named(name)
    for head in rule.heads():
        of_days = [field for field in rule.asks(head.version) if field in DAYS_OF_CASES]
        case = {**OGRS3, "indeterminate": indeterminate, **dict(zip(of_days, days, strict=False))}
        with suppress(InvalidInput, NotFound):
            rule.decide(case, today=today, version=head.version)


@pytest.mark.parametrize("today", [date(1, 1, 1), date(9999, 12, 31)])
def test_no_decision_is_of_a_day_that_cannot_be(today):
    with pytest.raises(InvalidInput, match="as_at must be a date from 1900 to 2199"):
        rule_named("early_allocation").decide({}, today=today, version="early-allocation-2023")


DAYS_OF_CASES = {
    *("crd", "ard", "ped", "ted", "thd", "prd", "hdced", "hdcad", "opened_on", "parole_refused_on"),
    *("sentence_start", "life_sentences_from", "assessed_on", "released_on", "date_of_birth", "convicted_on"),
    *("first_sanction_on", "followup_from"),
}
