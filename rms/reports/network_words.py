"""The place of a person in the network of associations in words."""

import math

from rms.reports import wording

SMALLEST = 0.0001  # a share that is shown as a figure
WHAT_IT_IS = (
    "The network is made of associations on record. It shows whom records connect, not what the people do "
    "together. More attention by the police puts more connections on record."
)


def percent(share: float) -> str:
    """A share of 0 to 1, with two figures that mean something.

    >>> percent(0.335), percent(0.0234), percent(0.00034), percent(0.00001), percent(0), percent(1)
    ('34%', '2.3%', '0.03%', 'less than 0.01%', '0%', '100%')
    """
    if share == 0:
        return "0%"
    if share < SMALLEST:
        return "less than 0.01%"
    places = 0 if share >= 0.0995 else 1 if share >= 0.00995 else 2
    return f"{wording.fixed(share * 100, places=places)}%"


def estimated(share: float, standard_error: float) -> str:
    """A share, with its standard error if it was estimated.

    >>> estimated(0.335, 0.0), estimated(0.335, 0.0123), estimated(0.0, 0.0)
    ('34%', '34% ± 1.2%', '0%')
    """
    return f"{percent(share)} ± {percent(standard_error)}" if standard_error else percent(share)


def bound(error: float) -> str:
    """A bound with six decimals, rounded up: rounded down it would promise too much.

    >>> bound(0.1850001), bound(0.0)
    ('0.185001', '0.000000')
    """
    return f"{math.ceil(error * 1e6) / 1e6:.6f}"


def people(count: int) -> str:
    """
    >>> people(1), people(1200)
    ('1 person', '1,200 people')
    """
    return f"{count:,} {'person' if count == 1 else 'people'}"


def connections(count: int) -> str:
    """
    >>> connections(1), connections(1200)
    ('1 connection', '1,200 connections')
    """
    return f"{count:,} {'connection' if count == 1 else 'connections'}"


def higher(rank: int, of: int) -> str:
    """How many people of a network have a higher figure.

    >>> higher(1, 30), higher(2, 30), higher(13, 1500)
    ('nobody has more', '1 of 30 people has more', '12 of 1,500 people have more')
    """
    more = rank - 1
    return f"{more:,} of {people(of)} {'has' if more == 1 else 'have'} more" if more else "nobody has more"


def directly_connected(count: int, *, rank: int, of: int) -> str:
    """
    >>> directly_connected(14, rank=3, of=240)
    'Directly connected with 14 people; 2 of 240 people have more.'
    """
    return f"Directly connected with {people(count)}; {higher(rank, of)}."


def directly_connected_now(name: str, *, now: int, ever: int) -> str:
    """Who is directly connected with a person today, and how many more were at another time.

    >>> directly_connected_now("Al One", now=3, ever=4)
    '3 people are directly connected with Al One now, and 1 was before.'
    >>> directly_connected_now("Al", now=1, ever=1), directly_connected_now("Al", now=0, ever=2)
    ('1 person is directly connected with Al.', 'Nobody is directly connected with Al now. 2 were before.')
    """
    before = ever - now
    if not now:
        return f"Nobody is directly connected with {name} now. {before:,} {_was(before)} before."
    are = f"{people(now)} {'is' if now == 1 else 'are'} directly connected with {name}"
    return f"{are} now, and {before:,} {_was(before)} before." if before else f"{are}."


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def between_others(share: float, *, rank: int, of: int) -> str:
    """
    >>> between_others(0.021, rank=3, of=240).partition(", ")[2]
    '2.1% lead through this person; 2 of 240 people have more.'
    >>> between_others(0.0, rank=3, of=240)
    'This person is on no shortest route between two other people.'
    """
    if share == 0:
        return "This person is on no shortest route between two other people."
    return (
        f"Of the shortest routes between two other people, {percent(share)} lead through this person; "
        f"{higher(rank, of)}."
    )


def met_at_random(share: float, *, rank: int, of: int) -> str:
    """
    >>> met_at_random(0.021, rank=1, of=240).partition(", ")[2].partition(", ")[2]
    '2.1% of your stops would be at this person; nobody has more.'
    """
    return (
        "If you followed connections at random, strong ones more often, "
        f"{percent(share)} of your stops would be at this person; "
        f"{higher(rank, of)}."
    )


def reach(closeness: float) -> str:
    """Of a person whom everybody in the network is connected with.

    >>> reach(0.5), reach(1.0)
    ('The others are 2.0 connections away on average.', 'The others are 1 connection away.')
    """
    if closeness == 1:
        return "The others are 1 connection away."
    return f"The others are {wording.fixed(1 / closeness, places=1)} connections away on average."
