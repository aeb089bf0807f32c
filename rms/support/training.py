"""Training: fictional people, who are part of RMS and in no database, and exercises about them.

All dates belong to one fixed day, so nothing here goes out of date. The harm scores are calculated with the
formula, the settings and the severity table that come with RMS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from rms.errors import NotFound
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.history import DrugMarker, HarmHistory, HarmOffence, IntelligenceReport
from rms.harm.score import HarmScore, counted_offences, harm_score
from rms.harm.settings import COMPONENTS
from rms.records.current import is_hidden_in_custody

DAY = date(2026, 6, 30)
LATER = date(2026, 12, 31)  # half a year after it
BURGLARY, ROBBERY, SHOPLIFTING, TRAFFICKING = "02801", "03401", "04600", "09200"
UNKNOWN = "There is no such exercise."


@dataclass(frozen=True)
class FictionalPerson:
    """A person of the training. `release`: in custody until that day; None: not in custody."""

    name: str
    age: int
    managed_by: str | None
    history: HarmHistory
    release: date | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the offender list leaves the person out because of custody."""
        stated = self.release is not None
        return is_hidden_in_custody(DAY, stated=stated, custody_from=None, release_date=self.release)


@dataclass(frozen=True)
class Exercise:
    """A task with one right answer. `about`: whose details its page shows; None: only the list.

    `options`: what can be answered, by name. `right` is the name of the right one, `because` says why.
    """

    name: str
    title: str
    task: str
    options: Mapping[str, str]
    right: str
    because: str
    about: FictionalPerson | None = None


def _offence(id: str, on: str, code: str, outcome: int, stage: str | None = None) -> HarmOffence:
    day = date.fromisoformat(on)
    return HarmOffence(id, day, crime_harm_index().days_of(code, day), code, outcome, stage)


@cache
def fictional_people() -> tuple[FictionalPerson, ...]:
    """The people of the training, by name. Their surname stands for none of a real person."""
    dependent = DrugMarker("D1", "class_a_dependent", date(2025, 1, 1))
    supply = DrugMarker("D1", "supply", date(2025, 8, 1))
    reports = tuple(IntelligenceReport(f"I{n}", grade, date(2026, 4, n)) for n, grade in enumerate("ABB", 1))
    burglar = (
        _offence("O1", "2026-04-12", BURGLARY, 1, "charged"),
        _offence("O2", "2025-11-02", BURGLARY, 1, "convicted"),
        _offence("O3", "2025-06-20", ROBBERY, 1, "convicted"),
    )
    robber = tuple(_offence(f"O{n}", f"2026-0{n}-11", ROBBERY, 1, "charged") for n in (1, 2, 3, 4, 5))
    thief = tuple(_offence(f"O{n}", f"2026-06-{n:02}", SHOPLIFTING, 1, "charged") for n in range(1, 12))
    mixed = (
        _offence("O1", "2024-03-05", BURGLARY, 1, "convicted"),
        _offence("O2", "2025-09-14", SHOPLIFTING, 8),
        _offence("O3", "2026-02-01", BURGLARY, 15, "suspected"),
        _offence("O4", "2026-05-19", ROBBERY, 18),
    )
    dealer = (
        _offence("O1", "2026-01-21", TRAFFICKING, 1, "awaiting_court"),
        _offence("O2", "2025-03-30", TRAFFICKING, 1, "convicted"),
    )
    long_ago = (_offence("O1", "2017-02-08", ROBBERY, 1, "convicted"),)
    return (
        FictionalPerson("Ash Sample", 24, "PC Sample", HarmHistory(burglar)),
        FictionalPerson("Billie Sample", 31, None, HarmHistory(robber), release=date(2027, 3, 1)),
        FictionalPerson("Charlie Sample", 38, None, HarmHistory(thief, (dependent,))),
        FictionalPerson("Drew Sample", 19, None, HarmHistory(mixed)),
        FictionalPerson("Eden Sample", 27, "PC Sample", HarmHistory(dealer, (supply,), reports)),
        FictionalPerson("Frankie Sample", 52, None, HarmHistory(long_ago)),
    )


def score_of(person: FictionalPerson, *, on: date = DAY) -> HarmScore:
    """The harm score on a day. Each of the people has one."""
    score = harm_score(person.history, on=on, settings=harm_settings())
    assert score is not None
    return score


@cache
def exercises() -> tuple[Exercise, ...]:
    """The exercises, in the order in which they are best done."""
    return (_first_on_list(), _what_counts(), _most_points(), _half_a_year_later(), *_about_numbers())


def exercise_named(name: str) -> Exercise:
    """
    Raises
    ------
    NotFound
        If there is none of that name.
    """
    found = next((one for one in exercises() if one.name == name), None)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def _first_on_list() -> Exercise:
    shown = [person for person in fictional_people() if not person.is_hidden]
    first = max(shown, key=lambda person: score_of(person).score)
    return Exercise(
        name="first",
        title="Who is first?",
        task="The offender list opens with its usual filter. Who is first on it?",
        options={person.name.partition(" ")[0].lower(): person.name for person in fictional_people()},
        right=first.name.partition(" ")[0].lower(),
        because="Billie has a higher score, and is in custody more than three months before release. The "
        "list leaves such people out, unless you tick “Show hidden people”.",
    )


def _what_counts() -> Exercise:
    drew = fictional_people()[3]
    counted = counted_offences(drew.history, on=DAY, settings=harm_settings())
    return Exercise(
        name="counted",
        title="Which offences count?",
        task="How many of Drew’s offences count in the harm score?",
        options={str(number): str(number) for number in range(1, len(drew.history.offences) + 1)},
        right=str(len(counted)),
        because="A charge and a community resolution count. An offence that somebody is only suspected of "
        "never counts, and neither does one for which no suspect was identified.",
        about=drew,
    )


def _most_points() -> Exercise:
    eden = fictional_people()[4]
    score, weights = score_of(eden), harm_settings().weights
    return Exercise(
        name="points",
        title="Where do the points come from?",
        task="Which component gives Eden’s harm score the most points?",
        options={name: name.capitalize() for name in COMPONENTS},
        right=max(COMPONENTS, key=lambda name: weights[name] * float(getattr(score, name))),
        because="The points of a component are its value times its share in the score. The highest value "
        "does not always give the most points.",
        about=eden,
    )


def _half_a_year_later() -> Exercise:
    ash = fictional_people()[0]
    now, later = (score_of(ash, on=day).score for day in (DAY, LATER))
    return Exercise(
        name="later",
        title="Half a year later",
        task="In the next six months nothing new about Ash comes on record. What happens to the score?",
        options={"rises": "It rises", "same": "It stays the same", "falls": "It falls"},
        right="falls" if later < now else "rises" if later > now else "same",
        because=f"Offences count less as they get older. The score falls to {score_of(ash, on=LATER).shown}.",
        about=ash,
    )


def _about_numbers() -> tuple[Exercise, ...]:
    ash = fictional_people()[0]
    shown = score_of(ash).shown
    return (
        Exercise(
            name="says",
            title="What does the score say?",
            task=f"Ash has a harm score of {shown}. What does it say?",
            options={
                "percent": f"With {shown}% probability, Ash offends again.",
                "record": "It describes what is on record about Ash: how much harm, how recent, how often.",
                "worse": "Ash is more dangerous than everybody with a lower score.",
            },
            right="record",
            because="The harm score looks back, at what is on record. It is no probability.",
            about=ash,
        ),
        Exercise(
            name="prediction",
            title="What may you do with a prediction?",
            task="The page Prediction shows 62% for somebody. What may you do because of it?",
            options={
                "search": "Search their home.",
                "read": "Read their records and other sources, and then decide what to do.",
                "select": "Select them for management without a look at the records.",
                "refuse": "Refuse them a service.",
            },
            right="read",
            because="A prediction says whose records to read next. It is never the only reason to decide.",
        ),
        Exercise(
            name="reason",
            title="Which reason is one?",
            task="You recommend that Charlie is selected for management. Which reason can stand?",
            options={
                "score": "The harm score is high.",
                "facts": "Eleven thefts in June, dependent on class A drugs, and nobody manages Charlie.",
                "family": "The family is well known to us.",
            },
            right="facts",
            because="A reason names facts that others can check. A number or an opinion is none.",
            about=fictional_people()[2],
        ),
    )
