"""How much costly work runs at once, how much waits, and what is refused."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from api.services.access.password_hashing import SignInBusy
from api.services.turns import Turns


def take(turns: Turns) -> None:
    with turns.turn():
        pass


def test_one_waits_and_the_rest_are_refused_at_once() -> None:
    turns = Turns(running=1, waiting=1, patience=60, busy=SignInBusy)
    with ThreadPoolExecutor(5) as threads:
        with turns.turn():
            others = [threads.submit(take, turns) for _ in range(5)]
            refused = list(islice(as_completed(others, timeout=30), 4))  # none of them waits a minute
            assert {type(one.exception()) for one in refused} == {SignInBusy}
            [waiting] = set(others) - set(refused)
            assert not waiting.done()
        assert waiting.exception(timeout=30) is None


def test_waiting_ends_with_the_patience() -> None:
    turns = Turns(running=1, waiting=1, patience=0.01, busy=SignInBusy)
    with turns.turn():
        for _ in range(3):  # one that gave up does not count as waiting
            with pytest.raises(SignInBusy):
                take(turns)
    take(turns)


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns(running=1, waiting=0, patience=0, busy=SignInBusy)
    for _ in range(3):
        with pytest.raises(RuntimeError), turns.turn():
            raise RuntimeError
