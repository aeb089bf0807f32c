"""The offences of the fictional force: codes, and which of them go together.

Codes: Home Office codes as in the OGRS3 table of HM Prison and Probation Service, and classes with a letter
as in the Home Office Counting Rules. 99999 is no code at all: every real source has such cells.
"""

from dataclasses import dataclass

# What most of a person's offences are.
PATTERNS = ("burglary", "shops", "vehicles", "violence", "domestic", "drugs", "sexual", "mixed")
PATTERN_SHARES = (0.13, 0.17, 0.11, 0.18, 0.13, 0.11, 0.02, 0.15)
BURGLARY, SHOPS, VEHICLES, VIOLENCE, DOMESTIC, DRUGS, SEXUAL, MIXED = range(len(PATTERNS))

LESSER, MIDDLE, SERIOUS, GRAVE = range(4)  # which disposals are usual


@dataclass(frozen=True)
class Code:
    """A code. `weights`: how often it occurs in each of `PATTERNS`. `domestic`: the share that is."""

    code: str
    gravity: int
    domestic: float
    weights: tuple[float, ...]


CODES = (
    #                                      burglary shops vehicles violence domestic drugs sexual mixed
    Code("02801", SERIOUS, 0.00, (18, 0.5, 2, 0.5, 0.3, 1, 0.3, 3)),  # residential burglary
    Code("02802", SERIOUS, 0.00, (9, 0.3, 1, 0.3, 0.2, 0.5, 0.2, 1.5)),
    Code("03000", MIDDLE, 0.00, (9, 2, 2, 0.5, 0.2, 1, 0.2, 3)),  # other burglary
    Code("03001", MIDDLE, 0.00, (5, 1, 1, 0.3, 0.1, 0.5, 0.1, 1.5)),
    Code("03401", SERIOUS, 0.00, (1, 0.3, 0.5, 1, 0.1, 0.5, 0.1, 0.6)),  # robbery
    Code("03402", SERIOUS, 0.01, (5, 1, 2, 6, 0.5, 3, 0.5, 3)),
    Code("03900", LESSER, 0.00, (4, 4, 1, 0.5, 0.2, 0.5, 0.2, 2)),  # theft from the person
    Code("04000", LESSER, 0.03, (2, 1, 0.5, 0.5, 1, 0.5, 0.2, 1)),  # theft in a dwelling
    Code("04400", LESSER, 0.00, (5, 4, 2, 0.5, 0.2, 1, 0.2, 2)),  # theft of a pedal cycle
    Code("04500", LESSER, 0.00, (9, 4, 22, 0.5, 0.2, 1, 0.3, 4)),  # theft from a vehicle
    Code("04600", LESSER, 0.00, (12, 64, 5, 4, 3, 6, 3, 18)),  # shoplifting
    Code("04801", LESSER, 0.01, (6, 1, 26, 1, 0.5, 1, 0.2, 4)),  # taking a vehicle
    Code("04910", LESSER, 0.02, (3, 5, 2, 1, 1, 1, 0.5, 4)),  # other theft
    Code("12600", LESSER, 0.00, (3, 1, 12, 0.3, 0.1, 0.5, 0.1, 2)),  # interfering with a vehicle
    Code("05400", LESSER, 0.00, (3, 2, 5, 0.5, 0.2, 2, 0.2, 2)),  # handling stolen goods
    Code("05801", LESSER, 0.20, (1.5, 2, 4, 6, 9, 2, 1, 5)),  # criminal damage
    Code("05802", LESSER, 0.10, (1, 1, 4, 4, 4, 1, 1, 4)),
    Code("05600", SERIOUS, 0.05, (0.1, 0.1, 0.4, 0.6, 0.4, 0.1, 0.1, 0.3)),  # arson
    Code(
        "5D", SERIOUS, 0.15, (0.2, 0.1, 0.3, 2, 1.5, 0.5, 0.3, 0.5)
    ),  # assault with intent to cause serious harm
    Code("8N", MIDDLE, 0.35, (1.5, 1.5, 3, 22, 22, 4, 5, 7)),  # assault with injury
    Code("105A", LESSER, 0.40, (1.5, 3, 3, 20, 24, 4, 6, 8)),  # assault without injury
    Code("8L", LESSER, 0.45, (0.3, 0.5, 0.5, 5, 14, 1, 8, 2)),  # harassment
    Code("8Q", MIDDLE, 0.60, (0.1, 0.1, 0.1, 1, 6, 0.2, 2, 0.4)),  # stalking
    Code("9A", LESSER, 0.08, (1.5, 3, 3, 12, 6, 4, 4, 10)),  # fear, alarm or distress
    Code("12509", LESSER, 0.05, (0.1, 0.1, 0.1, 0.5, 0.3, 0.2, 0.2, 0.4)),
    Code("10D", MIDDLE, 0.00, (1, 1, 2, 5, 1, 4, 0.5, 3)),  # possession of a blade
    Code("92D", LESSER, 0.00, (2, 2, 6, 3, 2, 26, 1, 6)),  # possession of cannabis
    Code("92C", LESSER, 0.00, (2, 4, 3, 1, 1, 18, 1, 4)),  # possession of another drug
    Code("92A", MIDDLE, 0.00, (1, 1, 2, 2, 0.5, 22, 0.3, 3)),  # trafficking
    Code("20A", SERIOUS, 0.10, (0.05, 0.05, 0.05, 0.3, 0.5, 0.1, 26, 0.3)),  # sexual assault
    Code("88A", MIDDLE, 0.00, (0.05, 0.05, 0.05, 0.2, 0.1, 0.1, 20, 0.2)),  # other sexual offence
    Code("19C", GRAVE, 0.35, (0.02, 0.02, 0.02, 0.2, 0.5, 0.05, 9, 0.1)),  # rape
    Code("00100", GRAVE, 0.20, (0.002, 0.001, 0.002, 0.03, 0.03, 0.01, 0.01, 0.01)),  # murder
    Code("99999", LESSER, 0.00, (0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)),
)

# The offences of people who become high harm, by `PATTERNS`: codes and how often they occur.
ESCALATED: tuple[dict[str, float], ...] = (
    {"02801": 0.6, "03402": 0.3, "5D": 0.1},
    {"03402": 0.7, "5D": 0.3},
    {"03402": 0.4, "5D": 0.3, "02801": 0.3},
    {"5D": 0.6, "10D": 0.3, "03402": 0.1},
    {"5D": 0.7, "8N": 0.3},
    {"10D": 0.4, "5D": 0.3, "03402": 0.3},
    {"19C": 0.5, "20A": 0.5},
    {"5D": 0.4, "03402": 0.4, "02801": 0.2},
)
