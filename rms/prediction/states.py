"""The states of a model, from training to its end, and which change leads from which to which."""

from collections.abc import Mapping
from enum import StrEnum

from rms.errors import Conflict


class State(StrEnum):
    """`SHADOW`: predictions are made and not shown. `CURRENT`: they are shown; at most one model is."""

    TRAINED = "trained"
    APPROVED = "approved"
    SHADOW = "shadow"
    CURRENT = "current"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Mapping[State, str] = {
    State.TRAINED: "trained",
    State.APPROVED: "approved",
    State.SHADOW: "in shadow",
    State.CURRENT: "current",
    State.REPLACED: "replaced",
    State.ROLLED_BACK: "rolled back",
    State.WITHDRAWN: "withdrawn",
}
PREDICTING = (State.CURRENT, State.SHADOW)
OUT_OF_USE = (State.ROLLED_BACK, State.WITHDRAWN)
# New state → the states from which a model gets there.
FROM: Mapping[State, tuple[State, ...]] = {
    State.APPROVED: (State.TRAINED,),
    State.SHADOW: (State.APPROVED,),
    State.CURRENT: (State.SHADOW, State.REPLACED),
    State.REPLACED: (State.CURRENT,),
    State.ROLLED_BACK: (State.CURRENT,),
    State.WITHDRAWN: (*(State.TRAINED, State.APPROVED, State.SHADOW), *(State.REPLACED, State.ROLLED_BACK)),
}


def check_change(version: str, before: State, after: State, *, by: str, trained_by: str) -> None:
    """Refuse a change that does not follow from the state, and an approval by who trained the model.

    Raises
    ------
    Conflict
        If the change is not allowed.
    """
    if before not in FROM[after]:
        allowed = " or ".join(STATE_WORDS[state] for state in FROM[after])
        raise Conflict(
            f"Model {version} is {STATE_WORDS[before]}. Only a model that is {allowed} can become "
            f"{STATE_WORDS[after]}."
        )
    if after is State.APPROVED and by == trained_by:
        raise Conflict(f"{by} trained model {version}. Another person must approve it.")
