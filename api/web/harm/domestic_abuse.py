"""The view of domestic abuse: people by RFS figure, which is not the harm score; a person’s figure."""

from dataclasses import dataclass

from flask import g, render_template, request

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.harm.domestic_abuse import (
    DomesticAbusePerson,
    domestic_abuse_list,
    explain_domestic_abuse,
)
from api.services.harm.listing import MOST_COUNTED
from api.services.records.person import person_overview
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.harm.criteria import address, area_choices, area_names
from api.web.paging import page_links, requested_page
from api.web.people.address import person_with
from api.web.people.identity import NamedPerson, named_person
from api.web.records.topics import topic_page
from rms.errors import NotFound
from rms.harm.domestic_abuse import RFS, rfs_settings_of
from rms.reports import harm_words, wording

ROWS = 50  # on a page
MANAGED = {True: "yes", False: "no", None: "not known"}
NO_LIST = "This address is not of a list of RFS figures. Start again from the list."


@dataclass(frozen=True, kw_only=True)
class Row(NamedPerson):
    """A person of the view, as shown."""

    rank: str
    figure: str
    components: tuple[tuple[str, str], ...]
    counted: str
    last_offence: str
    registered: str
    managed: str


@blueprint.get("/harm/domestic-abuse")
@allow_roles(OFFENDER_LISTS)
def domestic_abuse() -> str:
    area, hidden = request.args.get("area") or None, request.args.get("hidden") == "yes"
    if area is not None and area not in area_names():
        raise NotFound(NO_LIST)
    chosen = (("area", area),) if area else ()
    pairs = (*chosen, *((("hidden", "yes"),) if hidden else ()))
    of = ("domestic abuse", pairs, g.user.id)
    start = requested_page("cursor", of=of)
    found = domestic_abuse_list(
        request_context(),
        home_area=area,
        show_hidden=hidden,
        limit=ROWS,
        after=start.after,
        before=start.before,
    )
    following = start.next(found.next, shown=len(found.people))

    def link(text: str | None) -> str:
        return address("web.domestic_abuse", (*pairs, *((("cursor", text),) if text else ())))

    return render_template(
        "harm/domestic_abuse.html",
        found=found,
        rows=[_row(one) for one in found.people],
        total=f"{MOST_COUNTED:,} or more" if found.total >= MOST_COUNTED else f"{found.total:,}",
        links=page_links(start, following, of=of, address=link),
        areas={"": "All areas", **area_choices(chosen=area or "")},
        typed={"area": area or "", "hidden": "yes" if hidden else ""},
        errors={},
        labels=[harm_words.LABELS[name] for name in RFS],
        formula=harm_words.rfs_formula(application().harm.settings),
        words=harm_words,
    )


@blueprint.get("/people/by-key/<id>/domestic-abuse")
@allow_roles(OFFENDER_LISTS)
def person_domestic_abuse(id: str) -> str:
    context, key = request_context(), person_with(id)
    found = explain_domestic_abuse(context, key, rules=application().harm)
    weights = rfs_settings_of(application().harm.settings).weights
    figure = found.figure
    return topic_page(
        "harm/person_domestic_abuse.html",
        person_overview(context, key),
        found=found,
        shown=str(figure.shown) if figure else "",
        components=[
            (
                harm_words.LABELS[name],
                f"{getattr(figure, name):.2f}",
                f"{weights[name]:.0%}",
                harm_words.points(weights[name] * getattr(figure, name)),
            )
            for name in RFS
        ]
        if figure
        else (),
        total=harm_words.points(figure.score) if figure else "",
        labels={name: harm_words.LABELS[name] for name in RFS},
        points=harm_words.points,
        formula=harm_words.rfs_formula(application().harm.settings),
        words=harm_words,
        group_of=lambda one: application().harm.table.severity_of(one.code, one.committed_on),
    )


def _row(one: DomesticAbusePerson) -> Row:
    row = one.row
    return Row(
        **named_person(row.person, one.name, number=one.number, area=one.area).cells(),
        rank=wording.NO_VALUE if one.rank is None else f"{one.rank:,}",
        figure="none" if row.figure is None else wording.fixed(row.figure, places=1),
        components=tuple((harm_words.LABELS[name], _whole(getattr(row, name))) for name in RFS),
        counted=f"{row.counted:,}",
        last_offence=formatting.short_day(row.last_offence) if row.last_offence else wording.NO_VALUE,
        registered="yes" if row.registered else "no",
        managed=MANAGED[row.managed],
    )


def _whole(value: float | None) -> str:
    return wording.NO_VALUE if value is None else wording.fixed(value, places=0)
