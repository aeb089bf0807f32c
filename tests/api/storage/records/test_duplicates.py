"""Likely duplicates: proposed, joined, separated for ever; everything about a record follows it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.storage import AGENCY, MinutesLine, Proposed, RankThen, Store
from api.storage.records.joining import ALREADY_ONE, KEPT_APART, TWO_NUMBERS
from api.storage.records.loading import Row
from api.storage.tables import ABOUT_A_PERSON
from rms.errors import Conflict, ListChanged
from rms.meetings.recommendations import Kind, Proposal, State
from rms.support.service_notes import ServiceNote
from tests.api.rows import rows
from tests.api.storage.examples import MARKS
from tests.api.storage.records.examples import (
    AT,
    DAY,
    EVIDENCE,
    LATER,
    REASON,
    end_search,
    join,
    key_of,
    load,
    load_three,
    offence,
    person,
    person_of,
    propose,
    separate,
)


@pytest.fixture
def user(store: Store) -> int:
    with store.transaction() as tx:
        return tx.accounts.add_user("sam", password_hash="x", role="supervisor", by="test", at=AT).id


def about(store: Store, person: int) -> dict[str, list[str]]:
    """The source IDs of the rows of each kind about a person."""
    with store.reading() as tx:
        return {
            kind: [row.source_id for row in found] for kind, found in tx.records.of_person(person).items()
        }


def test_everything_about_a_record_follows_a_join_and_its_undoing(store: Store, user: int) -> None:
    load_three(store)
    load(
        store, "people", [person("A", surname="Smith-Jones")], at=AT + timedelta(days=1)
    )  # an earlier version
    persons = [person_of(store, id) for id in ("A", "B")]
    before = [about(store, one) for one in persons]
    known = [_known(store, one) for one in persons]
    a, b = key_of(store, "A"), key_of(store, "B")

    stays = join(store, a, b, user=user)

    assert stays == persons[0]  # the person who was known first
    joined, empty = about(store, stays), about(store, persons[1])
    for kind in before[0]:
        assert sorted(joined[kind]) == sorted(before[0][kind] + before[1][kind]), kind
        assert not empty[kind], kind
    assert _known(store, stays) == sorted(known[0] + known[1])
    assert _number_of_people(store) == 2
    assert _due(store) >= {*persons}

    separate(store, a, b, user=user)

    assert [about(store, one) for one in persons] == before
    assert [_known(store, one) for one in persons] == known
    assert _number_of_people(store) == 3
    with store.reading() as tx:
        assert tx.duplicates.joined(most=10) == ()


def _known(store: Store, person: int) -> list[tuple[str, str]]:
    with store.reading() as tx:
        return sorted((one.kind, one.source_id) for one in tx.records.as_known(person, at=AT))


def _number_of_people(store: Store) -> int:
    with store.reading() as tx:
        return sum(tx.people.of_offices().values())


def _due(store: Store) -> frozenset[int]:
    with store.reading() as tx:
        return tx.harm.due()


def test_a_chain_of_joins_has_no_loop_and_an_update_reaches_the_person_who_stays(
    store: Store, user: int
) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    assert join(store, b, c, user=user) == person_of(store, "B")
    assert join(store, a, c, user=user) == person_of(store, "A")
    assert {person_of(store, id) for id in ("B", "C")} == {person_of(store, "A")}
    propose(store, (c, a), (a, b), (b, c))
    with store.reading() as tx:
        assert tx.duplicates.page(after=None, most=9).total == 0

    load(store, "people", [person("C", surname="Smith", home_area="W1")], at=LATER)
    load(store, "offences", [offence("O-C", "C", code="03401"), offence("O-new", "C", line=3)], at=LATER)

    stays = person_of(store, "A")
    assert "O-new" in about(store, stays)["offences"]
    assert [len(found) for found in about(store, stays).values()][0] == 3
    with store.reading() as tx:
        codes = {row.source_id: row.code for row in tx.records.of_person(stays)["offences"]}
    assert codes["O-C"] == "03401"


def test_a_join_of_one_person_is_refused(store: Store, user: int) -> None:
    load_three(store)
    a, b = key_of(store, "A"), key_of(store, "B")
    propose(store, (a, b))
    with store.reading() as tx:
        pair = tx.duplicates.pair(a, b)
    assert pair is not None
    join(store, a, b, user=user)
    with pytest.raises(Conflict, match=ALREADY_ONE), store.transaction() as tx:
        tx.joining.join(pair, reason=REASON, user=user, by="sam", at=LATER)


def test_separated_people_stay_apart_also_after_an_import_and_through_others(store: Store, user: int) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    propose(store, (a, b))
    with store.reading() as tx:
        pair = tx.duplicates.pair(a, b)
    assert pair is not None
    separate(store, a, b, user=user)

    for surname in ("Smith", "Smith Again"):  # both again, changed
        load(store, "people", [person("A", surname=surname), person("B", line=3, surname=surname)], at=LATER)
        assert propose(store, (a, b), everybody=False) == 0
    assert person_of(store, "A") != person_of(store, "B")
    with pytest.raises(Conflict, match=KEPT_APART), store.transaction() as tx:
        tx.joining.join(pair, reason=REASON, user=user, by="sam", at=LATER)

    join(store, b, c, user=user)
    assert propose(store, (a, c), (a, b)) == 0  # C is B now


def test_people_with_two_offender_numbers_are_not_joined(store: Store, user: int) -> None:
    load(store, "people", [person("A", offender_number="A1"), person("B", line=3), person("C", line=4)])
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    assert propose(store, (a, b), (b, c)) == 2
    with store.reading() as tx:
        pair = tx.duplicates.pair(a, b)
    assert join(store, b, a, user=user) == person_of(store, "A")  # the number stays
    load(store, "people", [person("D", offender_number="D1")])
    d = key_of(store, "D")
    assert propose(store, (a, d), (b, d)) == 0
    propose(store, (c, d))
    with store.reading() as tx:
        other = tx.duplicates.pair(c, d)
    assert other is not None and pair is not None
    with pytest.raises(Conflict, match=TWO_NUMBERS), store.transaction() as tx:
        of_two = replace(pair, second=other.second)
        tx.joining.join(of_two, reason=REASON, user=user, by="sam", at=LATER)


def test_records_that_a_number_made_one_can_be_separated(store: Store, user: int) -> None:
    """The later record goes to a new person without a number, and stays there when it is imported again."""
    load(store, "people", [person("A", offender_number="A1")])
    custody = [person("X", offender_number="A1", surname="Other")]
    load(store, "people", custody, source="custody")
    load(store, "offences", [offence("O-X", "X")], source="custody")
    assert person_of(store, "X", "custody") == person_of(store, "A")
    a, x = key_of(store, "A"), key_of(store, "X", "custody")

    separate(store, x, a, user=user)

    changed = [person("X", offender_number="A1", surname="Another")]
    for again in (custody, changed):
        load(store, "people", again, source="custody", at=LATER)
        assert person_of(store, "X", "custody") != person_of(store, "A")
    with store.reading() as tx:
        assert tx.people.number(person_of(store, "A")) == "A1"
        assert tx.people.number(person_of(store, "X", "custody")) is None
    assert about(store, person_of(store, "X", "custody"))["offences"] == ["O-X"]


def test_the_middle_of_a_chain_can_be_taken_out(store: Store, user: int) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    own = {id: person_of(store, id) for id in ("A", "B", "C")}
    join(store, b, c, user=user)
    join(store, a, b, user=user)

    separate(store, b, c, user=user)
    assert {id: person_of(store, id) for id in own} == {"A": own["A"], "B": own["A"], "C": own["C"]}
    separate(store, a, b, user=user)
    assert {id: person_of(store, id) for id in own} == own


def test_pairs_come_most_probable_first_page_by_page(store: Store) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    pairs = [(a, b, 2.0), (a, c, 9.0), (b, c, 2.0)]
    with store.transaction() as tx:
        search = tx.duplicates.begin_search()
        found = [Proposed(one, other, weight, EVIDENCE) for one, other, weight in pairs]
        end_search(tx, search, found, everybody=True)
    with store.reading() as tx:
        first = tx.duplicates.page(after=None, most=2)
        rest = tx.duplicates.page(after=first.pairs[-1].id, most=2)
        with pytest.raises(ListChanged):
            tx.duplicates.page(after=999, most=2)
    seen = [(pair.first.record, pair.second.record) for pair in first.pairs + rest.pairs]
    assert seen == [(a, c), (b, c), (a, b)]
    assert (first.total, first.is_last, rest.is_last) == (3, False, True)
    assert first.pairs[0].evidence == EVIDENCE and first.pairs[0].first.surname == "Smith A"


def test_a_search_is_due_for_new_and_changed_records_only(store: Store) -> None:
    load_three(store)

    def changed(*, end: bool = True) -> list[int]:
        with store.transaction() as tx:
            search = tx.duplicates.begin_search()
            found = [one.record for one in tx.duplicates.to_compare(search) if one.changed]
            if end:
                end_search(tx, search, everybody=False)
        return found

    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    assert changed(end=False) == [a, b, c]
    assert changed() == [a, b, c]  # a search that was stopped has done nothing
    assert changed() == []
    load(store, "people", [person("B", surname="New"), person("C", line=3, surname="Smith C")], at=LATER)
    assert changed() == [b]


def test_a_record_that_changes_during_a_search_is_due_again(store: Store) -> None:
    load_three(store)
    with store.transaction() as tx:
        search = tx.duplicates.begin_search()
    load(store, "people", [person("B", surname="New")], at=LATER)
    with store.transaction() as tx:
        end_search(tx, search, everybody=False)
        again = tx.duplicates.begin_search()
        found = [one.record for one in tx.duplicates.to_compare(again) if one.changed]
    assert found == [key_of(store, "B")]


def test_a_proposal_that_is_not_found_again_goes(store: Store) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    propose(store, (a, b), (b, c))
    load(store, "people", [person("A", surname="New")], at=LATER)
    assert propose(store, (a, c), everybody=False) == 2  # only A was searched: the pair of B and C stays
    with store.reading() as tx:
        assert tx.duplicates.pair(a, b) is None and tx.duplicates.pair(b, c) is not None
    assert propose(store, everybody=True) == 0


@pytest.fixture
def erased(store: Store) -> Callable[[int], dict[str, int]]:
    def erase(person: int) -> dict[str, int]:
        with store.transaction() as tx:
            users = [
                tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT).id
                for name in ("ada", "ben")
            ]
            tx.erasures.request(
                person,
                reason="court_order",
                text="x",
                requested_by=users[0],
                by="ada",
                at=AT,
                expires_at=LATER,
            )
            request = tx.erasures.of(person, at=AT)
            assert request is not None
            return tx.erasures.erase(request, marks=MARKS, approved_by=users[1], by="ben", at=AT)

    return erase


def test_erasing_a_person_erases_whom_they_were_joined_from(
    store: Store, url: str, user: int, erased: Callable[[int], dict[str, int]]
) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    persons = [person_of(store, id) for id in ("A", "B", "C")]
    with store.transaction() as tx:
        tx.harm.replace(persons, [], day=DAY)
    join(store, b, c, user=user)
    join(store, a, b, user=user)
    load(store, "people", [person("D", surname="Of another"), person("E", line=3)])
    d, e = key_of(store, "D"), key_of(store, "E")
    propose(store, (d, e), everybody=False)

    counts = erased(persons[0])

    assert (counts["people"], counts["person_records"], counts["joins"], counts["joined_records"]) == (
        3,
        3,
        2,
        3,
    )
    for about_one in ABOUT_A_PERSON:
        columns = [
            name for name in ("person", "other", "moved_from", "moved_to") if name in about_one.table.c
        ]
        for column in columns:
            found = rows(url, f"SELECT {column} FROM {about_one.table.name}")
            assert not {key for (key,) in found} & {*persons}, about_one.table.name
    assert {key for (key,) in rows(url, "SELECT id FROM people")} == {
        person_of(store, "D"),
        person_of(store, "E"),
    }
    with store.reading() as tx:
        assert tx.duplicates.pair(d, e) is not None


def test_erasing_a_person_who_was_separated_leaves_the_other(
    store: Store, user: int, erased: Callable[[int], dict[str, int]]
) -> None:
    load_three(store)
    a, b, c = (key_of(store, id) for id in ("A", "B", "C"))
    persons = {id: person_of(store, id) for id in ("A", "B", "C")}
    join(store, b, c, user=user)
    join(store, a, b, user=user)
    separate(store, a, b, user=user)  # B and C go back to the person of B
    counts = erased(persons["A"])
    assert (counts["people"], counts["person_records"]) == (1, 1)
    assert person_of(store, "B") == person_of(store, "C") == persons["B"]


def test_what_connects_two_people_connects_nobody_while_they_are_joined(store: Store, user: int) -> None:
    load_three(store)
    between = [Row(2, "S-AB", "A", ("B", "gang", 4, DAY, None))]
    load(store, "associations", between)
    a, b, c = (person_of(store, id) for id in ("A", "B", "C"))

    def connected() -> list[tuple[int, int, str]]:
        with store.reading() as tx:
            return sorted((one.one, one.other, one.kind) for one in tx.details.associations([a, b]))

    before = connected()
    assert before == [(a, b, "gang"), (a, c, "family")]
    keys = key_of(store, "A"), key_of(store, "B")
    join(store, *keys, user=user)
    assert connected() == [(a, c, "family")]
    assert load(store, "associations", between, at=LATER).unchanged == 1  # the source still says so
    ended = [Row(2, "S-AB", "A", ("B", "gang", 4, DAY, DAY))]
    later = [*ended, Row(3, "S-BA", "B", ("A", "family", 1, None, None))]
    loaded = load(store, "associations", later, at=LATER)
    assert (loaded.changed, loaded.added, loaded.refused) == (1, 1, [])
    assert connected() == [(a, c, "family")]
    separate(store, *keys, user=user)
    assert connected() == [(a, b, "family"), (a, b, "gang"), (a, c, "family")]
    with store.reading() as tx:
        (gang,) = (one for one in tx.details.associations([a]) if one.kind == "gang")
    assert gang.last_day == DAY


RECORDS = 5
examples = count()
decisions = st.lists(
    st.tuples(st.booleans(), st.integers(1, RECORDS), st.integers(1, RECORDS)).filter(
        lambda one: one[1] != one[2]
    ),
    max_size=14,
)


class Plain:
    """The same rules on sets: who is one person, by which decisions, and who is kept apart."""

    def __init__(self) -> None:
        self.person = {record: record for record in range(1, RECORDS + 1)}
        self.moves: list[tuple[int, set[int]]] = []  # from whom, and the records that are still moved
        self.apart: set[frozenset[int]] = set()

    def records_of(self, person: int) -> set[int]:
        return {record for record, whose in self.person.items() if whose == person}

    def join(self, one: int, other: int) -> bool:
        stays, goes = sorted((self.person[one], self.person[other]))
        crossing = {frozenset((a, b)) for a in self.records_of(stays) for b in self.records_of(goes)}
        if stays == goes or crossing & self.apart:
            return False
        self.moves.append((goes, self.records_of(goes)))
        for record in self.records_of(goes):
            self.person[record] = stays
        return True

    def separate(self, one: int, other: int) -> None:
        if self.person[one] == self.person[other]:
            place = max(
                place for place, (_, moved) in enumerate(self.moves) if len(moved & {one, other}) == 1
            )
            back, moved = self.moves[place]
            for record in set(moved):
                self.person[record] = back
                for _, later in self.moves[place:]:
                    later.discard(record)
        self.apart.add(frozenset((one, other)))


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=decisions)
def test_any_order_of_decisions_keeps_people_and_their_rows_together(
    store: Store, user: int, steps: Sequence[tuple[bool, int, int]]
) -> None:
    """Each example works on records of its own."""
    example = next(examples)
    ids = [f"{example}-{number}" for number in range(1, RECORDS + 1)]
    load(store, "people", [person(id, line=line) for line, id in enumerate(ids, 2)])
    load(store, "offences", [offence(f"O-{id}", id, line=line) for line, id in enumerate(ids, 2)])
    keys = {number: key_of(store, id) for number, id in enumerate(ids, 1)}
    own = {person_of(store, id): number for number, id in enumerate(ids, 1)}
    plain = Plain()
    for joins, one, other in steps:
        if joins:
            try:
                join(store, keys[one], keys[other], user=user)
            except Conflict:
                assert not plain.join(one, other)
            else:
                assert plain.join(one, other)
        else:
            separate(store, keys[one], keys[other], user=user)
            plain.separate(one, other)
        persons = {number: own[person_of(store, id)] for number, id in enumerate(ids, 1)}
        assert persons == plain.person
        for number, id in enumerate(ids, 1):
            assert f"O-{id}" in about(store, person_of(store, id))["offences"], number
        for first, second in combinations(persons, 2):
            if frozenset((first, second)) in plain.apart:
                assert persons[first] != persons[second]


def add_recommendation(store: Store, id: str, *, user: int) -> int:
    """Recommend the person with this record, with a decision and a line of minutes. Returns the key."""
    person, record = person_of(store, id), key_of(store, id)
    with store.transaction() as tx:
        key = tx.recommendations.add(
            person,
            record,
            Proposal(Kind.SELECT, None, f"About {id}."),
            score=None,
            rank=RankThen(None, "everybody"),
            author=user,
            by="sam",
            at=AT,
        )
        made = tx.recommendations.get(key)
        assert made is not None
        tx.recommendations.decide(made, State.ACCEPTED, reason="Yes.", user=user, by="sam", at=AT)
        note = ServiceNote("probation", "J. Hart", AT.date(), f"Note on {id}.")
        tx.service_notes.add(person, record, note, user=user, by="sam", at=AT)
        line = MinutesLine("decided", person, record, recommendation=key, state="accepted")
        tx.minutes.close(
            [line], totals={}, area=AGENCY, since=AT.date(), scores_on=None, user=user, by="sam", at=AT
        )
    return key


def recommended(store: Store, id: str) -> list[str]:
    with store.reading() as tx:
        return [one.reason for one in tx.recommendations.of(person_of(store, id))]


def noted(store: Store, id: str) -> list[str]:
    with store.reading() as tx:
        return [one.note.text for one in tx.service_notes.of(person_of(store, id))]


def people_of_minutes(store: Store) -> list[int]:
    with store.reading() as tx:
        closed = tx.minutes.of_area(AGENCY, most=10)
        return [line.person for one in closed[::-1] for line in tx.minutes.lines(one.id)]


def test_a_recommendation_goes_with_its_record(store: Store, user: int) -> None:
    load_three(store)
    persons = {id: person_of(store, id) for id in "AB"}
    for id in "AB":
        add_recommendation(store, id, user=user)
    join(store, key_of(store, "A"), key_of(store, "B"), user=user)
    assert recommended(store, "A") == recommended(store, "B") == ["About B.", "About A."]
    assert noted(store, "A") == ["Note on B.", "Note on A."]
    assert people_of_minutes(store) == [persons["A"]] * 2
    separate(store, key_of(store, "A"), key_of(store, "B"), user=user)
    assert (recommended(store, "A"), recommended(store, "B")) == (["About A."], ["About B."])
    assert (noted(store, "A"), noted(store, "B")) == (["Note on A."], ["Note on B."])
    assert people_of_minutes(store) == [persons["A"], persons["B"]]
