"""What every rule returns: an outcome, all its reasons, and what it was decided from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Value = str | int | float | bool | date | None


@dataclass(frozen=True)
class Reason:
    """A row of a rule set that is true of the case.

    `row`: its name in the rule set. `says`: the row as a sentence with its values. `fields`: the inputs that
    make it true. `records`: the IDs of the records that those inputs came from, as far as they are known.
    """

    row: str
    says: str
    fields: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """What is missing, contradictory or unknown in the inputs. `name` is stable; `says` is for people."""

    name: str
    says: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a rule says of one case on the day `as_at`.

    `outcome`: one of the outcomes of the rule, None where the rule gives none. `rule_set`: the version of
    the table that was applied. `inputs`: every input that the rule was given, by name. `results`: figures and
    dates that belong to the outcome, such as the date of handover. `flags` say what to check in the inputs.
    """

    rule: str
    rule_set: str
    as_at: date
    outcome: str | None
    reasons: tuple[Reason, ...]
    inputs: Mapping[str, Value]
    flags: tuple[Flag, ...] = ()
    results: Mapping[str, Value] = field(default_factory=dict)
