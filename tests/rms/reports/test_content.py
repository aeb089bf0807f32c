from dataclasses import asdict, replace
from decimal import Decimal

import pytest

from rms.assessment import Change, Said, Subject
from rms.engine.result import Simulation, Status, printed_facts
from rms.instrument import HISTORY, instrument, instrument_from
from rms.reports import wording
from rms.reports.content import JudgedOtherwise, Report, changed, level_shown, report, sentences
from rms.submission import Correction
from tests.rms.reports.cases import (
    ACTUALS,
    INTERVAL,
    PERCENTS,
    SCORE,
    SHA256,
    SMALL,
    WITHOUT_NEEDS,
    comparables,
    simulated,
    submission,
    withheld,
)


def words(said: Report) -> str:
    """Everything a report says, in one string; its plot's figures are in its rows too."""
    told = asdict(replace(said, needs=said.needs and replace(said.needs, readings=(), instrument=None)))
    return str(told)


def facts(said: Report) -> dict[str, str]:
    return {fact.label: fact.value for fact in said.identification}


def test_the_report_says_who_when_and_by_what() -> None:
    said = report(submission())
    assert said.title == "Assessment report 12PR77-03"
    assert facts(said) == {
        "Offender number": "12PR77",
        "Assessment": "12PR77-03",
        "Kind": "Assessment",
        "Sex": "male",
        "Date of birth": "17 May 1980",
        "Age at assessment": "44 years",
        "Estimated release": "1 September 2025",
        "Submitted": "4 March 2025, 14:05 UTC, by j.smith",
    }
    versions = {fact.label: fact.value for fact in said.versions}
    assert versions["Form"] == "A small form (small 0.1.0)"
    assert versions["Reference library"] == "past 2024.1"
    assert versions["Library content (sha256)"] == SHA256[:12]
    assert versions["Engine"] == "9.8.7"
    assert (said.notice, said.notice_version) == (wording.NOTICE, wording.NOTICE_VERSION)


def test_each_process_has_its_score_and_its_written_outcomes() -> None:
    recidivism, violence = report(submission()).processes
    assert (recidivism.label, recidivism.score, recidivism.interval) == (
        "Recidivism",
        wording.two_decimals(SCORE),
        "1.48 to 1.96",
    )
    assert recidivism.actual_1 == "Stayed crime-free for three years."
    assert recidivism.effective_size == "8"
    assert (violence.label, violence.score, violence.typicality) == ("Violence", "1.05", "sparse")
    assert violence.actual_2 == "Convicted of violence within two years."


def test_the_table_makes_the_score_by_hand() -> None:
    table = report(submission()).processes[0].comparables
    assert table is not None
    percent, actual = table.columns.index("Percent"), table.columns.index("Actual")
    by_hand = sum(Decimal(row[percent]) * int(row[actual]) for row in table.rows)
    assert f"adds up to {by_hand}. Divided by 100, this gives {by_hand / 100}." in table.hand_check
    assert by_hand == sum(Decimal(str(p)) * a for p, a in zip(PERCENTS, ACTUALS, strict=True))
    assert table.total[percent] == "100.00"


def test_the_table_has_the_columns_of_the_form_and_the_cut_off() -> None:
    table = report(submission()).processes[0].comparables
    assert table is not None
    assert table.columns == (
        *("Case", "Sex", "Born", "Actual", "Percent"),
        *("V", "P", "D", "W", "E", "O"),
        *("Years served", "Stands for"),
    )
    assert [row[0] for row in table.rows] == [str(10001 + n) for n in range(10)]
    assert all(len(row) == len(table.columns) for row in (*table.rows, table.total))
    assert "2002-12-31" in table.legend
    assert table.total[-1] == str(sum(case.stands_for for case in comparables()))


@pytest.mark.parametrize(("sex", "usable"), [("male", True), ("other", False), ("unknown", False)])
def test_a_sex_the_library_does_not_know_is_told(sex: str, usable: bool) -> None:
    told = sentences(simulated(), instrument("rms"), sex=sex)
    assert (wording.unusable_sex_sentence(sex) in told) == (not usable)
    assert wording.unusable_sex_sentence(sex) not in sentences(simulated(), WITHOUT_NEEDS, sex=sex)


@pytest.mark.parametrize("kept", [(), ("violence", "drug"), ("years_served",)])
def test_history_a_library_does_not_have_has_no_column(kept: tuple[str, ...]) -> None:
    simulations = (simulated(comparables=comparables(shown=kept)),)
    table = report(submission(simulations=simulations)).processes[0].comparables
    assert table is not None
    assert len(table.columns) == 6 + len(kept)
    assert all(len(row) == len(table.columns) for row in (*table.rows, table.total))
    assert ("Years served" in table.columns) == ("years_served" in kept)


def test_years_served_have_one_decimal_and_counts_none() -> None:
    kept = dict.fromkeys(HISTORY, 2)
    cases = [comparables()[0]._replace(shown={**kept, "years_served": years}) for years in (2, 2.0, 3.25)]
    table = report(submission(simulations=(simulated(comparables=tuple(cases)),))).processes[0].comparables
    assert table is not None
    assert [row[-2] for row in table.rows] == ["2.0", "2.0", "3.3"]
    assert {cell for row in table.rows for cell in row[5:-2]} == {"2"}


def test_a_level_is_shown_by_its_label_and_not_as_a_count() -> None:
    georgia = instrument("georgia")
    assert (georgia.shown["violence"], georgia.item("convictions_violent").levels[1].label) == (
        "convictions_violent",
        "1 or more",
    )
    case = comparables()[0]._replace(shown={"violence": 1, "property": None})
    assert level_shown(case, "violence", georgia) == "1 or more"
    assert level_shown(case, "property", georgia) is None
    graded = instrument_from(f'{SMALL.text}[comparables]\nother = "acad"\nyears_served = "years"\n')
    case = case._replace(shown={"other": 2, "years_served": 2})
    said = report(submission(instrument=graded, simulations=(simulated(comparables=(case,)),)))
    table = said.processes[0].comparables
    assert table is not None
    assert (table.columns[5:7], table.rows[0][5:7]) == (("O", "Years served"), ("Clear need", "2.0"))


def test_a_missing_figure_is_a_dash_and_not_a_nought() -> None:
    case = comparables()[0]._replace(sex=None, birth_year=None, shown=dict.fromkeys(HISTORY))
    table = report(submission(simulations=(simulated(comparables=(case,)),))).processes[0].comparables
    assert table is not None
    assert table.rows[0] == ("10001", "–", "–", "1", "18.72", *["–"] * 7, "50")


@pytest.mark.parametrize(
    "none",
    [
        withheld(),
        simulated(status=Status.INSUFFICIENT_LIBRARY),
        Simulation("recidivism", Status.NO_COMPARABLE_CASES),
    ],
)
def test_a_withheld_score_is_nowhere(none: Simulation) -> None:
    said = report(submission(simulations=(none,)))
    section = said.processes[0]
    assert (section.score, section.interval, section.effective_size, section.comparables) == (None,) * 4
    for figure in (
        wording.two_decimals(SCORE),
        f"{SCORE:.4f}",
        wording.interval_range(INTERVAL),
        "18.72",
        "10001",
    ):
        assert figure not in words(said)


def test_items_beyond_the_library_are_named() -> None:
    section = report(submission(simulations=(withheld(),))).processes[0]
    assert any("Years in custody" in sentence for sentence in section.sentences)


def test_ratings_are_told_in_words_with_the_reason_of_the_unknown() -> None:
    said = report(submission())
    assert [group.heading for group in said.ratings] == ["Needs rated", "History"]
    ratings = {fact.label: fact.value for group in said.ratings for fact in group.ratings}
    assert ratings == {
        "Need acad": "2: Clear need",
        "Need empl": "unknown: The person did not want to say.",
        "Need drug": "0: No need",
        "Earlier convictions": "4",
        "Years in custody": "2.5 years",
    }


def test_needs_in_percent_with_their_gap() -> None:
    needs = report(submission()).needs
    assert needs is not None
    assert needs.rows == (
        ("ACAD", "Name of ACAD", "67%", "40%", "35%", "+27"),
        ("EMPL", "Name of EMPL", "unknown", "71%", "70%", "–"),
        ("DRUG", "Name of DRUG", "0%", "unknown", "unknown", "–"),
    )


def test_an_instrument_without_needs_has_no_such_section() -> None:
    assert report(submission(instrument=WITHOUT_NEEDS)).needs is None


def test_a_what_if_says_so_and_names_its_baseline() -> None:
    said = report(submission(what_if=True))
    assert said.title == "What-if report 12PR77-03"
    assert said.what_if and "12PR77-02" in said.what_if and "official report" in said.what_if
    assert report(submission()).what_if is None


def test_what_changed_of_the_identification_is_told_as_it_is_told_above() -> None:
    def line(code: str, before: str | None, after: str | None) -> Change:
        return Change(Subject.IDENTIFICATION, code, Said(before), Said(after))

    found = [
        line("sex", "male", "female"),
        line("date_of_birth", "1985-05-03", "1986-05-03"),
        line("release_date", None, "2027-12-01"),
    ]
    form = instrument("rms")
    assert [(one.label, one.before, one.after) for one in changed(found, form)] == [
        ("Sex", "male", "female"),
        ("Date of birth", "3 May 1985", "3 May 1986"),
        ("Release date", wording.NOT_KNOWN, "1 December 2027"),
    ]
    assert [one.before for one in changed(found[1:2], form, redacted=True)] == [wording.REDACTED]


def test_a_synthetic_library_is_named_as_one() -> None:
    assert report(submission(synthetic=True)).synthetic == wording.SYNTHETIC_WARNING
    assert report(submission()).synthetic is None


def test_what_the_library_does_not_know_is_not_told() -> None:
    said = report(submission(facts=printed_facts({"period": "", "cut_off": None, "cases": 12})))
    assert any("nobody detected" in limit for limit in said.limits)
    assert not any("Period" in limit for limit in said.limits)
    assert all(one.comparables and "cut-off" not in one.comparables.legend for one in said.processes)


@pytest.mark.parametrize("what_if", [False, True])
def test_a_redacted_report_names_neither_the_person_nor_staff(what_if: bool) -> None:
    asked = submission(what_if=what_if, reason="His name is Mr Doe")
    asked = replace(asked, corrected_by="12PR77-09", correction=Correction("12PR77-01", "Not Mr Roe"))
    by, decided_by = "j.smith, 5 March 2025", "s.visor, 6 March 2025"
    made = [JudgedOtherwise("Override 1", "Something else", "Of Mr Poe", by, "Agreed", decided_by, "Mr Moe")]
    told = words(report(asked, overrides=made, redacted=True))
    person = ("12PR77", "17 May 1980", "Mr Doe", "Mr Roe", "Mr Poe", "Mr Moe")
    for named in (*person, "j.smith", "s.visor", "14:05", "5 March", "6 March"):
        assert named in words(report(asked, overrides=made))
        assert named not in told
    assert wording.two_decimals(SCORE) in told


@pytest.mark.parametrize(
    "simulation", [simulated(), simulated(score=1.5), simulated(typicality=0.02), withheld()]
)
@pytest.mark.parametrize("what_if", [False, True])
def test_no_report_uses_a_word_it_must_not(simulation: Simulation, what_if: bool) -> None:
    asked = submission(simulations=(simulation,), what_if=what_if, synthetic=True)
    told = words(report(asked)).lower()
    for word in ("medium", "moderate risk", "will reoffend", "high risk", "low risk", "propensity"):
        assert word not in told
