"""The sieve lets everything through that the figures themselves would."""

from hypothesis import given
from hypothesis import strategies as st

from api.storage.bucket_mask import ANYTHING, need_bits, of_figures, score_bits
from rms.engine.filter import Bounds
from rms.engine.scale import PROCESSES
from rms.instrument import instrument

CODES = [need.code for need in instrument("rms").needs]
WHOLE = Bounds(0, 100)


def bounds(low: int, high: int) -> st.SearchStrategy[Bounds[int]]:
    ends = st.none() | st.integers(low, high)
    return st.builds(Bounds, ends, ends).filter(lambda pair: bool(pair) and not pair.is_reversed)


def test_those_of_the_form_that_comes_with_rms_share_no_place() -> None:
    places = [score_bits([process], Bounds(100, 200)) for process in PROCESSES]
    places += [need_bits(code, WHOLE) for code in CODES]
    assert sum(places).bit_count() == 4 * len(places)
    assert max(places) < 1 << 63


@given(code=st.text(max_size=4), percent=st.integers(0, 100), asked=bounds(0, 100))
def test_a_need_within_the_bounds_passes(code: str, percent: int, asked: Bounds[int]) -> None:
    if percent in asked:
        assert of_figures([], [(code, percent)]) & need_bits(code, asked)


@given(
    scores=st.tuples(st.integers(100, 200), st.integers(100, 200)),
    processes=st.sampled_from([PROCESSES, PROCESSES[:1], PROCESSES[1:]]),
    asked=bounds(0, 999),
)
def test_a_score_within_the_bounds_passes(
    scores: tuple[int, int], processes: tuple[str, ...], asked: Bounds[int]
) -> None:
    found = dict(zip(PROCESSES, scores, strict=True))
    if any(found[process] in asked for process in processes):
        assert of_figures(found.items(), []) & score_bits(processes, asked)


def test_what_is_not_known_has_no_bit_and_what_has_no_sieve_has_all() -> None:
    assert of_figures([("violence", None)], [("DRUG", None)]) == 0
    assert ANYTHING & need_bits("DRUG", Bounds(75, None))
