"""Administration: the overview, the libraries in use, and exports with their purpose. No assessments."""

from flask import render_template, url_for

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import application, libraries, request_context
from api.services.access.accounts import users_seen_by
from api.services.access.offices import offices
from api.services.governance.erasures import open_erasures
from api.services.libraries import available, decisions
from api.services.systems.service_accounts import service_accounts
from api.services.transfer.export_log import exports_made
from api.storage import LibraryUse
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
        libraries=libraries(),
    )


@blueprint.get("/administration/libraries")
@allow_roles(ADMINISTRATION)
def libraries_in_use() -> str:
    in_use, context = libraries(), request_context()
    hashes = {library.sha256 for library in in_use}
    on_record = decisions(context)
    return render_template(
        "access/libraries.html",
        libraries=in_use,
        uses={use.instrument: use for use in in_use.decisions},
        others=[one for one in available(application().libraries.path) if one.sha256 not in hashes],
        history=on_record[::-1],
        problems=application().instruments.problems,
        decided_by=_decided_by,
        dict_of_labels=lambda form: {process.code: process.label for process in form.processes},
    )


def _decided_by(use: LibraryUse) -> str:
    return "the setting RMS_LIBRARY" if use.by_setting else use.by


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
