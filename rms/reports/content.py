"""What a report says, as values: every word and figure, and nothing about how a page looks.

A `Report` holds finished text, so that it reads the same however it is drawn. Where a score
is withheld, the report holds no score, interval or comparable at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from rms.assessment import Assessment, AssessmentKind, Change, Said, Subject
from rms.assessment.consistency import warnings, warnings_against
from rms.engine.explaining.comparability import unchangeable_share
from rms.engine.library import Library
from rms.engine.result import Comparable, LibraryReference, NeedReading, Result, Simulation, Status
from rms.instrument import HISTORY, YEARS_SERVED, Answer, Instrument, Item, ItemKind, Process, Source
from rms.reports import wording
from rms.submission import Submission

NOT_ANSWERED = "not answered"
SHA_SHOWN = 12


@dataclass(frozen=True)
class Fact:
    """A label and what it is."""

    label: str
    value: str


@dataclass(frozen=True)
class ComparablesTable:
    """`rows` and `total` have one cell for each of `columns`; `hand_check` makes the score from them."""

    heading: str
    explainer: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    hand_check: str
    legend: str


@dataclass(frozen=True)
class ProcessSection:
    """One simulated process. `score`, `interval`, `effective_size` and `comparables` are None when withheld.

    `standing` is shown as the score ("1.83" or "withheld"); `outcome` says in one sentence what most of the
    comparables did, or why there is no score; `warning` is for a score to rely on less.
    """

    label: str
    actual_1: str
    actual_2: str
    standing: str
    score: str | None
    interval: str | None
    effective_size: str | None
    typicality: str
    outcome: str
    warning: str | None
    sentences: tuple[str, ...]
    comparables: ComparablesTable | None


@dataclass(frozen=True)
class NeedsSection:
    """`readings` with their instrument are for the plot, `columns` and `rows` for the table beside it.

    `blank` stands in the place of a simulated need that is missing.
    """

    readings: tuple[NeedReading, ...]
    instrument: Instrument
    blank: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caveat: str


@dataclass(frozen=True)
class RatingsGroup:
    heading: str
    ratings: tuple[Fact, ...]


@dataclass(frozen=True)
class Changed:
    """One difference from the assessment it started from, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangesSection:
    """What differs from the assessment `since` in the one `here`: their ids, or words that hide them."""

    since: str
    here: str
    rows: tuple[Changed, ...]


@dataclass(frozen=True)
class JudgedOtherwise:
    """An override in words; `decision` is a supervisor's, and `answer` its text.

    `by` and `decided_by` say by whom and when; they are None where that is left out, or not decided.
    """

    heading: str
    reason: str
    text: str
    by: str | None
    decision: str
    decided_by: str | None = None
    answer: str | None = None

    @property
    def decided(self) -> str:
        """The decision, by whom and when, and its text."""
        decided = f"{self.decision} by {self.decided_by}" if self.decided_by else self.decision
        return f"{decided}: {self.answer}" if self.answer else decided


@dataclass(frozen=True)
class Report:
    """Everything that is printed, in order.

    `what_if`, `synthetic` and `corrected` (another assessment has replaced it) are banners, or None;
    `doubts` says which answers cannot all be true, and `correction` which assessment this one replaces,
    and why.
    """

    title: str
    what_if: str | None
    synthetic: str | None
    corrected: str | None
    doubts: tuple[str, ...]
    correction: str | None
    identification: tuple[Fact, ...]
    changes: ChangesSection | None
    notice: str
    notice_version: str
    scale: str
    processes: tuple[ProcessSection, ...]
    needs: NeedsSection | None
    ratings: tuple[RatingsGroup, ...]
    overrides: tuple[JudgedOtherwise, ...]
    limits: tuple[str, ...]
    versions: tuple[Fact, ...]
    submitted_at: datetime

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know first."""
        doubts = wording.doubts_sentence(self.doubts) if self.doubts else None
        return tuple(filter(None, (self.corrected, self.what_if, doubts, self.synthetic)))


def report(
    submission: Submission,
    *,
    library: Library | None = None,
    overrides: Sequence[JudgedOtherwise] = (),
    redacted: bool = False,
    zone: tzinfo = UTC,
) -> Report:
    """What the report of `submission` says.

    Parameters
    ----------
    library
        The one in use. If it is still the one that made the scores, each comes with the share of the
        evidence that cannot change.
    overrides
        The overrides, in the order they were made.
    zone
        The time zone of the agency, for the time of submission.
    redacted
        Leaves out what names the person or the staff: the offender number (and ids made of it), the date of
        birth, user names, times other than the day of submission, and what is free text: the reasons of
        unknown items, of corrections, of overrides and decisions.
    """
    assessment, result, made_by = submission.assessment, submission.result, submission.result.library
    submitted_at = submission.submitted_at.astimezone(zone)
    kind = "What-if report" if assessment.kind is AssessmentKind.WHAT_IF else "Assessment report"
    processes = {process.code: process for process in assessment.instrument.processes}
    return Report(
        title=f"{kind} {wording.REDACTED_TITLE if redacted else submission.id}",
        what_if=_what_if(assessment, redacted=redacted),
        synthetic=wording.SYNTHETIC_WARNING if made_by.synthetic else None,
        corrected=_corrected(submission, redacted=redacted),
        doubts=tuple(_doubts(submission)),
        correction=_correction(submission, redacted=redacted),
        identification=_identification(submission, redacted=redacted, submitted_at=submitted_at),
        changes=_changes(submission, redacted=redacted),
        notice=wording.NOTICE,
        notice_version=wording.NOTICE_VERSION,
        scale=wording.scale(len(result.simulations)),
        processes=tuple(
            _process(simulation, processes[simulation.process], submission=submission, library=library)
            for simulation in result.simulations
        ),
        needs=_needs(result, assessment.instrument),
        ratings=ratings(assessment, redacted=redacted),
        overrides=tuple(_without_names(one) if redacted else one for one in overrides),
        limits=wording.limits(made_by.facts),
        versions=_versions(submission),
        submitted_at=_midnight(submitted_at) if redacted else submission.submitted_at,
    )


def _what_if(assessment: Assessment, *, redacted: bool) -> str | None:
    if assessment.baseline_id is None:
        return None
    return wording.what_if_sentence(f"({wording.REDACTED})" if redacted else assessment.baseline_id)


def _corrected(submission: Submission, *, redacted: bool) -> str | None:
    if submission.corrected_by is None:
        return None
    return wording.corrected_sentence("another one" if redacted else submission.corrected_by)


def _doubts(submission: Submission) -> Iterator[str]:
    """Which answers cannot all be true; nothing for a what-if or a corrected assessment."""
    assessment = submission.assessment
    if assessment.kind is AssessmentKind.WHAT_IF or submission.corrected_by is not None:
        return
    for warning in warnings(assessment.instrument, assessment.answers, age=assessment.age):
        yield warning.detail
    since = submission.changes if submission.changes and not submission.correction else ()
    before = {change.code: change.before.answer for change in since if change.before.answer is not None}
    for warning in warnings_against(assessment.instrument, before, assessment.answers):
        yield warning.detail


def _correction(submission: Submission, *, redacted: bool) -> str | None:
    if submission.correction is None:
        return None
    if redacted:
        return wording.correction_sentence("an earlier one", wording.REDACTED)
    return wording.correction_sentence(submission.correction.corrects, submission.correction.reason)


def _without_names(one: JudgedOtherwise) -> JudgedOtherwise:
    """Without names, times and free text."""
    answer = one.answer and wording.REDACTED
    return replace(one, text=wording.REDACTED, by=None, decided_by=None, answer=answer)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)


def _identification(submission: Submission, *, redacted: bool, submitted_at: datetime) -> tuple[Fact, ...]:
    assessment = submission.assessment
    submitted = f"{wording.moment(submitted_at)}, by {submission.submitted_by}"

    def named(text: str) -> str:
        return wording.REDACTED if redacted else text

    facts = [
        Fact("Offender number", named(assessment.offender_number)),
        Fact("Assessment", named(submission.id)),
        Fact("Kind", "What-if" if assessment.kind is AssessmentKind.WHAT_IF else "Assessment"),
        Fact("Sex", assessment.sex),
        Fact("Date of birth", named(wording.day(assessment.date_of_birth))),
        Fact("Age at assessment", f"{assessment.age} years"),
        Fact("Estimated release", _day(assessment.release_date)),
        Fact("Submitted", wording.day(submitted_at) if redacted else submitted),
    ]
    if assessment.baseline_id is not None:
        facts.append(Fact("Based on", named(assessment.baseline_id)))
    return tuple(facts)


def _day(given: date | None) -> str:
    return wording.NOT_KNOWN if given is None else wording.day(given)


def origin_of(submission: Submission) -> str | None:
    """The id of the assessment that it corrects or else started from."""
    corrects = submission.correction and submission.correction.corrects
    return corrects or submission.assessment.baseline_id or submission.assessment.based_on


def changed(
    changes: Sequence[Change], instrument: Instrument, *, redacted: bool = False
) -> tuple[Changed, ...]:
    """Differences in words, by the form of the later assessment; `redacted` as for a report."""
    return tuple(_changed(change, instrument, redacted=redacted) for change in changes)


def _changes(submission: Submission, *, redacted: bool) -> ChangesSection | None:
    since = origin_of(submission)
    if since is None or submission.changes is None:
        return None
    rows = changed(submission.changes, submission.assessment.instrument, redacted=redacted)
    if redacted:
        return ChangesSection(wording.REDACTED_ORIGIN, wording.REDACTED_HERE, rows)
    return ChangesSection(since, submission.id, rows)


def _changed(one: Change, instrument: Instrument, *, redacted: bool) -> Changed:
    if one.of is Subject.IDENTIFICATION:
        hidden = redacted and one.code == "date_of_birth"
        before, after = (
            wording.REDACTED if hidden else _identified(one.code, said) for said in (one.before, one.after)
        )
        return Changed(one.code.replace("_", " ").capitalize(), before, after)
    item = next((item for item in instrument.items if item.code == one.code), None)
    if item is None:  # only the earlier form asked it
        return Changed(one.code, str(one.before.answer or wording.UNKNOWN), "no longer asked")
    return Changed(item.label, *(_said(said, item, redacted=redacted) for said in (one.before, one.after)))


def _identified(code: str, said: Said) -> str:
    """A value of the identification, in the words used above."""
    if said.answer is None:
        return wording.NOT_KNOWN
    return str(said.answer) if code == "sex" else wording.day(date.fromisoformat(str(said.answer)))


def _said(said: Said, item: Item, *, redacted: bool) -> str:
    if said.unknown is not None:
        return _unknown(said.unknown, redacted=redacted)
    if said.answer is None:
        return NOT_ANSWERED
    if item.wrong_with(said.answer) is not None:  # an answer that only the earlier form accepts
        return str(said.answer)
    return answer_text(said.answer, item)


def _process(
    simulation: Simulation, process: Process, *, submission: Submission, library: Library | None
) -> ProcessSection:
    assessment, result = submission.assessment, submission.result
    actual_1, actual_2 = wording.definition_sentence(process)
    given = simulation.status is Status.SIMULATED
    score = simulation.score if given else None
    interval = simulation.interval if given else None
    size = simulation.effective_size if given else None
    return ProcessSection(
        label=process.label,
        actual_1=actual_1,
        actual_2=actual_2,
        standing=wording.withheld_word(simulation) if score is None else wording.two_decimals(score),
        score=None if score is None else wording.two_decimals(score),
        interval=None if interval is None else wording.interval_range(interval),
        effective_size=None if size is None else wording.effective_size_shown(size),
        typicality=wording.typicality_word(simulation),
        outcome=(
            wording.withheld_sentence(simulation)
            if score is None
            else wording.outcome_sentence(score, process)
        ),
        warning=wording.sparse_warning(simulation),
        sentences=(
            *sentences(simulation, assessment.instrument, sex=assessment.sex),
            *(_unchangeable(result, process, library) if given and library else ()),
        ),
        comparables=_comparables(simulation, score, result.library, assessment.instrument) if given else None,
    )


def _unchangeable(result: Result, process: Process, library: Library) -> Iterator[str]:
    share = unchangeable_share(result, process.code, library)
    if share is not None:
        yield wording.unchangeable_sentence(share)


def sentences(simulation: Simulation, instrument: Instrument, *, sex: str | None = None) -> tuple[str, ...]:
    """The figures of one simulation in words, in the order they are read.

    Parameters
    ----------
    sex
        As it was entered; a sentence says if the instrument has no level for it. None leaves that out.
    """
    lines = []
    if simulation.status is not Status.SIMULATED:
        lines.append(wording.withheld_sentence(simulation))
    else:
        if simulation.score is not None:
            lines.append(wording.score_sentence(simulation.score))
        if simulation.interval is not None:
            lines.append(wording.interval_sentence(simulation.interval))
        if simulation.effective_size is not None:
            lines.append(wording.effective_size_sentence(simulation.effective_size))
        if simulation.typicality is not None:
            lines.append(wording.typicality_sentence(simulation.typicality))
    if simulation.outside_range:
        labels = [instrument.item(code).label for code in simulation.outside_range]
        lines.append(wording.outside_range_sentence(labels))
    if sex is not None and not _is_usable(sex, instrument):
        lines.append(wording.unusable_sex_sentence(sex))
    return tuple(lines)


def _is_usable(sex: str, instrument: Instrument) -> bool:
    """Whether every item taken from the sex has a level for this one."""
    return all(sex in item.positions for item in instrument.items if item.source is Source.SEX)


def _comparables(
    simulation: Simulation, score: float | None, library: LibraryReference, instrument: Instrument
) -> ComparablesTable | None:
    cases = simulation.comparables
    if score is None or not cases:
        return None
    keys = tuple(column for column in HISTORY if any(column in case.shown for case in cases))
    pool = sum(case.stands_for for case in cases)
    weighed = sum((_percent(case) * case.actual for case in cases), Decimal())
    return ComparablesTable(
        heading=wording.comparables_label(library.policy, shown=len(cases), pool=pool),
        explainer=wording.explainer(len(cases), synthetic=library.synthetic),
        columns=(
            *("Case", "Sex", "Born", "Actual", "Percent"),
            *map(_heading, keys),
            "Stands for",
        ),
        rows=tuple(_row(case, keys, instrument) for case in cases),
        total=("Sum", "", "", "", f"{sum(map(_percent, cases)):f}", *("" for _ in keys), str(pool)),
        hand_check=wording.hand_check(f"{weighed:f}", score=score),
        legend=_legend(keys, cut_off=library.facts.get("cut_off")),
    )


def _percent(case: Comparable) -> Decimal:
    return Decimal(wording.fixed(case.percent, places=2))


def _row(case: Comparable, keys: Sequence[str], instrument: Instrument) -> tuple[str, ...]:
    return (
        str(case.case_number),
        case.sex or wording.NO_VALUE,
        _cell(case.birth_year),
        str(case.actual),
        f"{_percent(case):f}",
        *(_history(case, key, instrument) for key in keys),
        str(case.stands_for),
    )


def _history(case: Comparable, column: str, instrument: Instrument) -> str:
    if label := level_shown(case, column, instrument):
        return label
    return _cell(case.shown.get(column), places=1 if column == YEARS_SERVED else 0)


def level_shown(case: Comparable, column: str, instrument: Instrument) -> str | None:
    """The label of the level in a column of a past case's history; None if the column has a number.

    The value of a level is not a count: 2 may mean "3 to 9".
    """
    code, value = instrument.shown.get(column), case.shown.get(column)
    levels = instrument.item(code).levels if code else ()
    return next((level.label for level in levels if level.value == value), None)


def _cell(value: Answer | None, *, places: int = 0) -> str:
    """Numbers of one column have the same decimals, so that they line up."""
    if value is None:
        return wording.NO_VALUE
    return value if isinstance(value, str) else wording.fixed(value, places=places)


def _heading(column: str) -> str:
    return "Years served" if column == YEARS_SERVED else column[0].upper()


def _legend(columns: Sequence[str], *, cut_off: str | None) -> str:
    parts = []
    if convictions := [column for column in columns if column != YEARS_SERVED]:
        kinds = ", ".join(f"{_heading(column)} {column}" for column in convictions)
        *others, last = map(_heading, convictions)
        columns_named = f"Columns {', '.join(others)} and {last}" if others else f"Column {last}"
        parts.append(f"{columns_named}: convictions before release, by kind ({kinds}).")
    if YEARS_SERVED in columns:
        until = f", up to the library’s cut-off ({cut_off})" if cut_off else ""
        parts.append(f"Years served: in a locked setting{until}.")
    parts.append("Stands for: how many of the comparable people this case represents.")
    parts.append("Case numbers are not offender numbers.")
    return " ".join(parts)


def _needs(result: Result, instrument: Instrument) -> NeedsSection | None:
    if not instrument.needs or not result.needs:
        return None
    by_need, blank = {one.need: one for one in result.needs}, wording.needs_blank(result)
    return NeedsSection(
        readings=result.needs,
        instrument=instrument,
        blank=blank,
        columns=("Need", "Name", "Rated", "Simulated", "Expected", "Gap"),
        rows=tuple(
            (need.code, need.label, *_figures(by_need[need.code], blank))
            for need in instrument.needs
            if need.code in by_need
        ),
        caveat=wording.NEEDS_CAVEAT,
    )


def _figures(one: NeedReading, blank: str) -> tuple[str, ...]:
    return (
        wording.percent(one.actual),
        *(wording.percent(value, blank=blank) for value in (one.simulated, one.expected)),
        _gap(one.actual, one.simulated),
    )


def _gap(actual: float | None, simulated: float | None) -> str:
    """The difference of two figures as they are shown, with its sign: a check by hand finds the same."""
    if actual is None or simulated is None:
        return wording.NO_VALUE
    points = int(wording.fixed(actual, places=0)) - int(wording.fixed(simulated, places=0))
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{abs(points)}"


def ratings(assessment: Assessment, *, redacted: bool = False) -> tuple[RatingsGroup, ...]:
    """The answers in words, by the sections of the form; `redacted` hides the reasons for unknowns."""
    groups = []
    for section, heading in assessment.instrument.sections.items():
        items = [item for item in assessment.instrument.asked if item.section == section]
        if items:
            facts = (Fact(item.label, _answer(assessment, item, redacted=redacted)) for item in items)
            groups.append(RatingsGroup(heading, tuple(facts)))
    return tuple(groups)


def _answer(assessment: Assessment, item: Item, *, redacted: bool) -> str:
    if item.code in assessment.unknown:
        return _unknown(assessment.unknown[item.code], redacted=redacted)
    if item.code not in assessment.answers:
        return NOT_ANSWERED
    return answer_text(assessment.answers[item.code], item)


def _unknown(reason: str, *, redacted: bool) -> str:
    return f"{wording.UNKNOWN}: {f'reason {wording.REDACTED}' if redacted else reason}"


def answer_text(answer: Answer, item: Item) -> str:
    """An answer in the words of its item: the level with its number, or the number with its unit."""
    if item.levels:
        label = next(level.label for level in item.levels if level.value == answer)
        return label if isinstance(answer, str) or label[0].isdigit() else f"{answer}: {label}"
    if not item.unit or item.kind is not ItemKind.NUMBER:
        return _number(answer)
    return f"{_number(answer)} {item.unit.removesuffix('s') if answer == 1 else item.unit}"


def _number(answer: Answer) -> str:
    return f"{answer:g}" if isinstance(answer, float) else str(answer)


def _versions(submission: Submission) -> tuple[Fact, ...]:
    instrument, result = submission.assessment.instrument, submission.result
    library = result.library
    return (
        Fact("Form", f"{instrument.title} ({instrument.name} {instrument.version})"),
        Fact("Reference library", f"{library.name} {library.version}"),
        Fact("Library content (sha256)", library.sha256[:SHA_SHOWN]),
        Fact("Engine", result.engine_version),
        Fact("Notice", wording.NOTICE_VERSION),
    )
