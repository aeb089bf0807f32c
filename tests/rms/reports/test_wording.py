import pytest

from rms.engine.explaining.difference import Difference
from rms.engine.result import PRINTED_FACTS, Simulation, Status
from rms.instrument import instrument
from rms.reports import wording
from tests.rms.reports.cases import READINGS, SMALL, simulated


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (1.0, "1.00"),
        (2.0, "2.00"),
        (1.005, "1.01"),  # 1.00 to a format string: in binary it lies just below
        (1.015, "1.02"),
        (1.145, "1.15"),
        (1.115, "1.12"),
        (1.994999, "1.99"),
        (1.995, "2.00"),
        (1.004999999, "1.00"),
        (1.826820849709864, "1.83"),
    ],
)
def test_scores_are_shown_with_two_decimals_half_up(score: float, shown: str) -> None:
    assert wording.two_decimals(score) == shown


@pytest.mark.parametrize(
    ("score", "split"),
    [
        (1.5, ("50%", "50%")),
        (1.826820849709864, ("17%", "83%")),
        (1.001, ("more than 99%", "less than 1%")),
        (1.999, ("less than 1%", "more than 99%")),
    ],
)
def test_the_evidence_is_told_as_shares_of_the_weight(score: float, split: tuple[str, str]) -> None:
    assert wording.weight_split(score) == split
    assert all(share in wording.evidence_sentence(score).lower() for share in split)


@pytest.mark.parametrize(
    ("score", "mixed"),
    [(1.14, False), (1.32, False), (1.33, True), (1.5, True), (1.67, True), (1.68, False), (1.999, False)],
)
def test_evidence_is_mixed_where_either_side_has_a_third_of_the_weight(score: float, mixed: bool) -> None:
    assert wording.evidence_sentence(score).startswith("Mixed evidence") == mixed


@pytest.mark.parametrize("score", [1.0, 2.0])
def test_evidence_that_all_points_one_way_is_not_called_mixed(score: float) -> None:
    people = {1.0: "None", 2.0: "All"}[score]
    sentence = f"{people} of the comparable people had the outcome (all have actual {score:.0f})."
    assert wording.evidence_sentence(score) == sentence


def test_the_score_is_of_the_group_and_the_interval_too() -> None:
    assert "describes a group: people who resemble this person" in wording.score_sentence(1.5)
    assert "not about this person" in wording.interval_sentence((1.48079, 1.96096))
    assert "1.48 to 1.96" in wording.interval_sentence((1.48079, 1.96096))


@pytest.mark.parametrize(
    ("simulation", "word"),
    [
        (simulated(typicality=0.10), "typical"),
        (simulated(typicality=0.0999), "sparse"),
        (Simulation("recidivism", Status.NO_COMPARABLE_CASES, typicality=0.004), "no comparable people"),
        (Simulation("recidivism", Status.INSUFFICIENT_LIBRARY), "not assessed"),
    ],
)
def test_typicality_in_a_word(simulation: Simulation, word: str) -> None:
    assert wording.typicality_word(simulation) == word


def test_a_sparse_neighbourhood_comes_with_a_warning() -> None:
    assert "Warning" in wording.typicality_sentence(0.05)
    assert "Warning" not in wording.typicality_sentence(0.10)


def test_the_two_ways_to_have_no_score_are_told_apart() -> None:
    told = {
        wording.withheld_sentence(Simulation("recidivism", status))
        for status in (Status.NO_COMPARABLE_CASES, Status.INSUFFICIENT_LIBRARY)
    }
    assert len(told) == 2


@pytest.mark.parametrize(
    ("policy", "shown", "pool", "label"),
    [
        ("pool", 10, 400, "Ten cases that represent the 400 most comparable"),
        ("pool", 3, 120, "Three cases that represent the 120 most comparable"),
        ("nearest", 10, 10, "The ten nearest cases"),
        ("nearest", 11, 11, "The ten nearest cases, and one more exactly as far away as the tenth"),
        (
            "nearest",
            50,
            50,
            "The ten nearest cases, and 40 more exactly as far away as the tenth (no more than 50 are shown)",
        ),
    ],
)
def test_the_label_over_the_comparables_fits_the_policy(
    policy: str, shown: int, pool: int, label: str
) -> None:
    assert wording.comparables_label(policy, shown=shown, pool=pool) == label


def test_a_made_up_case_is_not_called_real() -> None:
    assert "real" in wording.explainer(10)
    assert "real" not in wording.explainer(10, synthetic=True)


def test_limits_tell_what_the_manifest_knows_and_invent_nothing() -> None:
    facts = {
        "source": "a prison service",
        "period": "1990 to 1999",
        "cut_off": "2002-12-31",
        "outcome_source": "court records",
        "detection_bias": "a bias",
    }
    full = " ".join(wording.limits(facts))
    assert set(facts) == set(PRINTED_FACTS) and all(told in full for told in facts.values())
    bare = wording.limits({})
    assert all(sentence.endswith(".") and "None" not in sentence for sentence in bare)


def test_the_needs_in_words() -> None:
    described = wording.needs_description(READINGS, SMALL)
    assert described.startswith("Name of ACAD: rated 67%, simulated 40%; Name of EMPL: rated unknown")
    assert "expected 35%" in wording.needs_description(READINGS, SMALL, reading="expected")


@pytest.mark.parametrize(
    ("before", "after", "error", "word", "verdict"),
    [
        (
            1.344,
            1.298,
            0.01,
            "lower by 0.04",
            "a smaller share were convicted of an offence committed within two years of "
            "release. Treat this with care: even with no real difference, chance alone gives one this large "
            "in up to 1 comparison in 5.",
        ),
        (
            1.304,
            1.345,
            0.01,
            "higher by 0.05",
            "a larger share were convicted of an offence committed within two years of release",
        ),
        (
            1.344,
            1.298,
            0.2,
            "no clear difference",
            "The scores are 0.04 apart. This difference could be chance.",
        ),
        (
            1.3449,
            1.3451,
            0.0,
            "no clear difference",
            "The scores are 0.01 apart. This difference could be chance.",
        ),
        (1.341, 1.344, 0.0, "no clear difference", "Both scores are 1.34 to two decimals."),
        (1.3, 1.3, 0.1, "no difference", "The score is the same."),
    ],
)
def test_a_difference_is_a_verdict_on_the_scores_as_shown(
    before: float, after: float, error: float, word: str, verdict: str
) -> None:
    difference = Difference(
        "recidivism",
        simulated(score=before),
        simulated(score=after),
        change=after - before,
        standard_error=error,
        kept=7,
        left=2,
        joined=3,
    )
    assert wording.difference_word(difference) == word
    sentence = wording.difference_sentence(difference, instrument("rms").processes[0])
    assert verdict in sentence and "standard error" not in sentence
    figures, cases = wording.difference_details(difference)
    assert f"standard error {error:.3f}" in figures and cases.startswith("The two scores share 7 cases.")


STAYED = "were not convicted of any offence committed within three years"
RETURNED = "were convicted of an offence committed within two years of release"
OF_PEOPLE = "Of the people most like this person"


@pytest.mark.parametrize(
    ("score", "sentence"),
    [
        (1.0, f"All of the people most like this person {STAYED}."),
        (1.001, f"{OF_PEOPLE}, less than 1% {RETURNED}. More than 99% {STAYED}."),
        (1.37, f"{OF_PEOPLE}, 37% {RETURNED}. 63% {STAYED}."),
        (1.68, f"{OF_PEOPLE}, 68% {RETURNED}. 32% {STAYED}."),
        (2.0, f"All of the people most like this person {RETURNED}."),
    ],
)
def test_a_score_in_plain_sentences(score: float, sentence: str) -> None:
    assert wording.outcome_sentence(score, instrument("rms").processes[0]) == sentence


def test_an_instrument_without_short_words_has_general_ones() -> None:
    sentence = wording.outcome_sentence(1.19, SMALL.processes[0])
    assert sentence.startswith(f"{OF_PEOPLE}, 19% had this outcome. 81% did not have this outcome.")


def test_a_sparse_score_has_a_warning_and_one_withheld_has_none() -> None:
    assert "Rely on this score less." in (wording.sparse_warning(simulated(typicality=0.05)) or "")
    assert wording.sparse_warning(simulated(typicality=0.34)) is None
    withheld = Simulation("recidivism", Status.NO_COMPARABLE_CASES, typicality=0.004)
    assert wording.sparse_warning(withheld) is None
