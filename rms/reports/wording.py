"""The fixed sentences of RMS, in plain English for the people who read its results.

Each is a function of values or a constant. Pages, PDF and CSV take them from here, so that a result
reads the same everywhere. Rules of the wording: a score describes a group and never a
person's own tendency; no band, no colour, no forecast about the person (2005 manual, A01, A04-A06;
docs/method.md).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from rms.engine.explaining.difference import CLEAR_FROM, LEAST_SHOWN, Difference
from rms.engine.result import PRINTED_FACTS, SPARSE_BELOW, NeedReading, Result, Simulation, Status
from rms.instrument import Instrument, Process
from rms.rounding import half_up

Reading = Literal["simulated", "expected"]  # of a need: with its own item in the comparison, or left out

NOTICE_VERSION = "1.3"
NOTICE = (
    "Scores and predictions are supplementary information for trained staff. They must never be used alone, "
    "and they do not replace professional judgement in any decision about a person. RMS takes no action "
    "because of them. "
    "The agency that uses RMS is responsible for the data it collects and enters, for the reference library "
    "it compares with, and for what it does with the result."
)
NOTICE_SHORT = "Use scores only together with professional judgement, never alone."

WITHHELD = {  # in the place of a score
    Status.NO_COMPARABLE_CASES: "withheld",
    Status.INSUFFICIENT_LIBRARY: "library too small",
    Status.WITHHELD_UNTIL_JUDGED: "shown after you record your judgement",
}
WHAT_IF_MARK = "WHAT-IF"
REDACTED = "left out"
REDACTED_TITLE = "(identity left out)"
REDACTED_ORIGIN, REDACTED_HERE = "the earlier assessment", "the new one"
NOT_KNOWN = "not known"  # a date or another fact; an answer to an item is unknown
UNKNOWN = "unknown"
NO_VALUE = "–"  # a cell without a value; an en dash reads as empty, 0 would be an answer

NEEDS_CAVEAT = (
    "Simulated: the average rating of the comparable people, where more similar people count for more. "
    "Your rating of a need is one of the answers used to choose these people, so the simulated value leans "
    "towards your rating. Expected: the same average, for the people RMS would choose if your rating of "
    "that need were left out. Gap: rated minus simulated. Needs in past records were often "
    "rated from little information, so the comparison can be wrong. Use a gap as a "
    "question to ask, not as a finding."
)
SYNTHETIC_WARNING = (
    "Synthetic library: the past cases behind this report are made up. They describe no real "
    "person. Do not use any of this in a decision about a real person."
)
BY_CHANCE = "1 comparison in 5"  # a normal variable is beyond CLEAR_FROM in 20.1% of cases
CLEAR = (
    f"RMS calls a difference clear if it is at least {CLEAR_FROM} standard errors and at least {LEAST_SHOWN}."
    " The standard error says how far chance alone usually moves a difference."
)
JUDGEMENT_HEADING = "Professional judgement"
JUDGEMENT_PROMPT = "Your own judgement, and what it is based on besides this report"
OVERRIDE_PROMPT = "If your decision departs from this report: in which direction, and why"
OVERRIDE_DIRECTIONS = {
    "higher": "Higher: I think this outcome is more likely for this person than for people who resemble them",
    "lower": "Lower: I think this outcome is less likely for this person than for people who resemble them",
}
OVERRIDE_REASONS = {
    "not_asked": "Something the form does not ask about",
    "changed_since": "Something that happened after the answers were given",
    "answers_in_doubt": "The answers are in doubt",
    "comparables_unlike": "The comparable people differ in important ways",
    "specialist_opinion": "A specialist’s opinion",
    "other": "Something else",
}
OVERRIDE_DECISIONS = {"agreed": "Agreed", "not_agreed": "Not agreed"}
UNDECIDED = "Not decided yet. A supervisor agrees or disagrees. Nobody decides on their own override."
NOTES_LEFT_OUT = "Notes are not printed. Read them with the assessment in RMS."
SUBTITLE = "What happened to people who resemble this person"
GLANCE_HEADING = "At a glance"
GLANCE_COLUMNS = ("Score for", "Score", "95% interval", "Effective size", "Typicality")
LIMITS_HEADING = "What this report is based on, and its limits"
SIGNATURES = ("Name and role", "Signature and date", "Supervisor", "Signature and date")

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WEIGHTED = "More similar people count more."
NEITHER = "People in neither group are left out, for example because the outcome came later."
# Evidence is mixed where each outcome has at least a third of the weight, by the score as shown.
MIXED_FROM, MIXED_TO = Decimal("1.33"), Decimal("1.67")
NEAREST_SHOWN = 10  # comparables asked for under the `nearest` policy; ties may add to them
NEAREST_CAP = 50  # the most shown when ties at the tenth pile up (docs/method.md)


def day(given: date) -> str:
    """
    >>> day(date(1985, 3, 7))
    '7 March 1985'
    """
    return f"{given.day} {given:%B %Y}"


def moment(given: datetime) -> str:
    """In its own time zone.

    >>> from zoneinfo import ZoneInfo
    >>> moment(datetime(2025, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC")))
    '4 March 2025, 05:06 UTC'
    >>> moment(datetime(2025, 7, 4, 5, 6, tzinfo=ZoneInfo("America/Sao_Paulo")))
    '4 July 2025, 05:06 UTC-03'
    """
    zone = given.tzname() or ""
    return f"{day(given)}, {given:%H:%M} {f'UTC{zone}' if zone.startswith(('+', '-')) else zone}"


def two_decimals(score: float) -> str:
    """A score as it is shown and filtered on: two decimals, half up on its shortest decimal form.

    >>> two_decimals(1.005), two_decimals(1.826820849709864)
    ('1.01', '1.83')
    """
    return fixed(score, places=2)


def fixed(value: float, *, places: int) -> str:
    """`value` with that many decimals, half up on its shortest decimal form (as a person would round it).

    >>> fixed(8.00875852, places=1), fixed(-0.04, places=1)
    ('8.0', '0.0')
    """
    return str(half_up(value, places=places))


def explainer(count: int, *, synthetic: bool = False) -> str:
    """The idea in one line, over a table of `count` comparables."""
    cases = "a made-up case of the synthetic library" if synthetic else "a real past case"
    return (
        f"This table shows what {number_word(count)} people with similar answers did. Each row is {cases}: "
        "“actual” shows what happened afterwards, and “percent” how much the case, with the people it stands "
        "for, counts towards the score."
    )


def scale(simulations: int) -> str:
    """The lowest and the highest score, and what they mean."""
    ends = (
        "A probation score runs from 1.00 to 2.00. 1.00 means that none of the comparable people had the "
        "outcome that the score is about, such as a new conviction. 2.00 means that all of them had it. RMS "
        "calls what happened “actual”: 1 if the person did not have the outcome, 2 if they had it."
    )
    separate = (
        " There is a score for each outcome, such as recidivism and violence. Each answers a separate "
        "question. Do not add them up or average them."
    )
    return ends + separate if simulations > 1 else ends


def score_sentence(score: float) -> str:
    """What a score says, and of whom."""
    return (
        f"{two_decimals(score)} describes a group: people who resemble this person. It is not a measure of "
        "this person’s own tendency, and it does not say what this person is going to do. "
        f"{evidence_sentence(score)}"
    )


def evidence_sentence(score: float) -> str:
    """The score as shares of the weight; the two shares are those of the score as shown.

    >>> evidence_sentence(1.14).partition(". ")[0]
    '86% did not have the outcome (actual 1) and 14% had it (actual 2)'
    >>> evidence_sentence(1.5).partition(" did")[0]
    'Mixed evidence: 50%'
    """
    if score in (1.0, 2.0):
        people = "None" if score == 1.0 else "All"
        return f"{people} of the comparable people had the outcome (all have actual {score:.0f})."
    stayed, returned = weight_split(score)
    shares = (
        f"{stayed} did not have the outcome (actual 1) and {returned} had it (actual 2). {NEITHER} {WEIGHTED}"
    )
    if MIXED_FROM <= Decimal(two_decimals(score)) <= MIXED_TO:
        return f"Mixed evidence: {shares}"
    return shares[0].upper() + shares[1:]


def outcome_sentence(score: float, process: Process) -> str:
    """What the people who resemble this person did; shares of the weight, as in the score.

    >>> from rms.instrument import instrument
    >>> outcome_sentence(1.19, instrument("rms").processes[0]).partition(". ")[0]
    'Of the people most like this person, 19% were convicted of an offence committed within two years of \
release'
    >>> outcome_sentence(2.0, instrument("broward").processes[0])
    'All of the people most like this person had a new arrest within two years.'
    """
    first, second = outcomes_in_brief(process)
    if score in (1.0, 2.0):
        return f"All of the people most like this person {first if score == 1.0 else second}."
    stayed, returned = weight_split(score)
    stayed = stayed[0].upper() + stayed[1:]
    return f"Of the people most like this person, {returned} {second}. {stayed} {first}."


def outcomes_in_brief(process: Process) -> tuple[str, str]:
    """What people with actual 1 and with actual 2 did. Both follow "people who".

    >>> from rms.instrument import instrument
    >>> outcomes_in_brief(instrument("broward").processes[0])
    ('had no new arrest within two years', 'had a new arrest within two years')
    """
    return (
        process.stayed_short or "did not have this outcome",
        process.returned_short or "had this outcome",
    )


def weight_split(score: float) -> tuple[str, str]:
    """The weight on actual 1 and on actual 2, in whole percent that add to 100.

    >>> weight_split(1.826820849709864), weight_split(1.001)
    (('17%', '83%'), ('more than 99%', 'less than 1%'))
    """
    returned = int((Decimal(two_decimals(score)) - 1) * 100)
    if returned == 0 and score > 1.0:
        return "more than 99%", "less than 1%"
    if returned == 100 and score < 2.0:
        return "less than 1%", "more than 99%"
    return f"{100 - returned}%", f"{returned}%"


def interval_range(interval: tuple[float, float]) -> str:
    """
    >>> interval_range((1.48079, 1.96096))
    '1.48 to 1.96'
    """
    return f"{two_decimals(interval[0])} to {two_decimals(interval[1])}"


def interval_sentence(interval: tuple[float, float]) -> str:
    return (
        f"95% interval {interval_range(interval)}: how much the score could differ if the library held "
        "different people of the same kind. It is about the group, not about this person."
    )


def effective_size_sentence(effective_size: float) -> str:
    """How much evidence a score is based on; `effective_size` is 1/Σw².

    >>> effective_size_sentence(331.62).partition("equally. ")[2]
    'Together they give as much evidence as 332 cases that count equally.'
    """
    whole = effective_size_shown(effective_size)
    cases = "1 case" if whole == "1" else f"{whole} cases that count equally"
    return (
        f"Effective size {whole}: the cases do not count equally. Together they give as much evidence as "
        f"{cases}."
    )


def effective_size_shown(effective_size: float) -> str:
    """A whole number of cases.

    >>> effective_size_shown(331.62)
    '332'
    """
    return fixed(effective_size, places=0)


def typicality_word(simulation: Simulation) -> str:
    """Typicality in a word or two, for a table cell."""
    if simulation.status is Status.WITHHELD_UNTIL_JUDGED:
        return "not shown yet"
    if simulation.status is Status.INSUFFICIENT_LIBRARY:
        return "not assessed"
    if simulation.status is Status.NO_COMPARABLE_CASES:
        return "no comparable people"
    return "sparse" if simulation.sparse else "typical"


def typicality_sentence(typicality: float) -> str:
    """How usual it is for a library case to be this far from its own comparables (a share of 0 to 1)."""
    share = f"(typicality {fixed(typicality, places=3)})"
    if typicality < SPARSE_BELOW:
        return (
            f"Sparse {share}: few people in the library resemble this person. Even the most similar cases "
            "are less similar than is usual in this library. Warning: rely less on the score."
        )
    return f"Typical {share}: the library has cases about as close to this person as it has for most people."


def sparse_warning(simulation: Simulation) -> str | None:
    """What to know before reading the score of somebody whom few past cases resemble."""
    if simulation.status is not Status.SIMULATED or not simulation.sparse:
        return None
    return "Sparse: few people in the library resemble this person. Rely on this score less."


def score_description(score: float, interval: tuple[float, float]) -> str:
    """The picture of a score in words, for people who cannot see it.

    >>> score_description(1.38, (1.21, 1.55))
    'Score 1.38, 95% interval 1.21 to 1.55, on the scale from 1.00 to 2.00.'
    """
    shown = f"Score {two_decimals(score)}, 95% interval {interval_range(interval)}"
    return f"{shown}, on the scale from 1.00 to 2.00."


def withheld_sentence(simulation: Simulation) -> str:
    """Why a simulation has no score."""
    if simulation.status is Status.WITHHELD_UNTIL_JUDGED:
        return "Record your own judgement of this person first. The results are shown after that."
    if simulation.status is Status.INSUFFICIENT_LIBRARY:
        return "The reference library has too few cases with a known outcome, so there is no score."
    return (
        "No comparable people: no case in the reference library is similar enough to this person, so the "
        "score is withheld. This is neither good nor bad news about the person."
    )


def withheld_word(simulation: Simulation) -> str:
    return WITHHELD[simulation.status]


def comparables_label(policy: str, *, shown: int, pool: int) -> str:
    """The heading over the comparables: `shown` rows that carry the weight of `pool` cases.

    >>> comparables_label("pool", shown=10, pool=400)
    'Ten cases that represent the 400 most comparable'
    >>> comparables_label("nearest", shown=12, pool=12)
    'The ten nearest cases, and two more exactly as far away as the tenth'
    """
    if policy == "pool":
        return f"{number_word(shown).capitalize()} cases that represent the {pool} most comparable"
    heading = f"The {number_word(min(shown, NEAREST_SHOWN))} nearest cases"
    if shown <= NEAREST_SHOWN:
        return heading
    more = f"{heading}, and {number_word(shown - NEAREST_SHOWN)} more exactly as far away as the tenth"
    return f"{more} (no more than {NEAREST_CAP} are shown)" if shown >= NEAREST_CAP else more


def hand_check(percents_times_actual: str, *, score: float) -> str:
    """How to calculate the score from the table, using the percents with two decimals."""
    by_hand = Decimal(percents_times_actual) / 100
    return (
        f"Check by hand: percent × actual adds up to {percents_times_actual}. Divided by 100, this gives "
        f"{by_hand:f}. With unrounded percents the score is {fixed(score, places=6)}, "
        f"shown as {two_decimals(score)}."
    )


def outside_range_sentence(labels: Sequence[str]) -> str:
    """Names the items whose answers are outside the range of the library."""
    return f"Outside the range of the library: {', '.join(labels)}. The comparison is weaker for these items."


def unusable_sex_sentence(sex: str) -> str:
    """That the instrument cannot compare by the sex entered."""
    return f"Sex was entered as {sex}. The comparison cannot use this, so RMS treated it as unknown."


def correction_sentence(corrects: str, reason: str) -> str:
    """What a correction replaces (the id `corrects`), and why."""
    return f"Corrects and replaces {corrects}. Reason: {reason}"


def corrected_sentence(corrected_by: str) -> str:
    """The banner over an assessment that has been corrected."""
    return f"This assessment has been corrected and replaced by {corrected_by}."


def what_if_sentence(baseline_id: str) -> str:
    """What a what-if is; `baseline_id` is the assessment it starts from, or a text in place of its id."""
    return (
        f"What-if: assessment {baseline_id} with changed answers. It shows what people "
        "with the changed answers did. It is not an assessment of the person and not an official report."
    )


def difference_word(difference: Difference) -> str:
    """How a score changed, in a word or two, for a table cell."""
    if difference.change is None:
        return "not comparable"
    if not difference.clear:
        return "no clear difference" if difference.change else "no difference"
    return f"{'higher' if difference.change > 0 else 'lower'} by {_apart(difference)}"


def difference_sentence(difference: Difference, process: Process) -> str:
    """How the score for `process` changed when answers changed, and whether that could be chance.

    >>> from rms.engine.result import Simulation, Status
    >>> from rms.instrument import instrument
    >>> none = Simulation("recidivism", Status.NO_COMPARABLE_CASES)
    >>> recidivism = instrument("rms").processes[0]
    >>> difference_sentence(Difference("recidivism", none, none), recidivism).partition(":")[0]
    'Not comparable'
    """
    if difference.change is None:
        return "Not comparable: one or both assessments have no score, or the two used different libraries."
    if not difference.clear:
        apart = _apart(difference)
        if not difference.change:
            return "The score is the same."
        if not apart:
            return f"Both scores are {two_decimals(difference.after.score or 0.0)} to two decimals."
        return f"The scores are {apart} apart. This difference could be chance."
    _, returned = outcomes_in_brief(process)
    return (
        f"{difference_word(difference).capitalize()}: of the people with the changed answers, "
        f"a {'larger' if difference.change > 0 else 'smaller'} share {returned}. Treat this with care: even "
        f"with no real difference, chance alone gives one this large in up to {BY_CHANCE}. This is what "
        "people with the changed answers did. It does not say what a change would do."
    )


def difference_details(difference: Difference) -> tuple[str, ...]:
    """The figures behind the sentence: its standard error, and how many cases are the same."""
    if difference.change is None or difference.standard_error is None:
        return ()
    return (
        f"Unrounded difference {_signed(difference.change)}, standard error "
        f"{fixed(difference.standard_error, places=3)}. {CLEAR}",
        _shared_cases(difference),
    )


def _shared_cases(difference: Difference) -> str:
    """How many of the compared cases are the same."""
    if difference.left != difference.joined:
        return (
            f"The two scores share {difference.kept} cases. Not shared: {difference.left} cases of the "
            f"earlier score, and {difference.joined} cases of this score."
        )
    shared = f"The two scores share {difference.kept} of their {difference.kept + difference.left} cases"
    return f"{shared}; {difference.left} are different." if difference.left else f"{shared}."


def _signed(change: float) -> str:
    shown = fixed(abs(change), places=3)
    return shown if not Decimal(shown) else f"{'+' if change > 0 else '−'}{shown}"


def _apart(difference: Difference) -> Decimal:
    """The difference of the two scores as they are shown."""
    before, after = (
        Decimal(two_decimals(side.score or 0.0)) for side in (difference.before, difference.after)
    )
    return abs(after - before)


def doubts_sentence(doubts: Sequence[str]) -> str:
    """
    >>> doubts_sentence(["The years are too many."])[:52]
    'Check the answers. The years are too many. The score'
    """
    return f"Check the answers. {' '.join(doubts)} The score was calculated from the answers as they are."


def unchangeable_sentence(share: float) -> str:
    """How much of the evidence no work with the person can change.

    >>> unchangeable_sentence(0.384).partition(" comes")[0]
    'The answers move this score up or down from the average of all cases. 38% of this movement'
    """
    return (
        "The answers move this score up or down from the average of all cases. "
        f"{fixed(100 * share, places=0)}% of this movement comes from items that cannot change, such as age "
        "and history. The rest comes from items that can change."
    )


def outcome_name(process: Process) -> str:
    """What actual 2 means: the first sentence of its written meaning.

    >>> from rms.instrument import instrument
    >>> outcome_name(instrument("broward").processes[0])
    'a new arrest was recorded within two years'
    """
    _, meaning = definition_sentence(process)
    opening, _, _ = meaning.partition(".")
    return opening[0].lower() + opening[1:]


def definition_sentence(process: Process) -> tuple[str, str]:
    """The written meaning of actual 1 and of actual 2."""
    return " ".join(process.stayed.split()), " ".join(process.returned.split())


def limits(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The limits that every report states, with what the library's manifest gives: see `printed_facts`."""
    source, period, cut_off, outcome_source, detection_bias = map(facts.get, PRINTED_FACTS)
    sentences = (
        "A score is information about a group. It must not decide anything by itself. Do not use it to "
        "decide the type or the length of a sentence.",
        "Nothing is hidden: RMS records the library, the weights, the distances and the version of the "
        "calculation with each result. You can inspect and recalculate them.",
        _sentence("Source of the past cases:", source)
        + _sentence(" Period of the library:", period)
        + _sentence(" Last day of its records:", cut_off)
        + _sentence(" How outcomes were recorded:", outcome_source),
        _sentence("What the records can get wrong:", detection_bias)
        or "Records leave out offences that nobody detected.",
        "Before you rely on a score, check that this library was validated for your own population and for "
        "the groups in it. How well scores work can differ between groups and over time.",
    )
    return tuple(filter(None, map(str.strip, sentences)))


def needs_title(reading: Reading) -> str:
    """The title of the needs plot for the reading `simulated` or `expected`."""
    return f"Needs, percent of the scale: rated and {reading}"


def needs_description(
    readings: Sequence[NeedReading],
    instrument: Instrument,
    *,
    reading: Reading = "simulated",
    blank: str = UNKNOWN,
) -> str:
    """The needs plot in words, for people who cannot see it; `blank` as in `needs_blank`."""
    by_need = {one.need: one for one in readings}
    parts = [
        f"{need.label}: rated {percent(one.actual)}, {reading} {percent(getattr(one, reading), blank=blank)}"
        for need in instrument.needs
        if (one := by_need.get(need.code)) is not None
    ]
    return "; ".join(parts) + "."


def needs_blank(result: Result) -> str:
    """What stands in the place of a simulated need that is missing.

    Needs are simulated from the cases of the first score. Without that score, they are withheld with it.
    """
    first = result.simulations[0]
    return UNKNOWN if first.status is Status.SIMULATED else withheld_word(first)


def percent(value: float | None, *, blank: str = UNKNOWN) -> str:
    """A whole percent of the scale, or why there is none.

    >>> percent(66.667), percent(None)
    ('67%', 'unknown')
    """
    return blank if value is None else f"{fixed(value, places=0)}%"


def range_in_words(low: str | None, high: str | None, *, days: bool = False) -> str:
    """
    >>> range_in_words("1.50", None), range_in_words(None, "7 March 2026", days=True)
    ('1.50 or more', 'until 7 March 2026')
    """
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"from {low} on" if days else f"{low} or more"
    return f"until {high}" if days else f"{high} or less"


def answers(count: int) -> str:
    """
    >>> answers(1), answers(22)
    ('1 answer', '22 answers')
    """
    return f"{count} answer{'' if count == 1 else 's'}"


def number_word(number: int) -> str:
    """
    >>> number_word(10), number_word(12)
    ('ten', '12')
    """
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def _sentence(opening: str, rest: str | None) -> str:
    return f"{opening} {rest.strip().rstrip('.')}." if rest and rest.strip() else ""
