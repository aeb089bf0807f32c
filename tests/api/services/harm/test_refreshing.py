"""Stored scores are those of the plain function, in whatever order people were calculated."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from api.services.harm import refreshing
from api.services.harm.explaining import Explanation, explain_score
from api.services.harm.refreshing import refresh_scores, refresh_steps, set_cuts
from api.services.harm.rules import HarmRules
from api.storage import Store
from api.storage.records.loading import Row
from rms.errors import InvalidInput
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.settings import COMPONENTS
from rms.records.current import cohort_on, is_hidden_in_custody, is_managed, stage_of_case
from tests.api.contexts import START, context_for
from tests.api.rows import rows
from tests.api.services.records.conftest import DAY

RULES = HarmRules(harm_settings(), crime_harm_index())
CLOSE = 1e-9


@pytest.fixture(autouse=True)
def several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "BLOCK", 40)


def refreshed(store: Store, day: date = DAY, **options: Any) -> int:
    """On that day itself."""
    at = datetime.combine(day, time(9), UTC)
    return refresh_scores(context_for(store, at=at), day=day, rules=RULES, **options).scored


def people(store: Store) -> list[int]:
    with store.reading() as tx:
        return tx.harm.inputs.people(after=0, most=1_000, only_due=False)


def explained(store: Store, person: int, day: date | None = None) -> Explanation:
    return explain_score(context_for(store), person, rules=RULES, day=day)


def stored(store: Store) -> dict[int, Any]:
    with store.reading() as tx:
        return {person: tx.harm.of(person) for person in people(store)}


def test_every_stored_score_is_that_of_the_plain_function(store: Store) -> None:
    assert refreshed(store) > 100
    for person, row in stored(store).items():
        score = explained(store, person, DAY).score
        assert (row is None) == (score is None)
        if score is not None:
            assert row.score == pytest.approx(score.score, abs=CLOSE)
            for name in COMPONENTS:
                assert getattr(row, name) == pytest.approx(getattr(score, name), abs=CLOSE), name


def test_the_parts_add_to_the_score(store: Store) -> None:
    refreshed(store)
    for person in people(store):
        explanation = explained(store, person)
        parts = [
            *(part.total for part in explanation.offences),
            *(part.points for part in explanation.markers),
            *(part.points for part in explanation.reports),
        ]
        expected = explanation.score.score if explanation.score else 0
        assert sum(parts) == pytest.approx(expected, abs=CLOSE)


def test_what_the_list_filters_by_is_that_of_the_plain_rules(store: Store) -> None:
    """One source record a person, so that its row alone decides."""
    refreshed(store)
    for person, row in stored(store).items():
        if row is None:
            continue
        with store.reading() as tx:
            known = tx.records.of_person(person)
        (record,) = known["person_records"]
        periods = {
            kind: [Period(one) for one in known[kind] if one.person == person]
            for kind in ("registrations", "plans", "offences")
        }
        assert row.cohort == cohort_on(periods["registrations"], DAY)
        assert row.managed == is_managed(periods["plans"], DAY)
        assert row.stage == stage_of_case(periods["offences"], DAY)
        assert row.home_area == record.home_area and row.born == record.date_of_birth
        assert row.deceased == (record.deceased_on is not None and record.deceased_on <= DAY)
        custody = {
            "stated": record.in_custody,
            "custody_from": record.custody_from,
            "release_date": record.release_date,
        }
        is_hidden = row.hidden_until is not None and row.hidden_until > DAY
        assert is_hidden == is_hidden_in_custody(DAY, **custody)


class Period:
    """A stored row with the names of the rules."""

    def __init__(self, row: Any) -> None:
        self.__dict__.update(row._mapping)
        names = row._mapping
        self.from_day, self.to_day = names.get("first_day"), names.get("last_day")
        self.day = names.get("committed_on")


def changed(store: Store, person: int, *, on: date) -> None:
    """Another offence of the person is imported: a robbery."""
    with store.transaction() as tx:
        record = tx.records.of_person(person)["person_records"][0]
        loading = tx.records.loading(record.source, by="test", at=START)
        values = ("03401", on, None, None, None, "convicted", 1, None)
        assert loading.rows("offences", [Row(2, f"new {person}", record.source_id, values)]).added == 1


def test_only_people_whose_records_have_changed_are_calculated_again(store: Store) -> None:
    everybody = refreshed(store)
    before = stored(store)
    assert refreshed(store) == 0
    chosen = [person for person, row in before.items() if row is not None][5:8]
    for person in chosen:
        changed(store, person, on=DAY - timedelta(days=3))
    assert refreshed(store) == len(chosen)
    after = stored(store)
    assert {person for person in after if after[person] != before[person]} == set(chosen)

    assert refreshed(store, everybody=True) >= everybody
    assert {person: row.score for person, row in stored(store).items() if row} == {
        person: row.score for person, row in after.items() if row
    }
    assert refreshed(store, DAY + timedelta(days=1)) >= everybody  # for another day, everybody


def test_a_refresh_that_was_stopped_goes_on(store: Store) -> None:
    steps = refresh_steps(context_for(store), day=DAY, rules=RULES)
    first = next(steps)
    steps.close()
    total = refreshed(store)
    assert total > first > 0
    assert total == len([row for row in stored(store).values() if row is not None])
    with store.reading() as tx:
        assert tx.harm.due() == set()


def test_bands_keep_their_cuts_until_somebody_sets_new_ones(store: Store, url: str) -> None:
    refreshed(store)
    with store.reading() as tx:
        cuts = tx.harm.cuts()
    assert cuts is not None and cuts.day == DAY
    for row in stored(store).values():
        if row is not None:
            assert row.band == sum(row.score > cut - CLOSE for cut in cuts.scores)
    later = DAY + timedelta(days=400)
    refreshed(store, later)
    with store.reading() as tx:
        assert tx.harm.cuts() == cuts
    bands = [row.band for row in stored(store).values() if row is not None]
    assert sum(band > 0 for band in bands) < len(bands) // 5  # scores fall with time, the cuts do not

    moved = set_cuts(context_for(store), rules=RULES, reason="A year has passed.")
    with store.reading() as tx:
        again = tx.harm.cuts()
    assert again is not None and again.day == later and again.reason == "A year has passed."
    assert moved == sum(
        row.band != old for row, old in zip((r for r in stored(store).values() if r), bands, strict=True)
    )
    actions = [action for (action,) in rows(url, "SELECT action FROM audit ORDER BY sequence")]
    assert actions.count("harm.cuts_set") == 2 and actions.count("harm.refreshed") == 2


def test_history_has_the_days_on_which_a_score_or_band_changed(store: Store) -> None:
    refreshed(store)
    person = next(person for person, row in stored(store).items() if row is not None)
    refreshed(store, everybody=True)  # the same day again adds nothing
    with store.reading() as tx:
        (first,) = tx.harm.history(person)
    changed(store, person, on=DAY)
    later = DAY + timedelta(days=30)
    refreshed(store, later)
    with store.reading() as tx:
        moments = tx.harm.history(person)
    assert [moment.day for moment in moments] == [DAY, later]
    assert moments[0] == first and moments[1].score != first.score


def test_a_person_without_a_counted_offence_has_no_score(store: Store) -> None:
    refreshed(store)
    nobody = [person for person, row in stored(store).items() if row is None]
    assert nobody
    explanation = explained(store, nobody[0])
    assert explanation.score is None and explanation.band is None


def test_there_are_no_cuts_without_scores(sqlite_url: str) -> None:
    empty = Store(sqlite_url)
    assert refreshed(empty) == 0
    with pytest.raises(InvalidInput, match="Nobody has a harm score"):
        set_cuts(context_for(empty), rules=RULES, reason="None.")
    with empty.reading() as tx:
        assert tx.harm.cuts() is None
    empty.close()


def test_a_day_in_the_future_is_refused(sqlite_url: str) -> None:
    empty = Store(sqlite_url)
    tomorrow = START.date() + timedelta(days=1)
    with pytest.raises(InvalidInput, match="is in the future"):
        refresh_scores(context_for(empty), day=tomorrow, rules=RULES)
    assert rows(sqlite_url, "SELECT count(*) FROM harm_refreshes") == [(0,)]
    empty.close()
