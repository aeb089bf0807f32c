"""The harm score of one person, with the part of every offence, marker and report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.storage import (
    Moment,
    Source,
    StoredHistory,
    StoredMarker,
    StoredOffence,
    StoredReport,
    Transaction,
)
from rms.errors import NotFound
from rms.harm.bands import Cuts, band_of
from rms.harm.history import DrugMarker, HarmHistory, HarmOffence, IntelligenceReport
from rms.harm.score import HarmScore, counted_offences, harm_score, is_suspected, suspect_figure
from rms.harm.working import Working, working

UNKNOWN = "There is no such person."


@dataclass(frozen=True)
class OffencePart:
    """An offence with its place in the severity table, and its points in the score by component.

    `category`, `group` and `days` are None if the code is unknown. `counts`: whether it counts at all.
    `suspected`: the person is only suspected of it.
    """

    offence: StoredOffence
    category: str | None
    group: str | None
    days: float | None
    counts: bool
    points: Mapping[str, float]
    suspected: bool = False

    @property
    def total(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class MarkerPart:
    marker: StoredMarker
    points: float


@dataclass(frozen=True)
class ReportPart:
    report: StoredReport
    points: float


@dataclass(frozen=True)
class Explanation:
    """A score and what it rests on. `score` and its `working` are None if no offence counts.

    Parts that give nothing are listed too, with 0 points. `suspected` is a separate figure: None, and no
    such offence is listed, unless the policy of the agency is to show them. `last`: the score of the last
    calculation, from the records of that time. `sources`: those with records of the person.
    """

    person: int
    day: date
    rules: HarmRules
    score: HarmScore | None
    band: str | None
    cuts: Cuts | None
    offences: tuple[OffencePart, ...]
    markers: tuple[MarkerPart, ...]
    reports: tuple[ReportPart, ...]
    suspected: int | None
    moments: tuple[Moment, ...]
    working: Working | None
    last: float | None
    sources: tuple[Source, ...]


def refuse_unseen(tx: Transaction, person: int) -> None:
    """
    Raises
    ------
    NotFound
        If the caller may not see the person, or there is none.
    """
    if not tx.caseload.may_write_about(person) or not tx.people.exists(person):
        raise NotFound(UNKNOWN)


def explain_score(context: Context, person: int, *, rules: HarmRules, day: date | None = None) -> Explanation:
    """The score of a person on a day, by default the day of the last calculation, with all its parts.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there is none.
    """
    with context.store.reading() as tx:
        refuse_unseen(tx, person)
        tx.audit.looked("harm.explained", person=person)
        history = tx.harm.history_of(person)
        cuts = _cuts(tx)
        stored = tx.harm.of(person)
        last = tx.harm.last_refresh()
        moments = tx.harm.history(person)
        shows_suspected = tx.suspect_policies.shows_suspected()
        names = {record.source for record in tx.details.records(person)}
        sources = tuple(source for source in tx.records.sources() if source.name in names)
    on = day or (stored.day if stored else last.day if last else context.today)
    known = history_in(history, rules)
    score = harm_score(known, on=on, settings=rules.settings)
    return Explanation(
        person=person,
        day=on,
        rules=rules,
        score=score,
        band=band_of(score.score, cuts) if score and cuts else None,
        cuts=cuts,
        offences=tuple(
            part
            for part in _offences(history, known, score, on=on, rules=rules)
            if shows_suspected or not part.suspected
        ),
        markers=tuple(MarkerPart(marker, _points(score, "drugs", marker)) for marker in history.markers),
        reports=tuple(
            ReportPart(report, _points(score, "intelligence", report)) for report in history.reports
        ),
        suspected=suspect_figure(known, on=on, settings=rules.settings) if shows_suspected else None,
        moments=moments,
        working=working(known, on=on, settings=rules.settings),
        last=stored.score if stored else None,
        sources=sources,
    )


def person_of(
    context: Context, *, number: str | None = None, source: str | None = None, source_id: str | None = None
) -> int:
    """The key of a person, by their offender number or by their ID in a source system.

    Raises
    ------
    NotFound
        If there is none.
    """
    with context.store.reading() as tx:
        found = tx.people.key(number) if number else tx.records.person_of(source or "", source_id or "")
    if found is None:
        raise NotFound("There is no person with this number or ID.")
    return found


def _cuts(tx: Transaction) -> Cuts | None:
    stored = tx.harm.cuts()
    return None if stored is None else Cuts("", stored.day, stored.scores)


def history_in(history: StoredHistory, rules: HarmRules) -> HarmHistory:
    """The domain's values. An ID begins with the source's own, because the lowest of equals decides."""
    return HarmHistory(
        tuple(
            HarmOffence(
                key_in_history(one),
                one.committed_on,
                rules.table.days_of(one.code, one.committed_on),
                one.code,
                one.outcome,
                one.stage,
            )
            for one in history.offences
        ),
        tuple(
            DrugMarker(key_in_history(one), one.kind, one.first_day, one.last_day) for one in history.markers
        ),
        tuple(IntelligenceReport(key_in_history(one), one.grade, one.reported_on) for one in history.reports),
    )


def key_in_history(one: StoredOffence | StoredMarker | StoredReport) -> str:
    return f"{one.source_id}\n{one.source}"


def _points(
    score: HarmScore | None, component: str, one: StoredOffence | StoredMarker | StoredReport
) -> float:
    return 0.0 if score is None else score.parts[component].get(key_in_history(one), 0.0)


def _offences(
    history: StoredHistory, known: HarmHistory, score: HarmScore | None, *, on: date, rules: HarmRules
) -> Iterator[OffencePart]:
    counted = {one.id for one in counted_offences(known, on=on, settings=rules.settings)}
    for offence in history.offences:
        severity = rules.table.severity_of(offence.code, offence.committed_on)
        yield OffencePart(
            offence,
            category=severity.category if severity else None,
            group=severity.group if severity else None,
            days=severity.days if severity else None,
            counts=key_in_history(offence) in counted,
            points={
                name: points
                for name in ("recency", "frequency", "severity")
                if (points := _points(score, name, offence))
            },
            suspected=is_suspected(offence.outcome, offence.stage, settings=rules.settings),
        )
