"""Which passwords are acceptable, by NIST SP 800-63B-4: long and hard to guess, with no other rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from threading import Lock

from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE, relevant_l33t_subtable

from reference_library.regular_files import content
from rms.errors import ConfigurationInvalid

ALONE = 15
WITH_SECOND_FACTOR = 8
LONGEST = 256
SHORTEST_WORD = 3
MOST_BYTES_OF_WORDS = 16 * 1024**2

# How many guesses find a password, by zxcvbn's estimate. Without a second factor it must withstand a stolen
# database: at a thousand Argon2 guesses a second, 10^10 take four months. This refuses three common words, a
# name with a year and keyboard runs, and accepts four words or three less common ones. With a second factor a
# password can only be guessed at the sign-in page, which throttles; 10^6 refuses the most common passwords.
GUESSES_ALONE = 10**10
GUESSES_WITH_SECOND_FACTOR = 10**6
# zxcvbn reads a text in every way in which its signs can stand for letters: `p4$$` as pass, for one. Its time
# is about half a microsecond for each way and the square of the length. So it gets the beginning of the text
# with up to this product, and up to 72 characters: a fifth of a second at worst. A text that is cut shorter
# than that has eight or more different signs before the cut, which are hard to guess by themselves.
MEASURED = 72  # characters
MOST_READINGS = 100_000  # ways times the square of the length
SEPARATORS = 33  # the space and the punctuation of ASCII

OF_THE_SERVICE = ("rms", "risk", "probation", "parole", "prison", "offender", "assessment", "supervision")

_estimating = Lock()  # zxcvbn keeps the words of a call in a module variable


@dataclass(frozen=True)
class PasswordRules:
    """`words` are easy to guess at this agency: its name, its town, its football club."""

    words: frozenset[str] = frozenset()

    def problems(
        self, password: str, *, username: str, office: str = "", least: int = ALONE
    ) -> Iterator[str]:
        """Why this user cannot have that password, as sentences; none if they can.

        Length comes first, so that the rest takes little time.
        """
        if not least <= len(password) <= LONGEST:
            yield f"Password must have {least} to {LONGEST} characters."
        elif len(username) > 2 and username.lower() in password.lower():
            yield "Password must not contain the username."
        elif self._guesses(password, (username, office)) < _enough_for(password):
            yield "This password is too easy to guess. Use more words, or less common ones."

    def _guesses(self, password: str, about: Iterable[str]) -> int:
        """How many guesses find the password: as it is, or as words with separators.

        zxcvbn counts every space as random. An attacker who guesses phrases chooses a separator once.
        """
        known = [*_words(" ".join(about)), *OF_THE_SERVICE, *sorted(self.words)]
        letters = "".join(filter(str.isalnum, password))
        separators: int = SEPARATORS ** len(set(password) - set(letters))
        return min(_estimated(password, known), _estimated(letters, known) * separators)


PLAIN_RULES = PasswordRules()


def words_in(path: Path | None) -> frozenset[str]:
    """The words of a file, one per line.

    Raises
    ------
    ConfigurationInvalid
        If it cannot be read.
    """
    if path is None:
        return frozenset()
    try:
        lines: Iterable[str] = content(path, most=MOST_BYTES_OF_WORDS).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(
            "RMS_PASSWORD_WORDS must name a text file that RMS can read, of up to "
            f"{MOST_BYTES_OF_WORDS:,} bytes."
        ) from error
    words = (line.strip().casefold() for line in lines)
    return frozenset(word for word in words if len(word) >= SHORTEST_WORD)


def _enough_for(password: str) -> int:
    """A long password must be strong enough to be used alone: the second factor may be removed later."""
    return GUESSES_ALONE if len(password) >= ALONE else GUESSES_WITH_SECOND_FACTOR


def _estimated(text: str, known: list[str]) -> int:
    if not text:
        return 1
    with _estimating:
        return int(zxcvbn(_measured(text), user_inputs=known, max_length=MEASURED)["guesses"])


def _measured(text: str) -> str:
    """As much of the beginning as zxcvbn can estimate in a short time."""
    longest = min(len(text), MEASURED)
    return next(
        text[:length] for length in range(longest, 0, -1) if _ways(text[:length]) * length**2 <= MOST_READINGS
    )


def _ways(text: str) -> int:
    """In how many ways signs can stand for letters, by zxcvbn's table of signs."""
    return prod(map(len, relevant_l33t_subtable(text, L33T_TABLE).values()))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
