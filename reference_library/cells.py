"""What the cell of a CSV file means for an item: a spelling, a number, a band, words of a description."""

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from rms.errors import not_allowed
from rms.instrument import Item, Level
from rms.parsing import number_in

Meaning = TypeVar("Meaning")
Parse = Callable[[str], float]  # raises ValueError with a sentence

# Words of a level that are no words of a text: an empty cell, and any text without another's word.
EMPTY_CELL, ANY_TEXT = "", "*"


def by_spelling(meanings: Mapping[str, Meaning]) -> Callable[[str], Meaning | None]:
    """What a cell means: as it is spelled, or else as the same number spelled otherwise (`1.0` for `1`)."""
    by_number = {
        number: meaning for text, meaning in meanings.items() if (number := number_in(text)) is not None
    }

    def meaning(cell: str) -> Meaning | None:
        number = number_in(cell)
        return meanings.get(cell, None if number is None else by_number.get(number))

    return meaning


def cell_parser(item: Item, *, blank: bool | None = None) -> Parse:
    """Reads one cell of the item: a level's position, or a number. `blank`: whether the cell may be empty."""
    level = by_spelling(
        {spelling: float(at) for at, level in enumerate(item.levels) for spelling in level.spellings}
    )
    spelled = by_spelling(item.spellings)
    may_be_blank = blank_allowed(item) if blank is None else blank

    def parse(cell: str) -> float:
        if cell == "":
            return _blank(item, allowed=may_be_blank)
        if item.levels and (position := level(cell)) is not None:
            return position
        number = number_in(cell)
        if not item.levels and number is None:
            number = spelled(cell)
        if number is not None and (value := value_of(item, number)) is not None:
            return value
        raise ValueError(not_allowed(cell, name=item.label, allowed=allowed(item)))

    return parse


def description_parser(item: Item) -> Parse:
    """Reads a text that describes the answer: the first level with a word that begins a word of the text."""
    positions = {str(value): float(position) for value, position in item.positions.items()}
    means = {word: positions[level] for level, words in item.words.items() for word in words}
    patterns = [
        (re.compile("|".join(rf"\b{re.escape(word)}" for word in plain), re.IGNORECASE), positions[level])
        for level, words in item.words.items()
        if (plain := [word for word in words if word not in (EMPTY_CELL, ANY_TEXT)])
    ]

    def parse(cell: str) -> float:
        if cell == "":
            return means[EMPTY_CELL] if EMPTY_CELL in means else _blank(item, allowed=blank_allowed(item))
        for pattern, position in patterns:
            if pattern.search(cell):
                return position
        if ANY_TEXT in means:
            return means[ANY_TEXT]
        raise ValueError(f"No level of {item.label} has a word that is in this text.")

    return parse


def part_parser(item: Item) -> Parse:
    """Reads one of several cells that are added up: a number. The band of a level counts as its minimum."""
    levels = by_spelling(
        {
            spelling: level.minimum
            for level in item.levels
            if level.minimum is not None
            for spelling in level.spellings
        }
    )
    spelled = by_spelling(item.spellings)

    def parse(cell: str) -> float:
        if cell == "":
            return math.nan
        number = number_in(cell)
        if number is None:
            number = levels(cell) if item.levels else spelled(cell)
        if number is None or number < 0:
            raise ValueError(
                not_allowed(cell, name=item.label, allowed="a number from 0, or one of its spellings")
            )
        return float(number)

    return parse


def blank_allowed(item: Item) -> bool:
    return item.unknown_allowed or item.blank_means is not None


def _blank(item: Item, *, allowed: bool) -> float:
    if allowed:
        return math.nan
    raise ValueError(empty(item))


def empty(item: Item) -> str:
    """What is wrong with an empty cell."""
    return f"The cell is empty. {item.label} must be {allowed(item)}."


def value_of(item: Item, number: float) -> float | None:
    """The item's value for a number: the position of the level whose band it is in, or the number itself."""
    if item.levels:
        bands = (float(at) for at, level in enumerate(item.levels) if _is_in_band(number, level))
        return next(bands, None)
    fits = item.takes_fractions or number == int(number)
    answer = number if item.takes_fractions else int(number)
    return float(number) if fits and item.wrong_with(answer) is None else None


def _is_in_band(number: float, level: Level) -> bool:
    if level.minimum is None and level.maximum is None:
        return False
    high = math.inf if level.maximum is None else level.maximum
    low = _lowest(level.maximum) if level.minimum is None else level.minimum
    return low <= number <= high


def _lowest(maximum: float | None) -> float:
    """The least number of a level without a minimum: not below 0, or a code for "missing" would be in it."""
    return -math.inf if maximum is not None and maximum < 0 else 0.0


def allowed(item: Item) -> str:
    """What a cell of the item may contain, in words."""
    if item.levels:
        has_bands = any((level.minimum, level.maximum) != (None, None) for level in item.levels)
        levels = ", ".join(spelling for level in item.levels for spelling in level.spellings)
        return f"one of {levels}, or a number that is in one of them" if has_bands else f"one of {levels}"
    return ", or ".join([item.allowed, *([", ".join(item.spellings)] if item.spellings else [])])
