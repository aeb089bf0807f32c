"""The offender list: people by harm score, with the filter beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context, stream_context
from api.schemas.harm.offender_list import LONGEST_NAME
from api.schemas.search.saved_filters import filter_name
from api.services.harm.list_files import csv_of_list, spreadsheet_of_list
from api.services.harm.listing import (
    MOST_COUNTED,
    SAVED_LISTS,
    OffenderPage,
    Ranked,
    offender_list,
    page_end,
)
from api.services.harm.practice import lists_in_use
from api.services.harm.reasons import WhyNot, why_not_listed
from api.services.harm.seasons import season_of
from api.services.search.saved import delete_saved_item, is_saved, save_item, saved_items
from api.services.transfer.export_files import CSV, XLSX
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.form_data import done_message
from api.web.harm.criteria import (
    AGES,
    WHO,
    WORDS,
    Chip,
    Criteria,
    Pairs,
    address,
    area_choices,
    chips,
    criteria,
    pairs_of,
    with_names,
)
from api.web.harm.shown_person import ShownPerson, shown_person
from api.web.long_addresses import fits
from api.web.navigation import address_of
from api.web.paging import PageLinks, page_links, requested_page
from api.web.people.address import ids, person_with
from api.web.people.identity import titled
from rms.assessment import number_sought, offender_number
from rms.errors import InvalidInput, LimitReached, NotFound
from rms.harm.listing import COHORTS_LISTED, STAGES_LISTED, HarmFilter, unknown_code
from rms.harm.settings import BANDS, COMPONENTS
from rms.reports import harm_words, record_words, wording

ROWS = 50  # on a page
DONE = {"saved": "List saved.", "replaced": "List replaced.", "removed": "List deleted."}
NO_NAME = "Enter a name for the list."
NO_NAMES = "Enter the first letters of a forename or surname."
LONG_NAME = f"Enter up to {LONGEST_NAME} characters."
NO_NUMBER = "Enter an offender number of up to 20 letters and numbers."
NO_PERSON = "There is no person with this number among the people you may see."
NAMED = "A list cannot be saved with a name of a person. Remove the name first."
OFFERED_DAYS = {"365": "In the last year", "730": "In the last 2 years", "1826": "In the last 5 years"}
OFFERED_MOVES = {"30": "In the last 30 days", "90": "In the last 90 days", "365": "In the last year"}
MANAGED_OPTIONS = {
    "": "Managed or not",
    "no not_known": "Not managed, or not known",
    "no": "Recorded as not managed",
    "yes": "Managed",
}
EXAMPLE_BASED = {"recidivism": "Recidivism", "violence": "Violence"}


# The code of a reason why a person is not listed → the parameters of the filter that it is about.
FILTERS = {
    "home_area": ("home_area",),
    "offence": ("offence_category", "offence_group", "offence_code"),
    "offence_since": ("offence_last_days", "offence_since"),
    "offence_area": ("offence_area",),
    "elsewhere": ("elsewhere",),
    "age_not_known": ("under_25", "age_group"),
    "not_under_25": ("under_25",),
    "not_adult": ("age_group",),
    "not_juvenile": ("age_group",),
    "band": ("bands",),
    "not_moved": ("moved_last_days", "moved_since"),
    "moved_down": ("moved_up",),
    "no_release_soon": ("release_soon",),
    "stage": ("stages",),
    "cohort": ("cohorts",),
    "managed": ("managed",),
    "name": (WHO,),
    "disagreements": ("disagreements",),
    "size": ("size",),
}


@dataclass(frozen=True, kw_only=True)
class Row(ShownPerson):
    """A person of the list, as shown. `components`: label, value and width of the bar. `moved`: or empty."""

    rank: str
    components: tuple[tuple[str, str, float], ...]
    moved: str
    stage: str
    example_based: tuple[tuple[str, str], ...]
    died: bool
    has_unknown_code: bool


@dataclass(frozen=True)
class SavedList:
    """A list to open: its name, its criteria in words and as pairs. `own`: the user saved it."""

    name: str
    title: str
    pairs: Pairs
    chips: tuple[Chip, ...]
    own: bool


@blueprint.get("/harm")
@allow_roles(OFFENDER_LISTS)
def offenders() -> ResponseReturnValue:
    """The list of the criteria in the query; everybody whom the user may see without any."""
    chosen = criteria(request.args)
    if chosen.errors:
        return list_page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    kept = {name: request.args[name] for name in ("cursor", "done") if request.args.get(name)}
    if tuple(request.args.items(multi=True)) != (*chosen.pairs, *kept.items()):
        return redirect(chosen.address("web.offenders", **kept))
    return list_page(chosen)


@blueprint.post("/harm")
@allow_roles(OFFENDER_LISTS)
def chosen_offenders() -> ResponseReturnValue:
    """What the filter's form sends: it leads to the address of its list."""
    chosen = criteria(_of_form())
    leads_to = chosen.address("web.offenders")
    if chosen.errors and not fits(leads_to):
        return list_page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(leads_to, HTTPStatus.SEE_OTHER)


@blueprint.post("/harm/name")
@allow_roles(OFFENDER_LISTS)
def offenders_by_name() -> ResponseReturnValue:
    """Search for a name within the criteria. The name goes into no address as it is."""
    chosen = criteria(_of_form())
    names = {name: request.form.get(name, "").strip() for name in ("forename", "surname")}
    if long := {name: LONG_NAME for name, text in names.items() if len(text) > LONGEST_NAME}:
        return list_page(chosen, errors=long), HTTPStatus.UNPROCESSABLE_ENTITY
    if not any(names.values()):
        if chosen.names:
            return redirect(address("web.offenders", with_names(chosen.pairs, **names)), HTTPStatus.SEE_OTHER)
        return list_page(chosen, errors={"surname": NO_NAMES}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(address("web.offenders", with_names(chosen.pairs, **names)), HTTPStatus.SEE_OTHER)


@blueprint.post("/harm/why")
@allow_roles(OFFENDER_LISTS)
def why_not_offender() -> ResponseReturnValue:
    """Look for a person by number, to say why they are not on the list."""
    chosen = criteria(_of_form())
    typed = request.form.get("number", "").strip()
    number = offender_number(number_sought(typed) or "")
    if number is None or chosen.errors:
        return list_page(chosen, errors={"number": NO_NUMBER}), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        why = why_not_listed(request_context(), number, chosen.filter, rules=application().harm)
    except NotFound:
        return list_page(chosen, errors={"number": NO_PERSON}), HTTPStatus.NOT_FOUND
    return list_page(chosen, why=why, about=f"Person {number}")


@blueprint.get("/people/by-key/<id>/listed")
@allow_roles(OFFENDER_LISTS)
def why_not_person(id: str) -> ResponseReturnValue:
    """Whether a person is on the list of these criteria, and why not."""
    chosen = criteria(request.args)
    if chosen.errors:
        return list_page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    why = why_not_listed(request_context(), person_with(id), chosen.filter, rules=application().harm)
    return list_page(chosen, why=why, about=titled(why.name, why.number))


@blueprint.post("/harm/lists")
@allow_roles(OFFENDER_LISTS)
def save_offender_list() -> ResponseReturnValue:
    """Save the criteria of the page under a name. The name of a person cannot be saved."""
    chosen = criteria(_of_form())
    name, errors = request.form.get("name", "").strip(), dict(chosen.errors)
    if not name:
        errors["name"] = NO_NAME
    elif chosen.names:
        errors["name"] = NAMED
    if not errors:
        try:
            name = filter_name(name)
            done = "replaced" if is_saved(request_context(), name, SAVED_LISTS) else "saved"
            save_item(request_context(), name, chosen.body, SAVED_LISTS)
            return redirect(chosen.address("web.offenders", done=done), HTTPStatus.SEE_OTHER)
        except InvalidInput as refused:
            errors["name"] = f"Name: {refused.problems[0].detail}"
        except LimitReached as refused:
            errors["name"] = refused.detail
    return list_page(chosen, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/harm/lists/<name>/delete")
@allow_roles(OFFENDER_LISTS)
def remove_offender_list(name: str) -> ResponseReturnValue:
    delete_saved_item(request_context(), name, SAVED_LISTS)
    return redirect(criteria(_of_form()).address("web.offenders", done="removed"), HTTPStatus.SEE_OTHER)


@blueprint.get("/harm/list.csv")
@allow_roles(OFFENDER_LISTS)
def offenders_csv() -> Response:
    """The whole list as CSV."""
    # IDs are made while the answer is read: the request has ended by then.
    parts = csv_of_list(stream_context(), _valid().filter, rules=application().harm, person_id=ids().text)
    return attachment(parts, CSV, "offender-list.csv")


@blueprint.get("/harm/list.xlsx")
@allow_roles(OFFENDER_LISTS)
def offenders_spreadsheet() -> ResponseReturnValue:
    """The whole list as a spreadsheet."""
    chosen = _valid()
    try:
        content = spreadsheet_of_list(
            request_context(), chosen.filter, rules=application().harm, person_id=ids().text
        )
    except InvalidInput as refused:
        errors = {"size": refused.problems[0].detail}
        return list_page(chosen, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY
    return attachment(content, XLSX, "offender-list.xlsx")


# The page ---------------------------------------------------------------------


def list_page(
    chosen: Criteria,
    *,
    errors: Mapping[str, str] | None = None,
    why: WhyNot | None = None,
    about: str = "",
) -> str:
    """The filter and a page of the list; without the list if a criterion is not valid.

    `errors` are those of another form. `why` says why a person is not on the list.
    """
    found, links = (None, None) if chosen.errors else _found(chosen)
    typed = {**chosen.typed, **{name: request.form.get(name, "") for name in ("name", "number")}}
    return render_template(
        "harm/list.html",
        criteria=chosen,
        errors=chosen.errors if errors is None else errors,
        typed=typed,
        chosen_of=lambda name: [value for key, value in chosen.pairs if key == name],
        found=found,
        total=_counted(found) if found else "",
        links=links,
        rows=[_row(one) for one in found.people] if found else [],
        why=why,
        reasons=list(_reasons(why, chosen)) if why else [],
        about=about,
        left_out=harm_words.LEFT_OUT_IN_BRIEF,
        harm_words=harm_words,
        address=address,
        saved=_saved_lists(),
        done=done_message(DONE) if errors is None and why is None else None,
        offence_tree=application().harm.table.tree(),
        home_areas={"": "All areas", **area_choices(chosen=typed.get("home_area", ""))},
        offence_areas={
            "": "All areas",
            **area_choices(chosen=typed.get("offence_area", ""), everywhere=True),
        },
        offence_days=_offered("offence_last_days", OFFERED_DAYS, chosen, "Any time"),
        moves=_offered("moved_last_days", OFFERED_MOVES, chosen, "Moved or not"),
        managed_options=_managed_options(chosen),
        bands={band: band for band in reversed(BANDS)},
        cohorts={name: WORDS["cohorts"][name] for name in COHORTS_LISTED},
        stages={stage: record_words.STAGES[stage] for stage in STAGES_LISTED},
        ages={"": "Any age", **AGES},
        recommend=lambda id: address_of("web.recommend_form", id=id, **chosen.parameters),
        season=None if chosen.errors else _season(chosen),
        unknown_code=unknown_code(chosen.filter.offence, application().harm.table),
        names_searched=WHO in dict(chosen.pairs),
        own_formula=harm_words.OWN_FORMULA,
    )


def _reasons(why: WhyNot, chosen: Criteria) -> Iterator[str]:
    """Why a person is not listed, each with the filter that it is about, if there is one."""
    for code, sentence in why.reasons:
        filters = [f"“{chip.words}”" for chip in chosen.chips if chip.name in FILTERS.get(code, ())]
        if not filters:
            yield sentence
        else:
            said = sentence.replace("The person", "this person").replace("the person", "this person")
            yield f"Filter {' and '.join(filters)}: {said[0].lower()}{said[1:]}"


def top_of_list(number: int) -> list[Row]:
    """The first people of the list of everybody whom the user may see."""
    page = offender_list(request_context(), HarmFilter(), rules=application().harm, limit=number)
    return [_row(one) for one in page.people]


def _season(chosen: Criteria) -> str:
    season = season_of(request_context(), chosen.filter)
    return "" if season is None else harm_words.season_sentence(season)


def _found(chosen: Criteria) -> tuple[OffenderPage, PageLinks]:
    context = request_context()
    start = requested_page("cursor", of=(chosen.filter, g.user.id))
    after = None if start.after is None else page_end(context, start.after, rank=start.before)
    page = offender_list(
        context, chosen.filter, rules=application().harm, limit=ROWS, after=after, counted=True
    )
    following = start.next(page.next.place.person if page.next else None, shown=len(page.people))

    def link(text: str | None) -> str:
        return chosen.address("web.offenders", **({"cursor": text} if text else {}))

    return page, page_links(start, following, of=(chosen.filter, g.user.id), address=link)


def _counted(page: OffenderPage) -> str:
    total = page.total or 0
    return f"{MOST_COUNTED:,} or more" if total >= MOST_COUNTED else f"{total:,}"


def _row(one: Ranked) -> Row:
    person = one.person
    return Row(
        **shown_person(person, today=request_context().today).cells(),
        rank=f"{one.rank:,}",
        components=tuple(_component(component, person.components[component]) for component in COMPONENTS),
        moved=_moved(person.band_before, person.band),
        stage=record_words.STAGES[person.stage] if person.stage else wording.NO_VALUE,
        example_based=tuple(
            (label, formatting.score_alone(one.simulations[process]))
            for process, label in EXAMPLE_BASED.items()
            if process in one.simulations
        ),
        died=person.deceased,
        has_unknown_code=bool(person.unknown_codes),
    )


def _component(name: str, value: float) -> tuple[str, str, float]:
    return harm_words.LABELS[name], wording.fixed(value, places=0), round(value, 1)


def _moved(before: str | None, after: str | None) -> str:
    """How the band moved in 30 days; empty if it did not."""
    if before is None or after is None or before == after:
        return ""
    way = "up" if BANDS.index(after) > BANDS.index(before) else "down"
    return f"{way} from {before}"


def _saved_lists() -> list[SavedList]:
    in_use = lists_in_use(request_context())
    ready = [(one.name, one.title, one.criteria, False) for one in in_use]
    own = [(one.name, one.name, one.content, True) for one in saved_items(request_context(), SAVED_LISTS)]
    lists = []
    for name, title, body, is_own in (*ready, *own):
        pairs = pairs_of(body)
        lists.append(SavedList(name, title, pairs, tuple(chips(pairs, {})), is_own))
    return lists


def _offered(name: str, offered: Mapping[str, str], chosen: Criteria, none: str) -> dict[str, str]:
    """Number of days → words, with a number that only the URL or a saved list has."""
    given = chosen.typed.get(name, "")
    other = {} if given in ("", *offered) else {given: f"In the last {given} days"}
    return {"": none, **offered, **other}


def _managed_options(chosen: Criteria) -> dict[str, str]:
    given = chosen.typed.get("managed", "")
    return MANAGED_OPTIONS if given in MANAGED_OPTIONS else {**MANAGED_OPTIONS, given: given}


def _of_form() -> "MultiDict[str, str]":
    """The criteria that a form has sent, without its own fields."""
    own = {"csrf_token", "forename", "surname", "number"}
    return MultiDict(pair for pair in request.form.items(multi=True) if pair[0] not in own)


def _valid() -> Criteria:
    chosen = criteria(request.args)
    if chosen.errors:
        raise NotFound("This address is not of an offender list. Start again from the list.")
    return chosen
