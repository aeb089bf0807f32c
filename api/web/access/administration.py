"""Administration: the overview, the library in use, and exports with their purpose. No assessments."""

from flask import render_template, url_for

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import application, request_context
from api.services.access.accounts import users_seen_by
from api.services.access.offices import offices
from api.services.governance.erasures import open_erasures
from api.services.systems.service_accounts import service_accounts
from api.services.transfer.export_log import exports_made
from api.web.blueprint import blueprint
from api.web.paging import page_links, requested_page

EXPORTS = 50


@blueprint.get("/administration")
@allow_roles(ADMINISTRATION)
def administration() -> str:
    context = request_context()
    users = users_seen_by(context)
    systems = service_accounts(context)
    return render_template(
        "access/administration.html",
        people=len(users) - len(systems),
        locked=sum(not user.active for user in users) - sum(not system.active for system in systems),
        systems=sum(system.active for system in systems),
        offices=len(offices(context)),
        erasures=len(open_erasures(context)),
        library=application().library,
    )


@blueprint.get("/administration/libraries")
@allow_roles(ADMINISTRATION)
def libraries_in_use() -> str:
    library = application().library
    damage = library.damage
    if not library.is_described:
        return render_template("access/libraries.html", damage=damage)
    return render_template(
        "access/libraries.html",
        damage=damage,
        library=library.reference,
        instrument=library.instrument,
        manifest=library.manifest,
        outcomes={process.code: process for process in library.instrument.processes},
    )


@blueprint.get("/administration/exports")
@allow_roles(ADMINISTRATION)
def exports_with_purpose() -> str:
    place = requested_page(of="exports")
    page = exports_made(request_context(), limit=EXPORTS, before=place.after)
    return render_template(
        "transfer/export_log.html",
        exports=page.exports,
        ways=page_links(
            place,
            place.next(page.next, shown=len(page.exports)),
            of="exports",
            address=lambda text: url_for("web.exports_with_purpose", after=text),
        ),
    )
