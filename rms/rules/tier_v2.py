"""The tier, version 2: how much a case needs to protect people, and how much to help a person change.

The points stand in `sets/tier-v2.toml`. Source: Ministry of Justice, hmpps-tier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal

from rms.errors import InvalidInput, Problem, not_allowed
from rms.instrument.shape import NUMBER, SOME_TEXTS, TABLE_OF_NUMBERS, WHOLE, Key
from rms.rules.decision import Decision, Flag, Reason, Value
from rms.rules.needs import SEVERE, NeedFound
from rms.rules.rule_sets import RuleSetHead, read_rule_set

UNSUPERVISED = "S"  # after the letter and the number
_WHOLE_KEYS = (
    "weeks_of_assessment",
    "complexity_points",
    "women_points",
    "iom_points",
    "ogrs_divisor",
    "change_without_assessment",
)
_TABLES = ("rsr", "rosh", "mappa", "letters", "change")
KEYS = {
    **{name: Key(WHOLE, needed=True) for name in _WHOLE_KEYS},
    **{name: Key(TABLE_OF_NUMBERS, needed=True) for name in _TABLES},
    "highest_rsr": Key(NUMBER, needed=True),
    "complexity": Key(SOME_TEXTS, needed=True),
}


@dataclass(frozen=True)
class TierV2Case:
    """What is known of a case on a day; None is not known.

    `rsr` and `ogrs`: percent. `rosh`: low, medium, high or very_high. `mappa_level`: of the latest MAPPA
    registration, None without one. `complexity`: codes of registrations in force. `parenting` (6.9),
    `impulsive` (11.2 or 11.4) and `enforcement` count for women alone. `mandate`: a current custodial
    sentence, or a requirement that is neither restrictive nor unpaid work. `needs`: of the latest complete
    assessment, which was completed on `assessed_on`. `iom`: in a cohort of integrated offender management.
    `supervised`: the case is supervised. `records`: the ID of the record of each field.
    """

    sex: str
    rsr: float | None = None
    rosh: str | None = None
    mappa_level: int | None = None
    complexity: frozenset[str] = frozenset()
    parenting: bool = False
    impulsive: bool = False
    enforcement: bool = False
    mandate: bool = True
    needs: tuple[NeedFound, ...] = ()
    assessed_on: date | None = None
    ogrs: int | None = None
    iom: bool = False
    supervised: bool = True
    records: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> dict[str, Value]:
        kept = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("records", "needs", "complexity")
        }
        needs = {f"need_{found.rule.code}": found.score for found in self.needs}
        return {**kept, "complexity": " ".join(sorted(self.complexity)), **needs}


@dataclass(frozen=True)
class TierV2Rules:
    """`rsr`, `letters`, `change`: the bound from which each row holds, from the highest down."""

    head: RuleSetHead
    weeks_of_assessment: int
    highest_rsr: float
    complexity_points: int
    women_points: int
    iom_points: int
    ogrs_divisor: int
    change_without_assessment: int
    complexity: tuple[str, ...]
    rsr: tuple[tuple[Decimal, int], ...]
    rosh: Mapping[str, int]
    mappa: Mapping[str, int]
    letters: tuple[tuple[int, str], ...]
    change: tuple[tuple[int, str], ...]


def tier_v2(case: TierV2Case, rules: TierV2Rules, *, today: date) -> Decision:
    """
    Raises
    ------
    InvalidInput
        If RSR is outside 0 to the highest, or RoSH, MAPPA level or a complexity code is unknown.
    """
    if problems := list(_problems(case, rules)):
        raise InvalidInput(problems)
    protect = list(_protect(case, rules))
    change, flags = _change(case, rules, today)
    points = sum(amount for amount, _ in protect)
    letter = next(name for start, name in rules.letters if points >= start)
    return Decision(
        rule="tier",
        rule_set=rules.head.version,
        as_at=today,
        outcome=f"{letter}{change.number}{'' if case.supervised else UNSUPERVISED}",
        reasons=(*(reason for _, reason in protect), *change.reasons),
        inputs=case.inputs(),
        flags=(*_missing(case), *flags),
        results={"protect_points": points, "change_points": change.points},
    )


def _problems(case: TierV2Case, rules: TierV2Rules) -> Iterator[Problem]:
    if case.rsr is not None and not 0 <= case.rsr <= rules.highest_rsr:
        yield _wrong("rsr", case.rsr, f"0 to {rules.highest_rsr}")
    if case.rosh is not None and case.rosh not in rules.rosh:
        yield _wrong("rosh", case.rosh, f"one of {', '.join(rules.rosh)}")
    if case.mappa_level is not None and str(case.mappa_level) not in rules.mappa:
        yield _wrong("mappa_level", case.mappa_level, f"one of {', '.join(rules.mappa)}")
    for code in sorted(case.complexity - set(rules.complexity)):
        yield _wrong("complexity", code, f"one of {', '.join(rules.complexity)}")


def _protect(case: TierV2Case, rules: TierV2Rules) -> Iterator[tuple[int, Reason]]:
    """The points of the letter, each with its reason; rows of 0 points are none."""
    rsr, rosh = _rsr_points(case.rsr, rules), 0 if case.rosh is None else rules.rosh[case.rosh]
    if case.rsr is not None and rsr >= rosh and rsr:
        yield _counted(case, "rsr", rsr, f"RSR is {case.rsr:g} %")
    elif case.rosh is not None and rosh:
        yield _counted(case, "rosh", rosh, f"The risk of serious harm is {case.rosh.replace('_', ' ')}")
    if case.mappa_level is not None and (points := rules.mappa[str(case.mappa_level)]):
        yield _counted(case, "mappa_level", points, f"The MAPPA level is {case.mappa_level}")
    for code in sorted(case.complexity):
        yield _counted(case, "complexity", rules.complexity_points, f"Registration {code}")
    if case.sex == "female":
        yield from _women(case, rules)


def _women(case: TierV2Case, rules: TierV2Rules) -> Iterator[tuple[int, Reason]]:
    factors = {
        "parenting": "Responsibility for children (6.9)",
        "impulsive": "Impulsivity or temper (11.2, 11.4)",
        "enforcement": "Enforcement activity before",
    }
    for name, says in factors.items():
        if getattr(case, name):
            yield _counted(case, name, rules.women_points, says)


def _rsr_points(rsr: float | None, rules: TierV2Rules) -> int:
    exact = None if rsr is None else Decimal(repr(float(rsr)))
    return next((points for start, points in rules.rsr if exact is not None and exact >= start), 0)


@dataclass(frozen=True)
class _Change:
    number: str
    points: int | None
    reasons: tuple[Reason, ...]


def _change(case: TierV2Case, rules: TierV2Rules, today: date) -> tuple[_Change, tuple[Flag, ...]]:
    if not case.mandate:
        reason = Reason(
            "no mandate", "There is no mandate for change: 0.", ("mandate",), _records(case, "mandate")
        )
        return _Change("0", None, (reason,)), ()
    first = today - timedelta(weeks=rules.weeks_of_assessment)
    if case.assessed_on is None or case.assessed_on < first or case.assessed_on > today:
        number = str(rules.change_without_assessment)
        says = f"No complete assessment of the last {rules.weeks_of_assessment} weeks: {number}."
        flag = Flag("assessment_missing", says, ("assessed_on",))
        reason = Reason("no assessment", says, ("assessed_on",), _records(case, "assessed_on"))
        return _Change(number, None, (reason,)), (flag,)
    counted = [*_needs(case), *_change_extras(case, rules)]
    points = sum(amount for amount, _ in counted)
    reached = next(name for start, name in rules.change if points >= start)
    return _Change(reached, points, tuple(reason for _, reason in counted)), ()


def _needs(case: TierV2Case) -> Iterator[tuple[int, Reason]]:
    for found in case.needs:
        if found.is_present:
            points = found.rule.tier_weight * (2 if found.severity == SEVERE else 1)
            says = (
                f"Need {found.rule.label.lower()} is {found.severity} ({found.score} of {found.rule.highest})"
            )
            yield (
                points,
                Reason(f"need {found.rule.code}", f"{says}: {points}.", ("needs",), _records(case, "needs")),
            )


def _change_extras(case: TierV2Case, rules: TierV2Rules) -> Iterator[tuple[int, Reason]]:
    if case.ogrs is not None and (points := case.ogrs // rules.ogrs_divisor):
        yield _counted(case, "ogrs", points, f"OGRS is {case.ogrs} %")
    if case.iom:
        yield _counted(case, "iom", rules.iom_points, "Integrated offender management")


def _missing(case: TierV2Case) -> Iterator[Flag]:
    words = {"rsr": "RSR", "rosh": "risk of serious harm", "ogrs": "OGRS"}
    for name, called in words.items():
        if getattr(case, name) is None:
            yield Flag(f"{name}_missing", f"There is no {called}. It adds 0 points.", (name,))


def _counted(case: TierV2Case, name: str, points: int, says: str) -> tuple[int, Reason]:
    return points, Reason(name, f"{says}: {points}.", (name,), _records(case, name))


def _records(case: TierV2Case, name: str) -> tuple[str, ...]:
    return (case.records[name],) if name in case.records else ()


def _wrong(name: str, value: object, allowed: str) -> Problem:
    return Problem(f"/{name}", "tier", not_allowed(value, name=name, allowed=allowed))


def tier_v2_rules_from(text: str) -> TierV2Rules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`.
    """
    table = read_rule_set(text, KEYS)
    return TierV2Rules(
        head=RuleSetHead.of(table),
        **{name: table[name] for name in (*_WHOLE_KEYS, "highest_rsr", "rosh", "mappa")},
        complexity=tuple(table["complexity"]),
        rsr=tuple(sorted(((Decimal(start), points) for start, points in table["rsr"].items()), reverse=True)),
        letters=_falling(table["letters"]),
        change=_falling(table["change"]),
    )


def _falling(starts: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted(((start, name) for name, start in starts.items()), reverse=True))
