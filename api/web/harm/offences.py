"""The timeline of a person's offences, with filters."""

from collections import Counter

from flask import request

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.harm.explaining import OffencePart, explain_score
from api.services.records.person import person_overview
from api.web.blueprint import blueprint
from api.web.people.address import person_with
from api.web.records.topics import topic_page
from rms.errors import NotFound
from rms.reports import harm_words, record_words

NOT_SHOWN = "Your agency does not show offences that a person is only suspected of."
UNKNOWN_CODE = "Unknown code"
SHOWN_FIRST = 10  # offences; the others are under a heading that opens
COUNTED = {"": "All", "yes": "Those that count", "no": "Those that do not count"}


@blueprint.get("/people/by-key/<id>/offences")
@allow_roles(OFFENDER_LISTS)
def person_offences(id: str) -> str:
    """The offences, newest first. In the query: `group`, and whether they count in the score."""
    context, key = request_context(), person_with(id)
    explanation = explain_score(context, key, rules=application().harm)
    offences = [part for part in explanation.offences if not part.suspected]
    groups = Counter(part.group or UNKNOWN_CODE for part in offences)
    group, counted = _requested("group", {"": "", **groups}), _requested("counted", COUNTED)
    shown = [
        part
        for part in offences
        if group in ("", part.group or UNKNOWN_CODE) and counted in ("", "yes" if part.counts else "no")
    ]
    return topic_page(
        "harm/offences.html",
        person_overview(context, key),
        explanation=explanation,
        offences=shown[::-1],
        total=len(offences),
        suspected=[part for part in explanation.offences if part.suspected][::-1],
        suspects_not_shown=NOT_SHOWN,
        groups={"": f"All groups ({len(offences)})"}
        | {name: f"{name} ({count})" for name, count in sorted(groups.items())},
        counted_options=COUNTED,
        typed={"group": group, "counted": counted},
        errors={},
        offence_name=offence_name,
        why_not=lambda part: harm_words.why_not_counted(
            part.offence.outcome, part.offence.stage, part.offence.committed_on, on=explanation.day
        ),
        words=record_words,
        points=harm_words.points_in_short,
        harm_words=harm_words,
        shown_first=SHOWN_FIRST,
    )


def offence_name(part: OffencePart) -> str:
    """The group of an offence with its code."""
    return f"{part.group or UNKNOWN_CODE}, {part.offence.code}"


def _requested(name: str, allowed: object) -> str:
    value = request.args.get(name, "")
    if not isinstance(allowed, dict) or value not in allowed:
        raise NotFound("This person has no such offences. Start again from the list of all offences.")
    return value
