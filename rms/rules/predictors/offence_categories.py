"""The offence category of a Home Office code, by which OGRS3 weighs an offence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rms.errors import InvalidInput, Problem, listed, shown
from rms.instrument.shape import SOME_TEXTS, WRITTEN, Key, tables_with
from rms.records.offence_codes import COMPLETE, offence_code
from rms.rules.rule_sets import RuleSetHead, read_rule_set

KEYS = {
    "exact_offence_needed": Key(SOME_TEXTS, needed=True),
    "without_category": Key(SOME_TEXTS, needed=True),
    "categories": Key(
        tables_with({"name": Key(WRITTEN, needed=True), "codes": Key(SOME_TEXTS, needed=True)}), needed=True
    ),
}
UNKNOWN_CODE = "offence_code_unknown"
EXACT_OFFENCE_NEEDED = "exact_offence_needed"
WITHOUT_CATEGORY = "offence_without_category"


@dataclass(frozen=True)
class OffenceCategories:
    """`categories`: the category of each code of five digits. The other codes have none."""

    head: RuleSetHead
    categories: Mapping[str, str]
    exact_offence_needed: frozenset[str]
    without_category: frozenset[str]

    def category(self, code: str) -> str:
        """The category of a code in any spelling: `028/03` or `02803`.

        Raises
        ------
        InvalidInput
            If the code is unknown, needs the exact offence, or has no published category.
        """
        known = offence_code(code)
        category = self.categories.get(known or "")
        if category is None:
            raise InvalidInput([self._problem(code, known)])
        return category

    def _problem(self, code: str, known: str | None) -> Problem:
        if known is None:
            name, detail = UNKNOWN_CODE, f"{shown(code)} is not allowed. offence_code must be {COMPLETE}."
        elif known in self.exact_offence_needed:
            name, detail = EXACT_OFFENCE_NEEDED, f"{known} stands for several offences. Give the exact one."
        elif known in self.without_category:
            name, detail = WITHOUT_CATEGORY, f"{known} has no published category of {self.head.version}."
        else:
            name, detail = UNKNOWN_CODE, f"{known} is not a known Home Office code of {self.head.version}."
        return Problem("/offence_code", name, detail)


def offence_categories_from(text: str) -> OffenceCategories:
    """The categories from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if a code stands twice.
    """
    table = read_rule_set(text, KEYS)
    codes = [(code, row["name"]) for row in table["categories"] for code in _split(row["codes"])]
    needed, without = (
        frozenset(_split(table[name])) for name in ("exact_offence_needed", "without_category")
    )
    every = [*(code for code, _ in codes), *needed, *without]
    if twice := sorted(
        {code for code in every if every.count(code) > 1} if len(every) > len(set(every)) else ()
    ):
        raise InvalidInput([Problem("/categories", "rule_set", f"These codes stand twice: {listed(twice)}.")])
    return OffenceCategories(RuleSetHead.of(table), dict(codes), needed, without)


def _split(lines: Iterable[str]) -> list[str]:
    """Codes, several to a line."""
    return [code for line in lines for code in line.split()]
