"""API route for the people whom a person is associated with, and the person's place in the network."""

from flask import Response

from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS
from api.context import request_context
from api.resources.people.ids import person_id, person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.network.network import NetworkSchema, shown_network
from api.services.access.scopes import Scope
from api.services.network.associations import network_of

routes = Routes("network", about="The network of associations around one person.")


@routes.get("/harm/people/<string:id>/network", Success(NetworkSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def one(id: str) -> Response:
    """The people one and two steps away from a person, and how central the person is in the network.

    `id` is `person` in the offender list. A person whom you may not see gets the same answer as one who does
    not exist.
    """
    network = network_of(request_context(), person_key(id))
    return json_answer(shown_network(network, id_of=person_id))
