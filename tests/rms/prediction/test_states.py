"""How a model goes from training to use, and back."""

from itertools import product

import pytest

from rms.errors import Conflict
from rms.prediction.states import STATE_WORDS, State, check_change

ALLOWED = {
    ("trained", "approved"),
    ("approved", "shadow"),
    ("shadow", "current"),
    ("replaced", "current"),
    ("current", "replaced"),
    ("current", "rolled_back"),
    *((state, "withdrawn") for state in ("trained", "approved", "shadow", "replaced", "rolled_back")),
}
CHANGES = [(before, after) for before, after in product(State, State) if after is not State.TRAINED]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_change_follows_from_the_state(before: State, after: State) -> None:
    if (before, after) in ALLOWED:
        check_change("m", before, after, by="ada", trained_by="ana")
    else:
        with pytest.raises(Conflict, match=f"Model m is {STATE_WORDS[before]}"):
            check_change("m", before, after, by="ada", trained_by="ana")


def test_who_trained_a_model_cannot_approve_it() -> None:
    with pytest.raises(Conflict, match="Another person"):
        check_change("m", State.TRAINED, State.APPROVED, by="ana", trained_by="ana")
