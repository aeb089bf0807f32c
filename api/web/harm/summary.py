"""What waits on the offender list: on the home page of offender managers, and of supervisors of an area."""

from collections.abc import Iterator

from werkzeug.datastructures import MultiDict

from api.context import application, request_context
from api.services.harm.listing import number_listed
from api.web.harm.criteria import Pairs, address, criteria

MOVED_DAYS = 30
# The criteria of each list, and the sentence about it: for one person, several, none.
WAITS: tuple[tuple[Pairs, tuple[str, str, str]], ...] = (
    (
        (("bands", "high"), ("bands", "super-high"), ("managed", "no"), ("managed", "not_known")),
        (
            "1 person in the bands high or super-high is not managed, or not known to be managed",
            "{:,} people in the bands high or super-high are not managed, or not known to be managed",
            "Everybody in the bands high and super-high is managed",
        ),
    ),
    (
        (("moved_last_days", str(MOVED_DAYS)), ("moved_up", "true")),
        (
            f"1 person has moved up a band in the last {MOVED_DAYS} days",
            f"{{:,}} people have moved up a band in the last {MOVED_DAYS} days",
            f"No one has moved up a band in the last {MOVED_DAYS} days",
        ),
    ),
    (
        (("release_soon", "true"),),
        (
            "1 person in custody is due for release soon",
            "{:,} people in custody are due for release soon",
            "No one in custody is due for release soon",
        ),
    ),
)


def waiting_on_list() -> Iterator[tuple[str, int, str]]:
    """A sentence, its count and the address of the list that it counts."""
    for pairs, (one, several, none) in WAITS:
        chosen = criteria(MultiDict(pairs))
        count = number_listed(request_context(), chosen.filter, rules=application().harm)
        words = none if count == 0 else one if count == 1 else several.format(count)
        yield words, count, address("web.offenders", chosen.pairs)
