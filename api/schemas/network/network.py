"""The people whom a person is associated with, and the person's place in the network."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import maybe_number, maybe_text, number, text
from api.schemas.json_body import Json
from api.services.network.associations import MOST_NEAR, Connected, Connection, Network
from api.services.network.place import MOST_NEAREST, Figure, Place
from rms.records.choices import ASSOCIATION_KINDS

IdOf = Callable[[int], str]


def _count(description: str = "", **more: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata={"minimum": 0, "description": description}, **more)


class FigureSchema(Schema):
    value = number()
    rank = _count("1 is the highest of the network. Equal figures have one rank.")


class PlaceSchema(Schema):
    """How central the person is. Shortest paths have the fewest links; strength is never a distance."""

    as_at = text(format="date")
    whole_agency = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the network is that of the whole agency, for users who may see "
            "everybody. Otherwise it is that of the people around the person whom you may see."
        },
    )
    people = _count("People in the network, the person among them.")
    is_whole_group = fields.Boolean(
        required=True,
        metadata={"description": "false: people further away are left out, because there are too many."},
    )
    neighbours = fields.Nested(
        FigureSchema, required=True, metadata={"description": "How many people they are associated with."}
    )
    pagerank = fields.Nested(
        FigureSchema, required=True, metadata={"description": "The share of time of a random walk, 0 to 1."}
    )
    betweenness = fields.Nested(
        FigureSchema,
        required=True,
        metadata={"description": "The share of shortest paths between two others, 0 to 1."},
    )
    standard_error = number(description="Of the betweenness. 0: it is exact.")
    closeness = maybe_number(description="0 to 1. null: not calculated for the whole agency.")
    group_size = _count("People connected with them directly or through others, with themselves.")
    sample = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "From how many people of each group paths were counted. null: everybody."},
    )
    error = number(description="No betweenness is further from its true value, with `confidence`.")
    confidence = number(minimum=0, maximum=1)


class AssociationSchema(Schema):
    kind = text(enum=list(ASSOCIATION_KINDS))
    strength = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Higher is stronger. null: not given."}
    )
    first_day = maybe_text(format="date")
    last_day = maybe_text(format="date", description="The last day in force. null: still in force.")
    in_force = fields.Boolean(required=True)


class AssociateSchema(Schema):
    person = text(description="The ID of the person.")
    offender_number = maybe_text()
    steps = _count("1: associated with the person; 2: with somebody who is.")
    associations = fields.List(
        fields.Nested(AssociationSchema),
        required=True,
        metadata={"description": "With the person. None if they are two steps away."},
    )
    through = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "IDs of the people between."},
    )


class NetworkSchema(Schema):
    """Only people whom you may see, and only what connects them."""

    person = text(description="The ID of the person.")
    place = fields.Nested(
        PlaceSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "null: no association with a person whom you may see is in force today, or "
            f"more than {MOST_NEAREST} people are directly connected."
        },
    )
    directly_connected = _count(
        f"How many people. Up to {MOST_NEAR} of them are in `people`, the strongest first."
    )
    people = fields.List(fields.Nested(AssociateSchema), required=True)
    more = fields.Boolean(
        required=True, metadata={"description": "Whether there are more people two steps away."}
    )


def shown_network(network: Network, *, id_of: IdOf) -> Json:
    return {
        "person": id_of(network.person.key),
        "place": _place(network.place) if network.place else None,
        "directly_connected": network.all_near,
        "people": [_associate(one, id_of) for one in network.connected],
        "more": network.more,
    }


def _place(place: Place) -> Json:
    refresh = place.refresh
    return {
        "as_at": place.day.isoformat(),
        "whole_agency": refresh is not None,
        "people": place.people,
        "is_whole_group": place.is_whole_group,
        "neighbours": _figure(place.neighbours),
        "pagerank": _figure(place.pagerank),
        "betweenness": _figure(place.betweenness),
        "standard_error": place.standard_error,
        "closeness": place.closeness,
        "group_size": place.group_size,
        "sample": refresh.sample if refresh and not refresh.is_exact else None,
        "error": refresh.error if refresh else 0.0,
        "confidence": refresh.confidence if refresh else 1.0,
    }


def _figure(figure: Figure) -> Json:
    return {"value": figure.value, "rank": figure.rank}


def _associate(one: Connected, id_of: IdOf) -> Json:
    return {
        "person": id_of(one.key),
        "offender_number": one.number,
        "steps": one.steps,
        "associations": [_association(connection) for connection in one.connections],
        "through": [id_of(key) for key in one.through],
    }


def _association(connection: Connection) -> Json:
    return {
        "kind": connection.kind,
        "strength": connection.strength,
        "first_day": connection.from_day.isoformat() if connection.from_day else None,
        "last_day": connection.to_day.isoformat() if connection.to_day else None,
        "in_force": connection.in_force,
    }
