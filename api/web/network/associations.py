"""The page of the people whom a person is connected with."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import request_context
from api.services.network.associations import Connected, Network, network_of
from api.services.network.place import MOST_NEAREST, Place
from api.web.blueprint import blueprint
from api.web.formatting import inline
from api.web.people.address import id_of, person_with
from api.web.people.identity import NAMELESS, title_of
from api.web.records.topics import topic_page
from rms.reports import network_words, record_words, wording
from rms.reports.drawing import as_svg
from rms.reports.network_chart import Circled, network_plot

MOST_DRAWN = 40  # people who are directly connected: more cannot be read in one picture
LONGEST_LABEL = 18  # characters of a name in the picture
DECIMALS = 6  # of figures from 0 to 1: in a large network most are small


@dataclass(frozen=True)
class PlaceFact:
    """A figure of a person in the network: its name, what it says, its value, and the rank if it has one.

    `is_detail`: its words say little to somebody who does not work with figures.
    """

    label: str
    words: str
    figure: str
    rank: str
    is_detail: bool = False


@blueprint.get("/people/by-key/<id>/associations")
@allow_roles(OFFENDER_LISTS)
def person_associations(id: str) -> str:
    network = network_of(request_context(), person_with(id))
    names = {one.key: name_of(one) for one in network.connected}
    return topic_page(
        "network/associations.html",
        network.person,
        network=network,
        names=names,
        id_of=id_of,
        kinds=record_words.ASSOCIATIONS,
        period=record_words.period,
        picture=_picture(network) if network.near else "",
        description=_description(network),
        facts=tuple(place_facts(network.place)) if network.place else (),
        words=network_words,
        most_nearest=MOST_NEAREST,
        most_drawn=MOST_DRAWN,
    )


def _picture(network: Network) -> str:
    near = network.near[:MOST_DRAWN]
    reached = {one.key for one in near}
    far = [one for one in network.far if reached.intersection(one.through)]
    shown = {network.person.key, *reached, *(one.key for one in far)}
    drawing = network_plot(
        Circled(network.person.key, _label(title_of(network.person))),
        [Circled(one.key, _label(name_of(one))) for one in near],
        [Circled(one.key, _label(name_of(one))) for one in far],
        frozenset(tie for tie in network.ties if shown.issuperset(tie)),
    )
    title = "People connected with this person"
    return inline(as_svg(drawing, title=title, description=_description(network)))


def name_of(one: Connected) -> str:
    return one.name or (f"Person {one.number}" if one.number else NAMELESS)


def place_facts(place: Place) -> Iterator[PlaceFact]:
    """The figures of a person in the network, in words and as they are."""
    of = place.people
    neighbours, between, random = place.neighbours, place.betweenness, place.pagerank
    connected = network_words.directly_connected(int(neighbours.value), rank=neighbours.rank, of=of)
    yield PlaceFact("Direct connections", connected, f"{int(neighbours.value):,}", f"{neighbours.rank:,}")
    yield PlaceFact(
        "Between others",
        network_words.between_others(between.value, rank=between.rank, of=of),
        f"{_figure(between.value)}{_give_or_take(place)}",
        f"{between.rank:,}",
    )
    met = network_words.met_at_random(random.value, rank=random.rank, of=of)
    yield PlaceFact("Met at random", met, _figure(random.value), f"{random.rank:,}", is_detail=True)
    if place.closeness is not None:
        yield PlaceFact(
            "Reach", network_words.reach(place.closeness), _figure(place.closeness), "", is_detail=True
        )
    group = (
        f"This person is in a group of {network_words.people(place.group_size)} who are connected directly "
        "or through others."
    )
    yield PlaceFact("Group", group, f"{place.group_size:,}", "")


def _figure(value: float) -> str:
    return wording.fixed(value, places=DECIMALS)


def _give_or_take(place: Place) -> str:
    """The standard error of the betweenness, if it was estimated."""
    return f" ± {_figure(place.standard_error)}" if place.standard_error else ""


def _label(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"


def _description(network: Network) -> str:
    near = ", ".join(map(name_of, network.near)) or "nobody"
    far = ", ".join(map(name_of, network.far)) or "nobody"
    return f"Directly connected: {near}. Two steps away: {far}. The table has the same."
