"""Which passwords are taken, by NIST SP 800-63B-4: long ones, none that is guessed first, no other rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rms.errors import ConfigurationInvalid

ALONE = 15
WITH_SECOND_FACTOR = 8
LONGEST = 256
LEAST_LEFT = 6  # characters that are neither a common word nor a run

# What guessing begins with. Found in a password it counts for nothing; the rest must do by itself.
WORDS = """
password passwort passwd kennwort secret geheim login admin administrator root user guest test
welcome willkommen letmein iloveyou ichliebedich trustno dragon monkey master superman batman
football baseball liverpool arsenal chelsea sunshine princess shadow michael charlie jordan
summer sommer winter spring autumn herbst monday sunday january december changeme default temp
qazwsx asdf hello hallo please bitte computer internet server office probation prison parole
offender assessment supervision justice court police service example rms
"""
COMMON = frozenset(WORDS.split())
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = frozenset(pair for row in ROWS for pair in (*pairwise(row), *pairwise(row[::-1])))
REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)
SHORTEST_RUN = 4
SHORTEST_WORD = 3
LOOKS_LIKE = str.maketrans("@4310$5!", "aaeiossi")


@dataclass(frozen=True)
class PasswordRules:
    """`words` are an agency's own: its name, its town, its football club."""

    words: frozenset[str] = frozenset()

    def problems(self, password: str, *, username: str, least: int = ALONE) -> Iterator[str]:
        """Why this user cannot have that password, as sentences; none if they can."""
        if not least <= len(password) <= LONGEST:
            yield f"A password has {least} to {LONGEST} characters."
        elif len(username) > 2 and username.lower() in password.lower():
            yield "A password does not contain the username."
        elif self._left(password) < LEAST_LEFT:
            yield "This is among the passwords that are guessed first: take other words."

    def _left(self, password: str) -> int:
        """How many characters are left without common words, runs and what is only repeated."""
        plain = password.casefold()
        return min(len(self._without_known(text)) for text in (plain, plain.translate(LOOKS_LIKE)))

    def _without_known(self, text: str) -> str:
        for word in sorted(COMMON | self.words, key=len, reverse=True):
            text = text.replace(word, "")
        return "".join(_without_runs(REPEATED.sub(r"\1", text)))


PLAIN_RULES = PasswordRules()


def words_in(path: Path | None) -> frozenset[str]:
    """The words of a file, one to a line.

    Raises
    ------
    ConfigurationInvalid
        If it cannot be read.
    """
    if path is None:
        return frozenset()
    try:
        lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid("RMS_PASSWORD_WORDS names no file of text that can be read.") from error
    words = (line.strip().casefold() for line in lines)
    return frozenset(word for word in words if len(word) >= SHORTEST_WORD)


def _without_runs(text: str) -> Iterator[str]:
    """The text without whatever lies side by side in the alphabet, among the digits or on a keyboard."""
    run = text[:1]
    for pair in pairwise(text):
        if pair in NEIGHBOURS:
            run += pair[1]
            continue
        yield run if len(run) < SHORTEST_RUN else ""
        run = pair[1]
    yield run if len(run) < SHORTEST_RUN else ""
