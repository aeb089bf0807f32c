"""Whether two source records may be about one person: rules of our own, and the weight of what agrees.

RMS only proposes pairs. A person joins them, or keeps them apart. These functions compare one pair; the
service compares many records by the same rules with a record-linkage library, and tests hold the two
together.

What is missing agrees with nothing: a blank, a placeholder or a number that is not valid is "unknown".

The weight is that of Fellegi and Sunter (1969): for each field the logarithm to base 2 of how often the
finding occurs among records of one person (`m`), divided by how often among records of two (`u`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from rms.people.dates_of_birth import known_date_of_birth, nearly_same_birth
from rms.people.identifiers import cro, pnc
from rms.people.names import name_key, unordered_name_key

LEAST_LETTERS = 4  # of a name that may have a typing error: LEE and LEA are two names
DECADE = slice(0, 3)  # of YYYY-MM-DD; birth dates that are near have the same
LEAST_PROBABILITY = 0.5  # of a pair that is proposed
# As if so many more records had each another name: in a small base, a rare name is no large share of them.
OTHER_NAMES = 10_000


class Evidence(StrEnum):
    """What two records say of one field."""

    AGREES = "agrees"
    NEAR = "near"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


FIELDS = ("name", "date_of_birth", "sex", "pnc", "cro")


@dataclass(frozen=True)
class Chances:
    """How often a finding occurs among pairs of records of one person, and among pairs of two people."""

    of_one: float
    of_two: float


def _chances(**found: tuple[float, float]) -> Mapping[Evidence, Chances]:
    return MappingProxyType({Evidence(name): Chances(*pair) for name, pair in found.items()})


# Our own figures, the same for every agency: a base without duplicates has nothing to learn them from. A name
# that agrees counts by how common it is in the base; `of_two` is only used if that is not known. Dates of
# birth: one day of sixty years. Only a mistake gives two people one police number.
WEIGHTS: Mapping[str, Mapping[Evidence, Chances]] = MappingProxyType(
    {
        "name": _chances(agrees=(0.75, 1e-4), near=(0.20, 2e-4), differs=(0.05, 0.9997)),
        "date_of_birth": _chances(agrees=(0.93, 5e-5), near=(0.05, 1.5e-3), differs=(0.02, 0.99845)),
        "sex": _chances(agrees=(0.98, 0.6), differs=(0.02, 0.4)),
        "pnc": _chances(agrees=(0.97, 1e-9), differs=(0.03, 1 - 1e-9)),
        "cro": _chances(agrees=(0.97, 1e-9), differs=(0.03, 1 - 1e-9)),
    }
)


@dataclass(frozen=True)
class Comparable:
    """What records are compared by: None where nothing is known. Names are keys of `rms.people.names`.

    Of names, both are known or none is: a surname alone is not compared. `words` are the words of both in
    alphabetical order.
    """

    forename: str | None = None
    surname: str | None = None
    words: str | None = None
    date_of_birth: date | None = None
    sex: str | None = None
    pnc: str | None = None
    cro: str | None = None

    @property
    def full_name(self) -> str | None:
        """Forename and surname; another text if they are exchanged or divided differently."""
        return None if self.words is None else f"{self.forename}, {self.surname}"

    @property
    def decade(self) -> str | None:
        """The decade of birth."""
        return None if self.date_of_birth is None else str(self.date_of_birth)[DECADE]


def comparable(
    *,
    forename: str | None = None,
    surname: str | None = None,
    date_of_birth: date | None = None,
    sex: str | None = None,
    pnc_text: str | None = None,
    cro_text: str | None = None,
) -> Comparable:
    """What a source record is compared by.

    >>> placeholder, wrong = date(1970, 1, 1), "2001/0171310S"
    >>> one = comparable(forename="Li", surname="Wei", date_of_birth=placeholder, pnc_text=wrong)
    >>> one.words, one.date_of_birth, one.pnc
    ('LI WEI', None, None)
    """
    words = unordered_name_key(forename=forename, surname=surname or "")
    return Comparable(
        forename=name_key(forename or "") if words else None,
        surname=name_key(surname or "") if words else None,
        words=words,
        date_of_birth=known_date_of_birth(date_of_birth),
        sex=sex if sex in ("female", "male") else None,
        pnc=pnc(pnc_text or "").canonical,
        cro=cro(cro_text or "").canonical,
    )


def evidence(one: Comparable, other: Comparable) -> dict[str, Evidence]:
    """What the records say of each of FIELDS.

    >>> born = date(1990, 9, 14)
    >>> li = comparable(forename="Li", surname="Wei", date_of_birth=born)
    >>> found = evidence(li, comparable(forename="Wei", surname="Li", date_of_birth=born))
    >>> found["name"].value, found["date_of_birth"].value, found["pnc"].value
    ('near', 'agrees', 'unknown')
    """
    found = {"name": _of_names(one, other), "date_of_birth": _of_birth(one, other)}
    return found | {field: _equal(getattr(one, field), getattr(other, field)) for field in FIELDS[2:]}


def is_candidate(found: Mapping[str, Evidence]) -> bool:
    """Whether a pair may be proposed at all, whatever its weight.

    A police number agrees; or the birth date and the name agree, one of them at most nearly. So a surname
    alone proposes nothing, and neither does a name with the birth date of another generation.
    """
    if Evidence.AGREES in (found["pnc"], found["cro"]):
        return True
    name, birth = found["name"], found["date_of_birth"]
    if birth is Evidence.AGREES:
        return name in (Evidence.AGREES, Evidence.NEAR)
    return birth is Evidence.NEAR and name is Evidence.AGREES


def may_be_one_person(number: str | None, other_number: str | None) -> bool:
    """Whether two people may be joined by their offender numbers: RMS never joins two different numbers.

    >>> may_be_one_person("A1", None), may_be_one_person("A1", "A2")
    (True, False)
    """
    return number is None or other_number is None or number == other_number


def weight(found: Mapping[str, Evidence], *, records: int, share_of_name: float | None = None) -> float:
    """The weight of a pair in bits; 0: as probable as not.

    Parameters
    ----------
    found
        What the records say of each field.
    records
        How many records there are: two drawn at random are of one person with a chance of `prior`.
    share_of_name
        `share_of_name` of the name, if the names agree.
    """
    bits = math.log2(prior(records) / (1 - prior(records)))
    for field, chances in WEIGHTS.items():
        if found[field] in chances:
            chance = chances[found[field]]
            of_two = chance.of_two
            if field == "name" and found[field] is Evidence.AGREES and share_of_name is not None:
                of_two = share_of_name
            bits += math.log2(chance.of_one / of_two)
    return bits


def share_of_name(count: int, names: int) -> float:
    """The share of a name that `count` of `names` records with a name have.

    >>> share_of_name(2, 2), share_of_name(199, 990_000)
    (0.00029994001199760045, 0.0002)
    """
    return (count + 1) / (names + OTHER_NAMES)


def prior(records: int) -> float:
    """The chance that two records are of one person before they are compared.

    It is as if every record had one duplicate: 1 in `records`, and at most 1 in 2.
    """
    return 1 / max(records, 2)


def probability(bits: float) -> float:
    """The probability of a weight in bits.

    >>> probability(0.0), round(probability(10.0), 4)
    (0.5, 0.999)
    """
    return 1 / (1 + math.exp2(-bits))


def _of_names(one: Comparable, other: Comparable) -> Evidence:
    if one.words is None or other.words is None:
        return Evidence.UNKNOWN
    if (one.forename, one.surname) == (other.forename, other.surname):
        return Evidence.AGREES
    near = (
        one.words == other.words
        or (one.surname == other.surname and _nearly_same_forename(one.forename, other.forename))
        or (one.forename == other.forename and _nearly_same(one.surname, other.surname))
    )
    return Evidence.NEAR if near else Evidence.DIFFERS


def _nearly_same_forename(one: str | None, other: str | None) -> bool:
    """Also a short form or an initial: one is the beginning of the other."""
    assert one is not None and other is not None
    return one.startswith(other) or other.startswith(one) or _nearly_same(one, other)


def _nearly_same(one: str | None, other: str | None) -> bool:
    """One typing error, or one name has words of the other and no more: Smith and Smith Jones."""
    assert one is not None and other is not None
    words, others = set(one.split()), set(other.split())
    if words <= others or others <= words:
        return True
    is_latin = one.isascii() and other.isascii()  # names in other scripts are short
    return is_latin and min(len(one), len(other)) >= LEAST_LETTERS and _is_one_edit(one, other)


def _is_one_edit(one: str, other: str) -> bool:
    """Whether one letter was left out, added or replaced."""
    if len(one) > len(other):
        one, other = other, one
    if one == other or len(other) - len(one) > 1:
        return False
    start = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one)
    )
    return one[start + (len(one) == len(other)) :] == other[start + 1 :]


def _of_birth(one: Comparable, other: Comparable) -> Evidence:
    equal = _equal(one.date_of_birth, other.date_of_birth)
    if equal is Evidence.DIFFERS and nearly_same_birth(one.date_of_birth, other.date_of_birth):
        return Evidence.NEAR
    return equal


def _equal(one: object, other: object) -> Evidence:
    if one is None or other is None:
        return Evidence.UNKNOWN
    return Evidence.AGREES if one == other else Evidence.DIFFERS
