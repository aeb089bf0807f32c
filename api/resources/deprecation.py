"""What is to go, announced in its own answers: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from werkzeug.http import http_date

NOTICE = timedelta(days=365)


@dataclass(frozen=True)
class Deprecated:
    """Not to be used any more since one day, and gone from the other; `successor` is what to use instead."""

    since: date
    sunset: date
    successor: str | None = None

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"Between deprecation and sunset there are {NOTICE.days} days or more.")

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Deprecation", f"@{int(_midnight(self.since).timestamp())}"
        yield "Sunset", http_date(_midnight(self.sunset))
        if self.successor is not None:
            yield "Link", f'<{self.successor}>; rel="successor-version"'


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
