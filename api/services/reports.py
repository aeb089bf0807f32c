"""The report of a submission, with the facts of the library behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rms.engine.library import Library
from rms.errors import Conflict
from rms.reports.content import Report, report
from rms.submission import Submission


@dataclass(frozen=True)
class LibraryFacts:
    """What a report tells about the library behind it."""

    policy: str
    synthetic: bool
    manifest: Mapping[str, Any]


def report_of(submission: Submission, *, library: Library, redacted: bool = False) -> Report:
    """What is printed of a submission; `library` is the one in use.

    Raises
    ------
    Conflict
        If the result was made with a library no longer in use: its facts are not at hand, and those
        of another would be untrue.
    """
    behind = submission.result.library
    if behind.sha256 != library.reference.sha256:
        raise Conflict(
            f"This was simulated with the library {behind.name} {behind.version}, which is no longer in "
            "use; its report can be printed where that library is."
        )
    facts = LibraryFacts(library.policy.name, library.synthetic, library.manifest)
    return report(submission, library=facts, redacted=redacted)
