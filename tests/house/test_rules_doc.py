"""docs/rules.md shows the rule sets as they are applied, and its example works."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from rms.rules.allocation import ALLOCATED, RETAINED, AllocationCase, allocation, allocation_rules_from
from rms.rules.catalogue import ALLOCATION
from rms.rules.rule_book import RULES
from rms.rules.rule_book_text import markdown, rule_book, set_text

DOCUMENT = (Path(__file__).parents[2] / "docs/rules.md").read_text(encoding="utf-8")
MADE = "<!-- From here on, made by: rms rules book -->\n\n"


def test_the_rule_book_is_that_of_the_tables() -> None:
    assert DOCUMENT.partition(MADE)[2] == markdown()


def test_every_rule_set_has_its_source_and_period() -> None:
    for rule in RULES.values():
        for head in rule.heads():
            assert f"(`{head.version}`)" in DOCUMENT
            assert f"Source: {head.source}" in DOCUMENT


def test_the_rows_of_allocation_can_be_read() -> None:
    (rows,) = (
        one for one in set_text(ALLOCATION.named("allocation-2022").head).tables if one.caption == "Rows"
    )
    assert rows.columns == ("Name", "Outcome", "Says", "When")
    conditions = {row[0]: row[3] for row in rows.rows}
    assert conditions["1"] == "tier letter is A or B"
    assert conditions["2"] == (
        "sentence kind is custody; sentence months is 12 or more; schedule 15 violent: yes"
    )


def test_every_table_has_a_cell_for_each_column() -> None:
    tables = [table for rule in rule_book() for one in rule.sets for table in one.tables]
    assert len(tables) > 20
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_the_example_of_a_new_rule_set_works() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    draft, case = allocation_rules_from(example), AllocationCase(tier="D0", rsr=5.0, rosh="low")
    today = date(2027, 4, 1)
    assert draft.head.is_in_force(today) and not draft.head.is_in_force(date(2027, 3, 31))
    british = replace(case, nationality="British")
    assert allocation(british, ALLOCATION.in_force(today), today=today).outcome == ALLOCATED
    assert allocation(british, draft, today=today).outcome == RETAINED
