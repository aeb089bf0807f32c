"""Lists that are ready to use. Their criteria can be changed like any others: number, offence, area."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ReadyMadeList:
    """`criteria` are in the form of the body of a search. Days are relative, so the list moves with them."""

    name: str
    title: str
    criteria: Mapping[str, Any]


NOT_MANAGED = ["no", "not_known"]  # without a plan in force nobody knows of anybody who manages the person

READY_MADE = (
    ReadyMadeList(
        "high-and-unmanaged",
        "High and unmanaged: band high or super-high, and not managed or not known to be managed",
        {"bands": ["high", "super-high"], "managed": NOT_MANAGED},
    ),
    ReadyMadeList(
        "top-10-burglary",
        "Top 10 non-managed burglary offenders",
        {"offence_category": "Burglary", "managed": NOT_MANAGED, "size": 10},
    ),
    ReadyMadeList(
        "under-25-violence",
        "Under 25, violence",
        {"offence_category": "Violence and sexual offences", "under_25": True},
    ),
    ReadyMadeList(
        "moved-band",
        "People whose band has changed in the last 30 days",
        {"moved_last_days": 30},
    ),
    ReadyMadeList(
        "disagreements",
        "Harm band and example-based score disagree",
        {"disagreements": True, "show_hidden": True},
    ),
)
