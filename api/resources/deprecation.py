"""The headers that announce the end of a route: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from werkzeug.http import http_date

NOTICE = timedelta(days=365)


@dataclass(frozen=True)
class Deprecated:
    """Deprecated since one day and removed on the other. `successor` is the route to use instead."""

    since: date
    sunset: date
    successor: str | None = None

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"A route must be deprecated for at least {NOTICE.days} days.")

    def headers(self) -> Iterator[tuple[str, str]]:
        yield "Deprecation", f"@{int(_midnight(self.since).timestamp())}"
        yield "Sunset", http_date(_midnight(self.sunset))
        if self.successor is not None:
            yield "Link", f'<{self.successor}>; rel="successor-version"'


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
