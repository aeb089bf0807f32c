"""What the offender list is meant to change, with a measure for each step, and the plan of evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rms.errors import InvalidInput, Problem
from rms.instrument.reading import placed, read_toml
from rms.instrument.shape import WRITTEN, Key, Keys, tables_with, wrong_keys

# The steps of the chain, each of which leads to the next.
STAGES: Mapping[str, str] = {
    "inputs": "Inputs",
    "activities": "Activities",
    "outputs": "Outputs",
    "outcomes": "Outcomes",
    "impact": "Impact",
}


@dataclass(frozen=True)
class LogicEntry:
    """An entry of a stage. `measure`: how one sees whether it holds. `shown`: where in RMS, if at all."""

    text: str
    measure: str
    shown: str = ""


@dataclass(frozen=True)
class PlanEntry:
    """A question of the evaluation, and how it is answered."""

    question: str
    how: str


@dataclass(frozen=True)
class LogicModel:
    """`stages`: the entries of each stage, by the names of `STAGES`, in their order."""

    title: str
    owner: str
    stages: Mapping[str, Sequence[LogicEntry]]
    plan: Sequence[PlanEntry]


ENTRY: Keys = {"text": Key(WRITTEN, needed=True), "measure": Key(WRITTEN, needed=True), "shown": Key(WRITTEN)}
PLAN: Keys = {"question": Key(WRITTEN, needed=True), "how": Key(WRITTEN, needed=True)}
KEYS: Keys = {
    "title": Key(WRITTEN, needed=True),
    "owner": Key(WRITTEN, needed=True),
    **{stage: Key(tables_with(ENTRY), needed=True) for stage in STAGES},
    "plan": Key(tables_with(PLAN), needed=True),
}


@cache
def shipped_logic_model() -> LogicModel:
    """The one that comes with RMS."""
    return logic_model_from(files(__package__).joinpath("logic_model.toml").read_text(encoding="utf-8"))


def logic_model_from(text: str) -> LogicModel:
    """The logic model from the text of its TOML file.

    Raises
    ------
    InvalidInput
        With every problem. The pointer is the line and the key: `/12/measure`.
    """
    source = read_toml(text)
    if problems := [*wrong_keys(source, KEYS), *_empty(source)]:
        raise InvalidInput(placed(problems, text))
    return LogicModel(
        source["title"],
        source["owner"],
        {stage: tuple(LogicEntry(**entry) for entry in source[stage]) for stage in STAGES},
        tuple(PlanEntry(**entry) for entry in source["plan"]),
    )


def _empty(source: Mapping[str, Any]) -> Iterator[Problem]:
    for stage in (*STAGES, "plan"):
        if source.get(stage) == []:
            yield Problem(f"/{stage}", "logic_model", f"{stage} must have one entry or more.")
