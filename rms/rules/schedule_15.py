"""Schedule 15 of the Criminal Justice Act 2003: in which of its parts an offence stands.

The codes stand in `sets/schedule-15-2003.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rms.errors import InvalidInput, Problem
from rms.instrument.reading import placed
from rms.instrument.shape import SOME_TEXTS, WHOLE, WRITTEN, Key, tables_with
from rms.records.offence_codes import offence_code
from rms.rules.rule_sets import RuleSetHead, read_rule_set

VIOLENT, SEXUAL, TERRORISM = 1, 2, 3
PARTS = {VIOLENT: "violent", SEXUAL: "sexual", TERRORISM: "terrorism"}
ENCOURAGING = "E"  # the last letter of a code of encouraging or assisting an offence
KEYS = {
    "paragraphs": Key(
        tables_with(
            {
                "part": Key(WHOLE, needed=True),
                "paragraph": Key(WRITTEN, needed=True),
                "title": Key(WRITTEN, needed=True),
                "codes": Key(SOME_TEXTS, needed=True),
            }
        ),
        needed=True,
    )
}


@dataclass(frozen=True)
class Paragraph:
    part: int
    number: str
    title: str


@dataclass(frozen=True)
class Schedule15:
    """`paragraphs`: those of each code of the criminal justice system."""

    head: RuleSetHead
    paragraphs: Mapping[str, tuple[Paragraph, ...]]

    def of(self, code: str) -> tuple[Paragraph, ...]:
        """The paragraphs of a code in any spelling; none if the offence is not in the schedule.

        A code of encouraging or assisting (`TH68032E`) has those of the offence itself.
        """
        known = offence_code(code) or ""
        return self.paragraphs.get(known) or self.paragraphs.get(known.removesuffix(ENCOURAGING), ())

    def parts(self, code: str) -> frozenset[int]:
        """The parts of the schedule in which the code stands: `VIOLENT`, `SEXUAL`, `TERRORISM`."""
        return frozenset(paragraph.part for paragraph in self.of(code))


def schedule_15_from(text: str) -> Schedule15:
    """The schedule from the text of its TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if a part or the spelling of a code is unknown.
    """
    table = read_rule_set(text, KEYS)
    found: dict[str, tuple[Paragraph, ...]] = {}
    problems = []
    for place, row in enumerate(table["paragraphs"]):
        paragraph = Paragraph(row["part"], row["paragraph"], row["title"])
        if paragraph.part not in PARTS:
            problems.append(Problem(f"/paragraphs/{place}/part", "rule_set", "part must be 1, 2 or 3."))
        for code in (code for line in row["codes"] for code in line.split()):
            if offence_code(code) != code:
                detail = f"{code} is not a code in capitals, such as TH68032A."
                problems.append(Problem(f"/paragraphs/{place}/codes", "rule_set", detail))
            found[code] = (*found.get(code, ()), paragraph)
    if problems:
        raise InvalidInput(placed(problems, text))
    return Schedule15(RuleSetHead.of(table), found)
