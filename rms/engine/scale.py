"""The scale of the example-based model: from 1.00 to 2.00, in hundredths.

1.00: every comparable has actual 1. 2.00: every one has actual 2.
"""

from dataclasses import dataclass

from rms.rounding import half_up

LOWEST, HIGHEST = 100, 200  # hundredths of a score
PROCESSES = ("recidivism", "violence")


@dataclass(frozen=True)
class ScoreRange:
    """Some of the scores, in hundredths, both ends included."""

    low: int
    high: int

    @property
    def name(self) -> str:
        """
        >>> [quarter.name for quarter in QUARTERS]
        ['1.00–1.24', '1.25–1.49', '1.50–1.74', '1.75–2.00']
        """
        return f"{score_text(self.low)}–{score_text(self.high)}"


class Quarter(ScoreRange):
    """A quarter of the scores."""


QUARTERS = (Quarter(100, 124), Quarter(125, 149), Quarter(150, 174), Quarter(175, 200))
# As a picture counts them.
TENTHS = tuple(ScoreRange(low, low + 9 if low < 190 else HIGHEST) for low in range(LOWEST, HIGHEST, 10))


def hundredths(score: float | None) -> int | None:
    """The score as it is shown, times a hundred; None where there is none on the scale from 1 to 2.

    >>> hundredths(1.245), hundredths(1.2449), hundredths(None)
    (125, 124, None)
    """
    if score is None or not 1.0 <= score <= 2.0:
        return None
    return int(half_up(score, places=2).scaleb(2))


def score_text(in_hundredths: int) -> str:
    """
    >>> score_text(105)
    '1.05'
    """
    return f"{in_hundredths // 100}.{in_hundredths % 100:02d}"
