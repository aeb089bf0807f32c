"""The network of an offender list: its clusters, then the people of one. The filter carries over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.long_reads import long_read
from api.services.network.of_list import (
    MOST_LINKS,
    MOST_PEOPLE,
    NO_CLUSTER,
    SAMPLE,
    Cluster,
    ClusterOfList,
    ListNetwork,
    Member,
    cluster_of_list,
    network_of_list,
)
from api.web.blueprint import blueprint
from api.web.formatting import inline
from api.web.harm.criteria import Criteria, address, criteria
from api.web.harm.shown_person import ShownPerson, shown_person
from api.web.paging import HIGH_TO_LOW, LOW_TO_HIGH, Sorting
from rms.errors import NotFound
from rms.harm.listing import HIGH_BANDS
from rms.harm.score import shown_score
from rms.reports import network_words
from rms.reports.cluster_chart import PERSON, Numbered, numbered_plot, radius_of
from rms.reports.drawing import as_svg

OWN = ("cluster", "sort", "all")  # parameters that are no criteria of the list
MOST_NAMED = 10  # connections of a person in the table: the strongest
MOST_DRAWN = 80  # clusters, and people of one cluster
ROWS = 50  # clusters in the table, unless all are asked for
HIGHER_BANDS = " or ".join(HIGH_BANDS)
CLUSTER_ORDERS: Mapping[str, Callable[[Cluster], float]] = {
    "people": lambda one: len(one.people),
    "links": lambda one: one.links,
    "outside": lambda one: sum(one.outside.values()),
    "high": lambda one: one.in_high_bands,
    "score": lambda one: one.highest_score,
}
MEMBER_ORDERS: Mapping[str, Callable[[Member], float]] = {
    "score": lambda one: one.person.score,
    "links": lambda one: one.inside,
    "outside": lambda one: one.outside,
    "between": lambda one: one.between,
}
T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """A drawing that is part of the page, with its size in pixels, and its description."""

    address: str
    width: int
    height: int
    words: str


@dataclass(frozen=True)
class ClusterRow:
    """A cluster as a line of the table. `outside`: connections with people of other clusters."""

    number: int
    address: str
    people: str
    links: str
    outside: str
    high: str
    score: str


@dataclass(frozen=True, kw_only=True)
class MemberRow(ShownPerson):
    """A person as a line of the table. `number` is that of their circle, if they have one."""

    number: int
    links: str
    with_whom: str
    outside: str
    between: str


@blueprint.get("/harm/network")
@allow_roles(OFFENDER_LISTS)
def list_network() -> ResponseReturnValue:
    """The clusters of the people on the list of these criteria; with `cluster`, the people of one.

    A long read.
    """
    chosen = criteria(MultiDict(pair for pair in request.args.items(multi=True) if pair[0] not in OWN))
    if chosen.errors:
        return redirect(address("web.offenders", request.args.items(multi=True)))
    with long_read(request_context().by):
        if "cluster" in request.args:
            return _cluster_page(chosen, request.args["cluster"])
        return _clusters_page(chosen)


def _clusters_page(chosen: Criteria) -> str:
    network = network_of_list(request_context(), chosen.filter, rules=application().harm)
    clusters, sorts = _in_order(network.clusters, CLUSTER_ORDERS, chosen)
    return render_template(
        "network/clusters.html",
        **_shared(chosen, network),
        rows=[_cluster_row(one, chosen) for one in (clusters if "all" in request.args else clusters[:ROWS])],
        all_address=_address(chosen, ("all", "true"), *_sort_requested()),
        sorts=sorts,
        picture=_clusters_picture(network) if clusters else None,
        drawn=min(MOST_DRAWN, len(clusters)),
    )


def _address(chosen: Criteria, *more: tuple[str, str]) -> str:
    """This page with the same criteria and with these parameters."""
    return address("web.list_network", (*chosen.pairs, *more))


def _sort_requested() -> tuple[tuple[str, str], ...]:
    return (("sort", request.args["sort"]),) if "sort" in request.args else ()


def _cluster_page(chosen: Criteria, typed: str) -> str:
    if not typed.isdecimal():
        raise NotFound(NO_CLUSTER)
    number = int(typed[:6])
    found = cluster_of_list(request_context(), chosen.filter, number, rules=application().harm)
    places = {one.person.person: place for place, one in enumerate(found.members)}
    connected = _connected(found)
    members, sorts = _in_order(found.members, MEMBER_ORDERS, chosen, ("cluster", str(number)))
    return render_template(
        "network/cluster.html",
        **_shared(chosen, found.network),
        cluster=found.cluster,
        others=[
            (other, _address(chosen, ("cluster", str(other))), links)
            for other, links in sorted(found.cluster.outside.items())
        ],
        rows=[
            _member_row(one, place + 1, connected[place])
            for one in members
            for place in [places[one.person.person]]
        ],
        most_named=MOST_NAMED,
        sorts=sorts,
        picture=_cluster_picture(found),
        drawn=min(MOST_DRAWN, len(members)),
        sample=SAMPLE,
        error=network_words.percent(found.error) if found.error else "",
    )


def _shared(chosen: Criteria, network: ListNetwork) -> dict[str, object]:
    """What both pages show."""
    return {
        "criteria": chosen,
        "network": network,
        "most": MOST_PEOPLE,
        "most_links": MOST_LINKS,
        "address": address,
        "words": network_words,
        "higher_bands": HIGHER_BANDS,
    }


def _in_order(
    shown: Sequence[T],
    orders: Mapping[str, Callable[[T], float]],
    chosen: Criteria,
    *more: tuple[str, str],
) -> tuple[Sequence[T], Mapping[str, Sorting]]:
    """In the order of the address, or as they are; and for each column the link to sort by it."""
    requested = request.args.get("sort", "")
    key, descending = requested.removeprefix("-"), requested.startswith("-")
    sorts = {}
    for name in orders:
        is_current = name == key
        downwards = not (is_current and descending)  # the first click on a column shows its highest first
        order = ("sort", f"-{name}" if downwards else name)
        link = _address(chosen, *more, order)
        current = ("descending" if descending else "ascending") if is_current else "none"
        sorts[name] = Sorting(link, current, HIGH_TO_LOW if downwards else LOW_TO_HIGH)
    if key in orders:
        shown = sorted(shown, key=orders[key], reverse=descending)
    return shown, sorts


def _cluster_row(one: Cluster, chosen: Criteria) -> ClusterRow:
    return ClusterRow(
        number=one.number,
        address=_address(chosen, ("cluster", str(one.number))),
        people=f"{len(one.people):,}",
        links=f"{one.links:,}",
        outside=f"{sum(one.outside.values()):,}",
        high=f"{one.in_high_bands:,}",
        score=str(shown_score(one.highest_score)),
    )


def _connected(found: ClusterOfList) -> Mapping[int, Sequence[tuple[float, int]]]:
    """The place of each member → the strengths and places of their connections here, the strongest first."""
    ties: dict[int, list[tuple[float, int]]] = {place: [] for place in range(len(found.members))}
    for (one, other), strength in found.ties.items():
        ties[one].append((strength, other))
        ties[other].append((strength, one))
    return {place: sorted(of, key=lambda tie: (-tie[0], tie[1])) for place, of in ties.items()}


def _member_row(one: Member, number: int, connected: Sequence[tuple[float, int]]) -> MemberRow:
    named = [f"{other + 1} ({strength:g})" for strength, other in connected[:MOST_NAMED]]
    more = [f"and {len(connected) - MOST_NAMED:,} more"] if len(connected) > MOST_NAMED else []
    return MemberRow(
        **shown_person(one.person, today=request_context().today).cells(),
        number=number,
        links=f"{one.inside:,}",
        with_whom=", ".join([*named, *more]),
        outside=f"{one.outside:,}",
        between=network_words.estimated(one.between, one.standard_error),
    )


def _clusters_picture(network: ListNetwork) -> Picture:
    shown = network.clusters[:MOST_DRAWN]
    circles = [Numbered(one.number, radius_of(len(one.people)), one.in_high_bands > 0) for one in shown]
    links = {
        (one.number - 1, other - 1): float(count)
        for one in shown
        for other, count in one.outside.items()
        if one.number < other <= len(shown)
    }
    sizes = ", ".join(str(len(one.people)) for one in shown)
    words = f"Clusters by number: {sizes} people. The table has the same."
    return _picture(circles, links, title="Clusters of the people on the list", words=words)


def _cluster_picture(found: ClusterOfList) -> Picture:
    shown = found.members[:MOST_DRAWN]
    circles = [
        Numbered(number, PERSON, one.person.band in HIGH_BANDS) for number, one in enumerate(shown, start=1)
    ]
    links = {pair: strength for pair, strength in found.ties.items() if max(pair) < len(shown)}
    words = f"{len(shown)} people by their number in the table, and their connections with each other."
    return _picture(circles, links, title=f"People of cluster {found.cluster.number}", words=words)


def _picture(
    circles: Sequence[Numbered], links: Mapping[tuple[int, int], float], *, title: str, words: str
) -> Picture:
    """Part of the page, so that showing it is not logged again."""
    drawing = numbered_plot(circles, links)
    size = round(drawing.width * 1.5), round(drawing.height * 1.5)
    return Picture(inline(as_svg(drawing, title=title, description=words)), *size, words)
