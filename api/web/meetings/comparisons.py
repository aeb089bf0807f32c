"""Comparisons of people listed and not listed: set up, look at the balance, take the data and the study."""

from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import COMPARISONS
from api.context import application, request_context
from api.schemas.harm.offender_list import HarmListSchema, filter_from
from api.schemas.problems import loaded
from api.services.harm.ready_made import READY_MADE
from api.services.meetings.comparisons import (
    ACCEPTED,
    NO_COMPARISON,
    NOT_YOURS,
    ShownComparison,
    comparison_of,
    csv_of_comparison,
    data_name,
    delete_comparison,
    latest_comparisons,
    may_delete,
    means,
    set_up,
    study_of_comparison,
)
from api.services.transfer.export_files import CSV
from api.web.blueprint import blueprint
from api.web.confirmation import confirmation_page
from api.web.form_data import Errors, done_message, errors_of, typed
from api.web.paging import page_links, requested_page
from rms.errors import Conflict, Forbidden, InvalidInput, LimitReached, NotFound
from rms.harm.listing import HarmFilter
from rms.reports import harm_words, meeting_words, wording

DONE = {"made": "Comparison set up. Nothing has changed on any list.", "deleted": "Comparison deleted."}
ACCEPTED_KEY = "accepted"
LISTS = {ACCEPTED_KEY: ACCEPTED, **{one.name: one.title for one in READY_MADE if one.name != "disagreements"}}
MESSAGES = {
    "title": "Enter a title of up to 100 characters, on one line.",
    "list": "Choose who is on the list.",
}
LABELS = {"score": "Harm score", **harm_words.LABELS, "age": "Age"}
TOML = "application/toml"


@blueprint.get("/comparisons")
@allow_roles(COMPARISONS)
def comparisons_page() -> str:
    return _page()


@blueprint.post("/comparisons")
@allow_roles(COMPARISONS)
def set_up_comparison() -> ResponseReturnValue:
    chosen = request.form.get("list", "")
    if chosen not in LISTS:
        return _page({"list": MESSAGES["list"]}), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        key = set_up(
            request_context(),
            application().background(),
            title=request.form.get("title", ""),
            treatment=LISTS[chosen],
            filter=_filter(chosen),
            rules=application().harm,
        )
    except InvalidInput as refused:
        return _page(errors_of(refused, MESSAGES)), HTTPStatus.UNPROCESSABLE_ENTITY
    except LimitReached as refused:
        return _page({"list": refused.detail}), HTTPStatus.CONFLICT
    except Conflict as refused:
        return _page({"list": refused.detail}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.comparison_page", number=key, done="made"), HTTPStatus.SEE_OTHER)


@blueprint.get("/comparisons/<number>")
@allow_roles(COMPARISONS)
def comparison_page(number: str) -> str:
    found = comparison_of(request_context(), application().background(), _key(number))
    return render_template(
        "meetings/comparison.html",
        found=found,
        number=found.comparison.id,
        pairs=len(found.pairs),
        listed=sum(one.listed for one in found.people),
        balance=_balance(found),
        may_delete=may_delete(request_context(), found.comparison),
        words=meeting_words,
        done=done_message(DONE),
    )


@blueprint.get("/comparisons/<number>/people.csv")
@allow_roles(COMPARISONS)
def comparison_csv(number: str) -> Response:
    key = _key(number)
    content = csv_of_comparison(request_context(), application().background(), key)
    return attachment(content, CSV, data_name(key))


@blueprint.get("/comparisons/<number>/study.toml")
@allow_roles(COMPARISONS)
def comparison_study(number: str) -> Response:
    key = _key(number)
    content = study_of_comparison(request_context(), application().background(), key)
    return attachment(content, TOML, f"comparison-{key}.toml")


@blueprint.get("/comparisons/<number>/delete")
@allow_roles(COMPARISONS)
def asked_to_delete_comparison(number: str) -> str:
    context = request_context()
    comparison = comparison_of(context, application().background(), _key(number)).comparison
    if not may_delete(context, comparison):
        raise Forbidden(NOT_YOURS)
    return confirmation_page(
        f"Delete the comparison “{comparison.title}”?",
        "RMS deletes what it keeps of each person in it. Nothing changes on any list.",
        "Files that were downloaded stay as they are.",
        grave="You cannot undo this. The same people cannot be compared again as known on that day.",
        label="Delete the comparison",
        action=url_for("web.remove_comparison", number=comparison.id),
        back=url_for("web.comparison_page", number=comparison.id),
    )


@blueprint.post("/comparisons/<number>/delete")
@allow_roles(COMPARISONS)
def remove_comparison(number: str) -> ResponseReturnValue:
    delete_comparison(request_context(), application().background(), _key(number))
    return redirect(url_for("web.comparisons_page", done="deleted"), HTTPStatus.SEE_OTHER)


def _page(errors: Errors | None = None) -> str:
    place = requested_page(of="comparisons")
    found, older = latest_comparisons(request_context(), application().background(), before=place.after)
    return render_template(
        "meetings/comparisons.html",
        comparisons=found,
        ways=page_links(
            place,
            place.next(older, shown=len(found)),
            of="comparisons",
            address=lambda text: url_for("web.comparisons_page", after=text),
        ),
        done=None if errors else done_message(DONE),
        lists={"": "Choose", **LISTS},
        words=meeting_words,
        typed=typed(),
        errors=errors or {},
    )


def _filter(chosen: str) -> HarmFilter | None:
    if chosen == ACCEPTED_KEY:
        return None
    criteria = next(one.criteria for one in READY_MADE if one.name == chosen)
    today = request_context().today
    return filter_from(loaded(HarmListSchema(), dict(criteria)), application().harm.table, today=today)


def _balance(found: ShownComparison) -> list[tuple[str, str, str, str]]:
    """Of each covariate the mean of all listed people, of those with a match, and of the matches."""
    groups = (
        means([one for one in found.people if one.listed]),
        means([one for one, _ in found.pairs]),
        means([other for _, other in found.pairs]),
    )
    return [
        (label, *(_shown(group[name]) for group in groups))  # type: ignore[misc]
        for name, label in LABELS.items()
    ]


def _shown(value: float | None) -> str:
    return wording.NO_VALUE if value is None else wording.fixed(value, places=1)


def _key(number: str) -> int:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound(NO_COMPARISON)
    return int(number)
