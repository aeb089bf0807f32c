"""All errors of RMS, as one tree. Each class has one stable code.

`api/errors.py` and `api/cli.py` map these codes to HTTP statuses and exit codes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, and what is allowed.

    `pointer` is an RFC 6901 JSON pointer (`/answers/drug`). For a file it starts with the line
    (`/12/drug`).
    """

    pointer: str
    code: str
    detail: str


def listed(words: Iterable[str], *, most: int = 30) -> str:
    """The words as a list in a message, cut after `most` words.

    >>> listed(["north", "south"]), listed("abc", most=2)
    ('north, south', 'a, b, … (3 in total)')
    """
    every_word = tuple(words)
    shown = ", ".join(every_word[:most])
    return shown if len(every_word) <= most else f"{shown}, … ({len(every_word)} in total)"


def shown(value: object) -> str:
    """A value as a message repeats it: as in JSON, on one line, cut to `LONGEST_SHOWN` characters.

    >>> shown("soon"), shown(True), shown([1, 2])
    ('"soon"', 'true', 'A list')
    """
    if isinstance(value, list | dict):
        return "A list" if isinstance(value, list) else "An object"
    text = json.dumps(value, ensure_ascii=not str(value).isprintable(), default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def not_allowed(value: object, *, allowed: str, name: str = "This") -> str:
    """Refuses a value and says what the field accepts.

    >>> not_allowed("Male", name="Sex", allowed="one of female, male")
    '"Male" is not allowed. Sex must be one of female, male.'
    """
    return f"{shown(value)} is not allowed. {name} must be {allowed}."


def field_in_words(pointer: str) -> str:
    """The field of a JSON pointer with those around it. An entry of a list has its number, from 1.

    >>> field_in_words("/answers/drug"), field_in_words("/features/0/geometry/coordinates/0/1")
    ('answers, drug', 'features 1, geometry, coordinates 1.2')
    """
    words: list[str] = []
    for part in pointer.removeprefix("/").split("/"):
        if part.isdecimal() and words:
            words[-1] += f"{'.' if words[-1][-1].isdigit() else ' '}{int(part) + 1}"
        else:
            words.append(part)
    return ", ".join(words)


def near(value: str, known: Iterable[str], *, most: int = 5) -> tuple[str, ...]:
    """The known values that are spelled most like this one, the nearest first. Case does not matter.

    >>> near("burglery", ["Burglary", "Robbery", "Arson"]), near("x", ["Arson"])
    (('Burglary',), ())
    """
    spelled = {one.casefold(): one for one in known}
    found = get_close_matches(value[:LONGEST_SHOWN].casefold(), spelled, n=most)
    return tuple(spelled[one] for one in found)


def near_it(values: Iterable[str]) -> str:
    """A sentence that follows the refusal of a value; "" if nothing is near.

    >>> near_it(["Burglary", "Robbery"]), near_it([])
    (' Near it: Burglary, Robbery.', '')
    """
    found = listed(values)
    return f" Near it: {found}." if found else ""


def too_many(what: str, *, most: int, given: int) -> str:
    """
    >>> too_many("entries", most=1000, given=120_000)
    'At most 1,000 entries are allowed; this has 120,000.'
    """
    return f"At most {most:,} {what} are allowed; this has {given:,}."


class RMSError(Exception):
    """The base class. `detail` is a message for the person who can correct the error."""

    code = "rms_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(RMSError):
    """The input is not valid; `problems` names each field."""

    code = "invalid_input"

    def __init__(self, problems: Iterable[Problem], detail: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__(detail or "; ".join(f"{p.pointer}: {p.detail}" for p in self.problems[:5]))


class NotFound(RMSError):
    code = "not_found"


class Conflict(RMSError):
    code = "conflict"


class HeldElsewhere(Conflict):
    """The person is not on the caller's caseload, so the caller cannot submit an assessment of them."""

    code = "held_elsewhere"

    def __init__(self) -> None:
        super().__init__(
            "This offender number is in use, and the person is not on your caseload. Nothing was saved. "
            "Ask the person’s supervisor to put them on your caseload."
        )


class CorrectedAlready(Conflict):
    """The assessment has already been corrected; `replacement` is the ID of the one that replaced it."""

    def __init__(self, id: str, *, replacement: str) -> None:
        super().__init__(
            f"{id} has already been corrected and replaced by {replacement}. Correct {replacement} instead."
        )
        self.replacement = replacement


class InstrumentNotInUse(Conflict):
    """No library of this instrument is in use, so nothing can be calculated with its form."""

    code = "instrument_not_in_use"

    def __init__(self, name: str, *, in_use: Iterable[str]) -> None:
        super().__init__(
            f"The form {shown(name)} is no longer in use. Assessments made with it can still be read. A new "
            f"assessment needs a form that is in use: {listed(in_use)}."
        )


class LimitReached(Conflict):
    """An account has reached a limit; the message says what can be removed."""

    code = "limit_reached"


class TooManyJobs(RMSError):
    """An account has reached the limit of open jobs; `ids` are its jobs, which it can cancel.

    `retry_after` is the number of seconds to wait before trying again.
    """

    code = "too_many_jobs"

    def __init__(self, ids: Iterable[str], *, most: int) -> None:
        super().__init__(
            f"An account can have up to {most} jobs waiting or running. Wait until one has ended, or "
            f"cancel one of these: {listed(ids)}."
        )
        self.most = most
        self.retry_after = 60


class NoticeNotAccepted(RMSError):
    """The user has not accepted the notice yet, so they cannot do anything else."""

    code = "notice_not_accepted"


class ChangedMeanwhile(RMSError):
    """Another request has changed this since the caller read it."""

    code = "changed_meanwhile"


class ListChanged(ChangedMeanwhile):
    """The last row of the page that the caller has read is no longer there."""

    def __init__(self) -> None:
        super().__init__(
            "The list has changed: the last row of the page before this one has been removed. Start again "
            "from the first page."
        )


class NotAuthenticated(RMSError):
    code = "not_authenticated"


class Forbidden(RMSError):
    code = "forbidden"


class InstrumentInvalid(RMSError):
    """An instrument file breaks the rules of instruments; `problems` lists them, if all were looked for."""

    code = "instrument_invalid"

    def __init__(self, detail: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(detail)
        self.problems = tuple(problems)


class ProtectedAttribute(InstrumentInvalid):
    """A model feature names race, ethnicity, religion, nationality or postcode."""

    code = "protected_attribute"


class LibraryInvalid(RMSError):
    """Rows that cannot become a reference library; each problem is a sentence."""

    code = "library_invalid"

    def __init__(self, problems: Iterable[Problem], detail: str | None = None) -> None:
        self.problems = tuple(problems)
        shown = "; ".join(f"{p.pointer}: {p.detail}" for p in self.problems[:5])
        super().__init__(detail or f"{len(self.problems)} problem(s): {shown}")


class LibraryDamaged(RMSError):
    """A library folder is incomplete or its content is not what its manifest says."""

    code = "library_damaged"


class LibraryAltered(LibraryDamaged):
    """The library in use was changed or damaged: nothing is scored until it is restored.

    `reason` is for logs.
    """

    code = "library_altered"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The reference library has been changed or damaged, so RMS cannot calculate scores. Saved "
            "assessments can still be read. Ask your RMS administrator to restore the library."
        )
        self.reason = reason


class RecordDamaged(RMSError):
    """Entries of the audit log were altered, removed or added outside RMS."""

    code = "record_damaged"


class StorageUnavailable(RMSError):
    """The database cannot be written or read: full, read-only, missing or broken."""

    code = "storage_unavailable"


class StorageEmpty(StorageUnavailable):
    """The database has no tables of RMS."""


class StorageFull(StorageUnavailable):
    code = "storage_full"


class StorageReadOnly(StorageUnavailable):
    code = "storage_read_only"


class StorageLost(StorageUnavailable):
    """The database is not the one RMS last used: deleted, moved, replaced, truncated or older."""

    code = "storage_lost"


class StorageOverwritten(StorageLost):
    """The database file was replaced, or written to by something other than RMS, while RMS was running."""


class ConfigurationInvalid(RMSError):
    code = "configuration_invalid"
