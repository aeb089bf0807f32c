"""The parts of schedule 15 in which an offence stands, as a table."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from rms.errors import InvalidInput
from rms.rules.catalogue import SCHEDULE_15
from rms.rules.editions import text_of
from rms.rules.schedule_15 import SEXUAL, VIOLENT, schedule_15_from

SHARED = Path(__file__).parents[4] / "shared" / "data"
SCHEDULE = SCHEDULE_15.in_force(date(2026, 12, 1))

# a code as a source may write it, its parts
TABLE = [
    ("OF61018", {VIOLENT}),
    ("of61018", {VIOLENT}),
    ("COML022", {VIOLENT}),
    ("MS15003", {VIOLENT, SEXUAL}),
    ("MS15003C", {VIOLENT, SEXUAL}),
    ("TH68032A", {VIOLENT}),
    ("th68032a", {VIOLENT}),
    ("\tTH68032A", {VIOLENT}),
    ("OF61018E", {VIOLENT}),
    ("\tms15003e ", {VIOLENT, SEXUAL}),
    ("XX99999", set()),
    ("XX99999E", set()),
    ("", set()),
    ("E", set()),
]


@pytest.mark.parametrize(("code", "parts"), TABLE)
def test_the_parts_of_a_code(code, parts):
    assert SCHEDULE.parts(code) == parts


def test_a_paragraph_has_its_number_and_title():
    (paragraph,) = SCHEDULE.of("COML022")
    assert (paragraph.part, paragraph.number, paragraph.title) == (VIOLENT, "1", "Manslaughter")


def test_how_many_entries_each_part_has():
    entries = [one.part for paragraphs in SCHEDULE.paragraphs.values() for one in paragraphs]
    assert {part: entries.count(part) for part in set(entries)} == {1: 291, 2: 434, 3: 40}
    assert len(SCHEDULE.paragraphs) == 763


@pytest.mark.skipif(not SHARED.is_dir(), reason="the schedule is not beside this checkout")
def test_all_codes_of_the_shared_data():
    expected = defaultdict(set)
    with (SHARED / "schedule15_cja2003.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            expected[row["cjs_code"]].add(int(row["part"]))
    assert {code: set(SCHEDULE.parts(code)) for code in expected} == expected


@pytest.mark.parametrize(("old", "new"), [("part = 1", "part = 4"), ("COML022", "coml022")])
def test_a_schedule_that_cannot_be_applied_is_refused(old, new):
    with pytest.raises(InvalidInput):
        schedule_15_from(text_of("schedule-15-2003").replace(old, new, 1))
