"""The map of a person's offences."""

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.maps.mapping import map_of_person
from api.web.blueprint import blueprint
from api.web.harm.offences import offence_name
from api.web.maps.drawing import boundaries, drawing
from api.web.people.address import person_with
from api.web.records.topics import topic_page
from rms.reports import map_words


@blueprint.get("/people/by-key/<id>/map")
@allow_roles(OFFENDER_LISTS)
def person_map(id: str) -> str:
    """The places of the offences, with a table of them, newest first."""
    found = map_of_person(
        request_context(), person_with(id), rules=application().harm, drawn=boundaries().of_areas
    )
    of_kind = [area.code for area in found.every_area.values() if area.kind == found.kind]
    names = {area.name: area.name for area in found.every_area.values()}
    return topic_page(
        "maps/person.html",
        found.person,
        map=found,
        sentence=map_words.offences_on_record(
            len(found.offences), found.without_location, found.without_area
        ),
        drawing=drawing((), found.places, names, kind=found.kind, view=(), within=of_kind),
        offence_name=offence_name,
        words=map_words,
    )
