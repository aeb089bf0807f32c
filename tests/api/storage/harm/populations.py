"""A small population drawn from a seed: stored in a database, and as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from api.storage import Store
from api.storage.harm.scores import COLUMNS
from api.storage.records.areas import AreaRow
from api.storage.records.loading import DETAILS, PersonRow, Row
from rms.engine.result import Result, Simulation, Status
from rms.engine.scale import PROCESSES, hundredths
from rms.harm.listing import Candidate, CommittedOffence
from rms.harm.settings import BANDS
from rms.people.names import name_key
from tests.api.rows import change
from tests.api.storage.examples import AT, assessment, result

TODAY = date(2026, 3, 4)
BEFORE = date(2026, 1, 5)  # of the first calculation of scores
# Each area with all that are above it.
AREAS = {
    "F": ("F",),
    "L1": ("L1", "F"),
    "L2": ("L2", "F"),
    "W1": ("W1", "L1", "F"),
    "W2": ("W2", "L1", "F"),
    "W3": ("W3", "L2", "F"),
}
CODES = ("02801", "03401", "04600", "99999")
FORENAMES = ("Ann", "Anna", "Bo", "Łukasz", None)
SURNAMES = ("Okoro", "Okoro-Lee", "O'Brien", "Li", None)
DAYS_OLD = (0, 1, 30, 400, 2000)
SCORES = (1.0, 1.32, 1.33, 1.67, 1.68, 2.0, None)
OFFICE = "North"  # is no area


@dataclass(frozen=True)
class Drawn:
    """A person: what is on record, the band at each calculation, and the offices by their names."""

    number: str
    forenames: tuple[str | None, ...]
    surnames: tuple[str | None, ...]
    home: str | None
    office: str | None  # another than the home area
    on_caseload: bool
    scores: tuple[float, float]
    bands: tuple[int, int]
    candidate: Candidate


def drawn(seed: int, people: int) -> list[Drawn]:
    random = Random(seed)
    return [_person(random, f"P{place:03d}") for place in range(people)]


def _person(random: Random, number: str) -> Drawn:
    records = random.choice((1, 1, 2))
    forenames = tuple(random.choice(FORENAMES) for _ in range(records))
    surnames = tuple(random.choice(SURNAMES) for _ in range(records))
    home = random.choice((*AREAS, "W1", "W2", "W3", None))
    bands = random.choice(range(5)), random.choice(range(5))
    scores = (
        random.choice((10.0, 20.5, 20.5, 33.25)) + bands[0],
        random.choice((10.0, 20.5, 33.25)) + bands[1],
    )
    born = random.choice((None, _years(25), _years(25, 1), _years(18), _years(18, 1), date(1970, 5, 5)))
    recidivism = random.choice(SCORES)
    is_scored = random.random() < 0.9
    candidate = Candidate(
        score=scores[1] if is_scored else None,
        band=BANDS[bands[1]] if is_scored else None,
        bands=((BEFORE, BANDS[bands[0]]), (TODAY, BANDS[bands[1]])) if is_scored else (),
        born=born,
        home_areas=AREAS.get(home or "", ()),
        hidden_until=random.choice((None, None, None, TODAY, TODAY + timedelta(days=1), date.max)),
        deceased=random.random() < 0.1,
        managed=random.choice((True, False, None)),
        cohort=random.choice((None, None, "fixed", "flex", "free", "mixed", "not stated")),
        stage=random.choice((None, None, "suspected", "charged", "awaiting_court")),
        names=tuple(
            (forename and name_key(forename), surname and name_key(surname))
            for forename, surname in zip(forenames, surnames, strict=True)
        ),
        offences=tuple(_offence(random) for _ in range(random.choice((0, 1, 2, 4)))),
        recidivism=hundredths(recidivism) if random.random() < 0.5 else None,
    )
    office = random.choice((None, None, OFFICE, "W1", "W3"))
    return Drawn(number, forenames, surnames, home, office, random.random() < 0.2, scores, bands, candidate)


def _years(years: int, days: int = 0) -> date:
    return date(TODAY.year - years, TODAY.month, TODAY.day) + timedelta(days=days)


def _offence(random: Random) -> CommittedOffence:
    return CommittedOffence(
        code=random.choice(CODES),
        on=TODAY - timedelta(days=random.choice((-1, *DAYS_OLD))),
        outcome=random.choice((None, 1, 1, 1, 8, 9, 14)),
        stage=random.choice((None, "charged", "convicted", "suspected")),
        areas=AREAS[area] if (area := random.choice((*AREAS, ""))) else (),
    )


def stored(population: Sequence[Drawn], store: Store, url: str) -> Mapping[int, Drawn]:
    """The population by key, after it was stored. The user with the key 1 has the caseload."""
    with store.transaction() as tx:
        tx.accounts.add_user("worker", password_hash="x", role="case_worker", by="test", at=AT)
        tx.offices.add(OFFICE, parent=1, by="test", at=AT)
        areas = [
            AreaRow(2, code, f"Area {code}", "ward", above[1] if above[1:] else None)
            for code, above in AREAS.items()
        ]
        tx.records.load_areas(areas, by="test", at=AT)
        keys = {}
        for copy in range(2):
            source = tx.records.source(f"source {copy}", as_at=TODAY, at=AT)
            rows = [_row(one, copy) for one in population if len(one.forenames) > copy]
            assert not tx.records.loading(source, by="test", at=AT).people(rows).refused
        loading = tx.records.loading(tx.records.source("source 0", as_at=TODAY, at=AT), by="test", at=AT)
        assert not loading.rows("offences", [row for one in population for row in _offences(one)]).refused
        for one in population:
            keys[one.number] = tx.people.key(one.number)
        offices = {office.name: office.id for office in tx.offices.all()}
        for one in population:
            if one.office is not None:
                name = one.office if one.office == OFFICE else f"Area {one.office}"
                tx.belonging.move(keys[one.number], office=offices[name], by="test", at=AT)
            if one.on_caseload:
                tx.caseload.assign(keys[one.number], to=1, by="test", at=AT)
        for calculation, day in enumerate((BEFORE, TODAY)):
            scored = sorted((keys[one.number], one) for one in population if one.candidate.score is not None)
            homes = {one.number: offices[f"Area {one.home}"] for one in population if one.home}
            rows = [_scores(key, one, calculation, day, homes.get(one.number)) for key, one in scored]
            tx.harm.replace([key for key, _ in scored], rows, day=day)
        for one in population:
            if one.candidate.recidivism is not None:
                form = assessment(one.number)
                tx.submissions.add(form, _result(one.candidate.recidivism, result(form)), by="ada", at=AT)
    change(url, "DELETE FROM harm_due")
    return {keys[one.number]: one for one in population}


def _row(one: Drawn, copy: int) -> PersonRow:
    details = {
        **dict.fromkeys(DETAILS),
        "forename": one.forenames[copy],
        "surname": one.surnames[copy],
        "forename_key": one.candidate.names[copy][0],
        "surname_key": one.candidate.names[copy][1],
        "home_area": one.home if copy == 0 else None,
        "offender_number": one.number,
    }
    return PersonRow(2, one.number, details, None)


def _offences(one: Drawn) -> list[Row]:
    return [
        Row(
            2,
            f"{one.number}-{place}",
            one.number,
            (
                offence.code,
                offence.on,
                offence.areas[0] if offence.areas else None,
                None,
                None,
                offence.stage,
                offence.outcome,
                None,
            ),
        )
        for place, offence in enumerate(one.candidate.offences)
    ]


def _scores(key: int, one: Drawn, calculation: int, day: date, home: int | None) -> tuple[object, ...]:
    candidate = one.candidate
    values = {
        "person": key,
        "day": day,
        "score": one.scores[calculation],
        **dict.fromkeys(("recency", "frequency", "severity", "drugs", "intelligence"), 1.5),
        "band": one.bands[calculation],
        "counted": 1,
        "suspected": 0,
        "unknown_codes": 0,
        "last_offence": BEFORE,
        "home_area": home,
        **{
            name: getattr(candidate, name)
            for name in ("born", "hidden_until", "deceased", "managed", "cohort", "stage")
        },
    }
    return tuple(values[name] for name in COLUMNS)


def _result(score: int, like: Result) -> Result:
    simulations = tuple(
        Simulation(process, Status.SIMULATED, score / 100 if process == PROCESSES[0] else 1.5)
        for process in PROCESSES
    )
    return replace(like, simulations=simulations)
