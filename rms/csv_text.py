"""What is wrong with a row of a CSV file as a whole, in the same sentences for every file that RMS reads."""

from collections.abc import Sequence

WRONG_LENGTH = "wrong_length"  # the code of a row that has more or fewer cells than the header
NO_LINE_ENDING = "no_line_ending"
CUT_OFF = (
    "This line may be cut off in its last cell, because it has no line ending. Add one if it is complete."
)
SEPARATORS = {";": "“;”", "\t": "tabs", "|": "“|”"}


def other_separator(header: str) -> str | None:
    """What is wrong with a header that another character than the comma separates; None if none does.

    One message, instead of one for each column that the file seems to lack.

    >>> other_separator("drug;alco"), other_separator("drug,alco")
    ('The cells seem to be separated by “;”. Save the file with commas as separators.', None)
    """
    separator = max(SEPARATORS, key=header.count)
    if header.count(separator) <= header.count(","):
        return None
    return (
        f"The cells seem to be separated by {SEPARATORS[separator]}. Save the file with commas as separators."
    )


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row has no content, such as a row of commas only.

    >>> is_blank(["", " "]), is_blank(["", "0"])
    (True, False)
    """
    return not any(cell.strip() for cell in row)


def wrong_length(row: Sequence[str], header: Sequence[str]) -> str | None:
    """What is wrong with a row whose length differs from the header; None if it does not.

    >>> wrong_length(["1"], ["drug", "alco"])
    'This row has 1 cell where the header has 2.'
    """
    if len(row) == len(header):
        return None
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return f"This row has {cells} where the header has {len(header)}."


def cut_off(text: str) -> str | None:
    """What is wrong with the last line of a file that may be cut off in its last cell; None if it is whole.

    `12` cut to `1` still looks complete, and so does `"see ""file"` cut to `"see "`. Only a line ending shows
    that it is.

    >>> cut_off("drug,alco\\n1,2\\n")
    >>> [cut_off(text)[:30] for text in ("drug,alco\\n1,2", 'drug,alco\\n1,"2"')]
    ['This line may be cut off in it', 'This line may be cut off in it']
    """
    return None if text.endswith(("\n", "\r")) else CUT_OFF
