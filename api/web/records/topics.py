"""The pages of one person: a topic each, with links between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from api.services.records.person import Person
from api.web.navigation import address_of
from api.web.people.address import id_of
from api.web.people.identity import identity_of_person, title_of

TOPICS = {
    "web.person_overview_page": "Overview",
    "web.harm_score": "Harm score",
    "web.person_offences": "Offences",
    "web.person_domestic_abuse": "Domestic abuse",
    "web.person_map": "Map",
    "web.person_records": "Records",
    "web.person_associations": "Associations",
    "web.person_prediction": "Prediction",
    "web.person_recommendations": "Recommendations",
    "web.person_service_notes": "Notes of services",
}
ASSESSMENTS = "web.person"
FOR_SUPERVISORS = {
    "web.person_office": "Office and caseloads",
    "web.person_hold": "Legal hold",
    "web.personal_record_by_key": "Subject access",
}


@dataclass(frozen=True)
class TopicLink:
    """A page about a person. `current`: it is the page of this request."""

    label: str
    address: str
    current: bool


def topic_links(person: Person) -> tuple[TopicLink, ...]:
    """The pages about this person that the user may open."""
    return tuple(_links(person))


def supervisor_links(person: Person) -> tuple[TopicLink, ...]:
    """The pages about the person's office, legal hold and subject access, if the user may open them."""
    id = id_of(person.key)
    found = ((label, address_of(endpoint, id=id)) for endpoint, label in FOR_SUPERVISORS.items())
    return tuple(TopicLink(label, address, current=False) for label, address in found if address)


def _links(person: Person) -> Iterator[TopicLink]:
    for endpoint, label in TOPICS.items():
        if address := address_of(endpoint, id=id_of(person.key)):
            yield TopicLink(label, address, request.endpoint == endpoint)
    if person.number and (address := address_of(ASSESSMENTS, number=person.number)):
        yield TopicLink("Assessments", address, request.endpoint == ASSESSMENTS)


def topic_page(template: str, person: Person, **values: Any) -> str:
    """A page about a person with case records."""
    return render_template(
        template,
        person=person,
        person_id=id_of(person.key),
        title=title_of(person),
        identity=identity_of_person(person),
        topics=topic_links(person),
        **values,
    )
