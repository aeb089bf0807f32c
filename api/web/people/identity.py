"""The identity bar: who a page is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from api.context import request_context
from api.services.people.caseloads import workers_of
from api.web import formatting
from rms.reports import wording
from rms.reports.content import Fact

NONE = "none"


class Recorded(Protocol):
    """The identity of the person, as an assessment records it."""

    @property
    def sex(self) -> str: ...
    @property
    def date_of_birth(self) -> date: ...
    @property
    def release_date(self) -> date | None: ...


@dataclass(frozen=True)
class Identity:
    """A person: their offender number, and what else is known of who they are."""

    number: str
    facts: tuple[Fact, ...]


def identity_of(number: str, recorded: Recorded | None) -> Identity:
    """The person with this number, as recorded in an assessment, if there is one."""
    return Identity(number, tuple(_facts(number, recorded)))


def _facts(number: str, recorded: Recorded | None) -> Iterator[Fact]:
    if recorded is not None:
        release = recorded.release_date
        yield Fact("Born", formatting.day(recorded.date_of_birth))
        yield Fact("Sex", recorded.sex)
        yield Fact("Estimated release", formatting.day(release) if release else wording.NOT_KNOWN)
    yield Fact("Case worker", ", ".join(workers_of(request_context(), number)) or NONE)
