"""The library that compares many records finds the same pairs, evidence and weights as the plain rules."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.services.records import linkage
from api.services.records.linkage import MOST_ALIKE, Likely, Subject, likely_duplicates
from rms.people.matching import (
    LEAST_PROBABILITY,
    Comparable,
    comparable,
    evidence,
    is_candidate,
    may_be_one_person,
    probability,
    share_of_name,
    weight,
)

FORENAMES = ("Ann", "Anna", "Annabel", "A", "Li", "Wei", "Mary Ann", "Zoë", "明", None)
SURNAMES = ("Smith", "Smyth", "Smith-Jones", "Li", "Wei", "Łukasz", "O'Hara", "", "дом", "дома")
BORN = (date(1990, 9, 14), date(1991, 9, 14), date(1960, 9, 14), date(1990, 9, 15), date(1970, 1, 1), None)
PNC = ("1967/9893091D", "67/9893091D", "2001/0171310W", "2001/0171310S", "", "null")
CRO = ("65656/91H", "065656/91H", "000000/00Z", "")

records = st.builds(
    comparable,
    forename=st.sampled_from(FORENAMES),
    surname=st.sampled_from(SURNAMES),
    date_of_birth=st.sampled_from(BORN),
    sex=st.sampled_from(("female", "male", "other", "unknown", None)),
    pnc_text=st.sampled_from(PNC),
    cro_text=st.sampled_from(CRO),
)
subjects = st.lists(
    st.tuples(records, st.integers(1, 6), st.sampled_from((None, None, "A1", "A2")), st.booleans()),
    max_size=12,
).map(
    lambda rows: [
        Subject(10 * place, person, number, changed, told)
        for place, (told, person, number, changed) in enumerate(rows, 1)
    ]
)


# What two records have the same of, if they are compared at all.
BLOCKS = (
    *(("pnc",), ("cro",), ("date_of_birth", "surname"), ("date_of_birth", "forename")),
    *(("date_of_birth", "words"), ("full_name", "decade")),
)


def of_block(one: Comparable, block: tuple[str, ...]) -> tuple[object, ...] | None:
    values = tuple(getattr(one, name) for name in block)
    return None if None in values else values


def plain(subjects: Sequence[Subject], *, everybody: bool, most: int = MOST_ALIKE) -> list[Likely]:
    """Every pair by itself, with the rules of the domain. `most`: records of a block that are compared."""
    sizes = {block: Counter(of_block(one.told, block) for one in subjects) for block in BLOCKS}

    def are_compared(one: Comparable, other: Comparable) -> bool:
        return any(
            of_block(one, block) == of_block(other, block) is not None
            and sizes[block][of_block(one, block)] <= most
            for block in BLOCKS
        )

    names = Counter(one.told.full_name for one in subjects if one.told.full_name)
    found = []
    for one, other in combinations(subjects, 2):
        said = evidence(one.told, other.told)
        share = share_of_name(names[one.told.full_name], names.total()) if one.told.full_name else None
        bits = weight(said, records=len(subjects), share_of_name=share)
        if (
            one.person != other.person
            and may_be_one_person(one.number, other.number)
            and (everybody or one.changed or other.changed)
            and is_candidate(said)
            and are_compared(one.told, other.told)
            and probability(bits) >= LEAST_PROBABILITY
        ):
            found.append(Likely(one.record, other.record, bits, said))
    return sorted(found, key=lambda pair: (pair.first, pair.second))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(subjects, st.booleans(), st.sampled_from((2, 3, MOST_ALIKE)))
def test_the_library_finds_what_the_plain_rules_find(
    subjects: list[Subject], everybody: bool, most: int
) -> None:
    with patch.object(linkage, "MOST_ALIKE", most):
        likely = likely_duplicates(subjects, everybody=everybody)
    found = sorted(likely.pairs, key=lambda pair: (pair.first, pair.second))
    expected = plain(subjects, everybody=everybody, most=most)
    assert [(one.first, one.second, one.evidence) for one in found] == [
        (one.first, one.second, one.evidence) for one in expected
    ]
    assert [one.weight for one in found] == pytest.approx([one.weight for one in expected], abs=1e-9)


def test_the_most_probable_pair_comes_first() -> None:
    def ann(surname: str, **more: str) -> Comparable:
        return comparable(forename="Ann", surname=surname, date_of_birth=BORN[0], **more)

    told = (ann("Smith"), ann("Smyth"), ann("Brown", pnc_text=PNC[0]), ann("Brown", pnc_text=PNC[1]))
    found = likely_duplicates(
        [Subject(key, key, None, True, one) for key, one in enumerate(told, 1)], everybody=True
    )
    assert [(pair.first, pair.second) for pair in found.pairs] == [(3, 4), (1, 2)]
    assert found.too_alike == 0


def test_records_that_many_resemble_are_counted_and_not_all_compared() -> None:
    """A name and a date of birth that a whole file has would give a pair for each two of its rows."""
    everyone = comparable(forename="Ann", surname="Smith", date_of_birth=BORN[0])
    pair = comparable(forename="Bo", surname="Park", date_of_birth=BORN[1])
    told = [*[everyone] * (MOST_ALIKE + 1), pair, pair]
    found = likely_duplicates(
        [Subject(key, key, None, True, one) for key, one in enumerate(told, 1)], everybody=True
    )
    last = len(told)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(last - 1, last)]
    assert found.too_alike == MOST_ALIKE + 1


def test_the_service_starts_without_the_library() -> None:
    started = "import sys, api.cli, api.app; sys.exit(bool({'splink', 'duckdb', 'pyarrow'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", started], check=False).returncode == 0
