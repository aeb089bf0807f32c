"""Every way RMS refuses, as one tree. Each class has one stable code.

HTTP statuses and exit codes are given to these codes in one place each
(`api/errors.py`); nothing here knows of either.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field: where it is, what is wrong, what is allowed.

    `pointer` is an RFC 6901 JSON pointer (`/answers/drug`); for rows of a file
    it starts with the line (`/12/drug`).
    """

    pointer: str
    code: str
    detail: str


def listed(words: Iterable[str], *, most: int = 30) -> str:
    """What is allowed, as a message lists it: no more than somebody reads.

    >>> listed(["north", "south"]), listed("abc", most=2)
    ('north, south', 'a, b, … (3 in all)')
    """
    all_of_them = tuple(words)
    shown = ", ".join(all_of_them[:most])
    return shown if len(all_of_them) <= most else f"{shown}, … ({len(all_of_them)} in all)"


def too_many(what: str, *, most: int, given: int) -> str:
    """
    >>> too_many("entries", most=1000, given=120_000)
    'At most 1,000 entries are allowed; this has 120,000.'
    """
    return f"At most {most:,} {what} are allowed; this has {given:,}."


class RMSError(Exception):
    """Base of the tree. `detail` is a sentence for the person who has to act on it."""

    code = "rms_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(RMSError):
    """What was given cannot be accepted; `problems` names each field."""

    code = "invalid_input"

    def __init__(self, problems: Iterable[Problem], detail: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__(detail or "; ".join(f"{p.pointer}: {p.detail}" for p in self.problems[:5]))


class NotFound(RMSError):
    code = "not_found"


class Conflict(RMSError):
    code = "conflict"


class HeldElsewhere(Conflict):
    """A person whom somebody else works with: no assessment of theirs is submitted from outside."""

    code = "held_elsewhere"

    def __init__(self) -> None:
        super().__init__(
            "This offender number is in use, and the person is not among those you may write about. Nothing "
            "was saved: a supervisor of theirs can put them on your caseload."
        )


class CorrectedAlready(Conflict):
    """An assessment that has been put right once: `stands` is the id of what is in its place now."""

    def __init__(self, id: str, *, stands: str) -> None:
        super().__init__(f"{id} has been corrected already. {stands} stands in its place: correct that one.")
        self.stands = stands


class LimitReached(Conflict):
    """An account keeps as much of something as it may; the sentence says what can go."""

    code = "limit_reached"


class TooManyJobs(RMSError):
    """An account has as many jobs waiting or running as it may; `ids` are theirs, and can be cancelled.

    `retry_after` is the number of seconds after which it makes sense to ask again.
    """

    code = "too_many_jobs"

    def __init__(self, ids: Iterable[str], *, most: int) -> None:
        super().__init__(
            f"Up to {most} jobs of one account may wait or run at a time. Wait until one has ended, or "
            f"cancel one of these: {listed(ids)}."
        )
        self.most = most
        self.retry_after = 60


class NoticeNotAccepted(RMSError):
    """Whoever logs in reads the notice and accepts it before anything else."""

    code = "notice_not_accepted"


class ChangedMeanwhile(RMSError):
    """Somebody else was quicker: what was to be changed is no longer what had been seen."""

    code = "changed_meanwhile"


class NotAuthenticated(RMSError):
    code = "not_authenticated"


class Forbidden(RMSError):
    code = "forbidden"


class InstrumentInvalid(RMSError):
    """An instrument file breaks the rules of instruments."""

    code = "instrument_invalid"


class ProtectedAttribute(InstrumentInvalid):
    """A model feature names race, ethnicity, religion, nationality or postcode."""

    code = "protected_attribute"


class LibraryInvalid(RMSError):
    """Rows that were to become a reference library cannot: each problem is a sentence."""

    code = "library_invalid"

    def __init__(self, problems: Iterable[Problem], detail: str | None = None) -> None:
        self.problems = tuple(problems)
        shown = "; ".join(f"{p.pointer}: {p.detail}" for p in self.problems[:5])
        super().__init__(detail or f"{len(self.problems)} problem(s): {shown}")


class LibraryDamaged(RMSError):
    """A library folder is incomplete or its content is not what its manifest says."""

    code = "library_damaged"


class LibraryAltered(LibraryDamaged):
    """The folder of the library in use is not whole: nothing is scored until it is. `reason` is for logs."""

    code = "library_altered"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The reference library has been changed or damaged, so RMS cannot calculate scores. Saved "
            "assessments can still be read. Ask your RMS administrator to restore the library."
        )
        self.reason = reason


class RecordDamaged(RMSError):
    """Entries of the record were altered, removed or added behind its back."""

    code = "record_damaged"


class StorageUnavailable(RMSError):
    """The database cannot be written or read: full, read-only, missing or broken."""

    code = "storage_unavailable"


class StorageFull(StorageUnavailable):
    code = "storage_full"


class StorageReadOnly(StorageUnavailable):
    code = "storage_read_only"


class StorageLost(StorageUnavailable):
    """The database is not the one that RMS worked with: deleted, moved, replaced, cut or an older one."""

    code = "storage_lost"


class StorageOverwritten(StorageLost):
    """The database file was replaced, or written to by something other than RMS, while RMS was running."""


class ConfigurationInvalid(RMSError):
    code = "configuration_invalid"
