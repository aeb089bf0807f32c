"""How much costly work runs at once, how much waits, and what is refused."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from api.services.access.password_hashing import SignInBusy
from api.services.turns import AlreadyRunning, Turns


def take(turns: Turns, account: str = "other") -> None:
    with turns.turn(account):
        pass


def test_one_waits_and_the_rest_are_refused_at_once() -> None:
    turns = Turns(running=1, waiting=1, patience=60, busy=SignInBusy)
    with ThreadPoolExecutor(5) as threads:
        with turns.turn("one"):
            others = [threads.submit(take, turns, f"other {n}") for n in range(5)]
            refused = list(islice(as_completed(others, timeout=30), 4))  # none of them waits a minute
            assert {type(one.exception()) for one in refused} == {SignInBusy}
            [waiting] = set(others) - set(refused)
            assert not waiting.done()
        assert waiting.exception(timeout=30) is None


def test_waiting_ends_with_the_patience() -> None:
    turns = Turns(running=1, waiting=1, patience=0.01, busy=SignInBusy)
    with turns.turn("one"):
        for _ in range(3):  # one that gave up does not count as waiting
            with pytest.raises(SignInBusy):
                take(turns)
    take(turns)


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns(running=1, waiting=0, patience=0, busy=SignInBusy)
    for _ in range(3):
        with pytest.raises(RuntimeError), turns.turn("one"):
            raise RuntimeError


def test_an_account_has_one_turn_and_the_others_are_for_the_rest() -> None:
    turns = Turns(running=2, waiting=1, patience=0, busy=SignInBusy)
    with turns.turn("one"):
        for _ in range(3):
            with pytest.raises(AlreadyRunning):
                take(turns, "one")
        take(turns, "other")
        with turns.turn("third"), pytest.raises(SignInBusy):
            take(turns, "other")
    take(turns, "one")


def test_an_account_that_waits_has_its_turn() -> None:
    turns = Turns(running=1, waiting=2, patience=60, busy=SignInBusy)
    with ThreadPoolExecutor(2) as threads:
        with turns.turn("one"):
            both = [threads.submit(take, turns, "other") for _ in range(2)]
            refused = next(as_completed(both, timeout=30))
            assert type(refused.exception()) is AlreadyRunning
        [waited] = set(both) - {refused}
        assert waited.exception(timeout=30) is None
