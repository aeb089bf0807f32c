"""What was known of many people on a day, as columns. A person is an index from 0 to `people` - 1.

Days are days since 1 January 1970. There is no home, no nationality and nothing like them here, so that no
feature can be made of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.harm.columnar import HarmColumns

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Flags = NDArray[np.bool_]

NEVER = np.iinfo(np.int32).max  # a day that has not come
LONG_AGO = np.iinfo(np.int32).min  # a first day that is not known
# Not `home_office_interest`: it goes by nationality.
REGISTRATIONS = ("iom", "mappa", "domestic_abuse")


@dataclass(frozen=True)
class OffenceFacts:
    """What the harm score does not need of an offence; arrays of shape (n,), in the order of its columns.

    `type`: the place of its category in the severity table, -1 for an unknown code. `charged`: whether its
    outcome is a charge. `sentenced`: the first day of a sentence for it, `NEVER` without one. `domestic`:
    whether it is marked as domestic abuse.
    """

    type: Ints
    charged: Flags
    sentenced: Ints
    domestic: Flags


@dataclass(frozen=True)
class Periods:
    """Periods of people, both days included; all arrays of shape (n,)."""

    person: Ints
    first: Ints
    last: Ints

    def in_force(self, day: int, people: int) -> Flags:
        """Who has a period in force on the day; shape (people,)."""
        found = np.zeros(people, bool)
        found[self.person[(self.first <= day) & (day <= self.last)]] = True
        return found


@dataclass(frozen=True)
class Records:
    """What was known of `harm.people` people.

    `born`: `LONG_AGO` if not known. `died`: `NEVER` if not. `custody`: times in custody, by sentences and by
    what the sources say. `registrations`: by the names of `REGISTRATIONS`. `managed`: plans that say so.
    """

    harm: HarmColumns
    facts: OffenceFacts
    born: Ints
    died: Ints
    custody: Periods
    registrations: Mapping[str, Periods]
    managed: Periods

    @property
    def people(self) -> int:
        return self.harm.people


@dataclass(frozen=True)
class Ties:
    """Associations between people, both days included; arrays of shape (n,)."""

    one: Ints
    other: Ints
    first: Ints
    last: Ints


@dataclass(frozen=True)
class Standing:
    """Where each person stands in the network of a day; arrays of shape (people,).

    `degree`: with how many people they are linked. `pagerank`: their share among the people with a link,
    times the number of these, so that 1 is the average; 0 without a link. `high_harm`: how many of the people
    linked with them were high harm.
    """

    degree: Floats
    pagerank: Floats
    high_harm: Floats

    def of(self, people: slice) -> "Standing":
        return Standing(self.degree[people], self.pagerank[people], self.high_harm[people])
