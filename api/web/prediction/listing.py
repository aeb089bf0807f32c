"""The page *Prediction*: people not yet high harm, by the probability that they become so."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context, stream_context
from api.services.harm.listing import MOST_COUNTED
from api.services.prediction.list_files import csv_of_predictions, spreadsheet_of_predictions
from api.services.prediction.listing import (
    PredictedPerson,
    PredictionFilter,
    PredictionPage,
    basis,
    prediction_end,
    prediction_list,
)
from api.services.prediction.models import why_predictions_are_off
from api.services.transfer.export_files import CSV, XLSX
from api.web.blueprint import blueprint
from api.web.harm.criteria import AGES, WHO, WORDS, Chip, Criteria, address, area_choices, criteria
from api.web.harm.shown_person import ShownPerson, shown_person
from api.web.long_addresses import fits
from api.web.paging import PageLinks, page_links, requested_page
from api.web.people.address import ids
from api.web.prediction.figures import missed
from rms.errors import NotFound
from rms.harm.listing import COHORTS_LISTED
from rms.prediction.model import CUT_OFF
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import harm_words, prediction_words

ROWS = 50  # on a page
LOWEST, HIGHEST = 0, 100  # percent
CUT_OFFS = {str(percent): f"{percent}% or above" for percent in (80, 60, 40, 20, 10)}
USUAL = str(round(CUT_OFF * 100))
EVERY = str(LOWEST)  # the cut-off that leaves nobody out
OWN = ("cut_off", "type")  # the criteria that the offender list does not have
NOT_HERE = ("bands", "moved_last_days", "moved_since", "moved_up", "disagreements", WHO)
WRONG = {
    "cut_off": "Probability: choose one of the values, or a whole number from 0 to 100 in the address.",
    "type": "Likely offence type: choose a type from the list.",
}
MANAGED = {
    "": "Managed or not",
    "no not_known": "Not managed, or not known",
    "no": "Recorded as not managed",
    "yes": "Managed",
}


@dataclass(frozen=True)
class Chosen:
    """The criteria of the page: its own, and those that it has in common with the offender list."""

    people: Criteria
    cut_off: str
    type: str
    errors: Mapping[str, str]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        own = [("cut_off", self.cut_off)] if self.cut_off != USUAL else []
        return (*own, *([("type", self.type)] if self.type else []), *self.people.pairs)

    @property
    def filter(self) -> PredictionFilter:
        return PredictionFilter(self.people.filter, int(self.cut_off) / 100, self.type or None)

    @property
    def at_limit(self) -> str:
        """What follows the number of people: "at 60% or above"."""
        at = "with a prediction" if self.cut_off == EVERY else f"at {self.cut_off}% or above"
        own = [chip for chip in self.chips if chip.name != "cut_off"]
        return f"{at} who meet the other filters" if own else at

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Each criterion in words, and the parameters without it."""
        own = []
        if self.cut_off != EVERY:
            everybody = (("cut_off", EVERY), *self._without("cut_off"))
            own.append(Chip(f"Probability {self.cut_off}% or above", "cut_off", everybody))
        if self.type:
            own.append(Chip(f"Likely offence type: {self.type}", "type", self._without("type")))
        kept = tuple(pair for pair in self.pairs if pair[0] in OWN)
        return (*own, *(Chip(chip.words, chip.name, (*kept, *chip.without)) for chip in self.people.chips))

    def address(self, endpoint: str, **more: str) -> str:
        return address(endpoint, (*self.pairs, *more.items()))

    def _without(self, name: str) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in self.pairs if pair[0] != name)


@dataclass(frozen=True, kw_only=True)
class Row(ShownPerson):
    """A person of the list, as shown."""

    rank: str
    probability: str
    type: str


@blueprint.get("/prediction")
@allow_roles(OFFENDER_LISTS)
def predictions() -> ResponseReturnValue:
    """The people of the criteria in the query."""
    chosen = _chosen(request.args)
    if chosen.errors:
        return _page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(chosen)


@blueprint.post("/prediction")
@allow_roles(OFFENDER_LISTS)
def chosen_predictions() -> ResponseReturnValue:
    """What the filter's form sends: it leads to the address of its list."""
    form = MultiDict(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
    chosen = _chosen(form)
    leads_to = chosen.address("web.predictions")
    if chosen.errors and not fits(leads_to):
        return _page(chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(leads_to, HTTPStatus.SEE_OTHER)


@blueprint.get("/prediction/list.csv")
@allow_roles(OFFENDER_LISTS)
def predictions_csv() -> Response:
    """The whole list as CSV. Every row has the health warning."""
    # IDs are made while the answer is read: the request has ended by then.
    parts = csv_of_predictions(
        stream_context(), _valid().filter, rules=application().harm, person_id=ids().text
    )
    return attachment(parts, CSV, "predictions.csv")


@blueprint.get("/prediction/list.xlsx")
@allow_roles(OFFENDER_LISTS)
def predictions_spreadsheet() -> Response:
    """The whole list as a spreadsheet. Every row has the health warning."""
    content = spreadsheet_of_predictions(
        request_context(), _valid().filter, rules=application().harm, person_id=ids().text
    )
    return attachment(content, XLSX, "predictions.xlsx")


def _page(chosen: Chosen) -> str:
    based = basis(request_context())
    found, links = (None, None) if chosen.errors or based is None else _found(chosen)
    return render_template(
        "prediction/list.html",
        criteria=chosen,
        errors=chosen.errors,
        typed={**chosen.people.typed, "cut_off": chosen.cut_off, "type": chosen.type},
        chosen_of=lambda name: [value for key, value in chosen.pairs if key == name],
        based=based,
        off=why_predictions_are_off(request_context()),
        found=found,
        total=_counted(found) if found else "",
        links=links,
        rows=[_row(one) for one in found.people] if found else [],
        address=address,
        at_limit=chosen.at_limit,
        left_out=harm_words.LEFT_OUT_IN_BRIEF,
        missed=missed(based.latest) if based else "",
        cut_offs={chosen.cut_off: f"{chosen.cut_off}% or above", **CUT_OFFS, EVERY: "Any probability"},
        types={"": "Any type", **{type: type for type in (based.types if based else ())}},
        home_areas={"": "All areas", **area_choices(chosen=chosen.people.typed.get("home_area", ""))},
        managed_options=MANAGED,
        cohorts={name: WORDS["cohorts"][name] for name in COHORTS_LISTED},
        ages={"": "Any age", **AGES},
        health_warning=HEALTH_WARNING,
        words=prediction_words,
    )


def _chosen(parameters: "MultiDict[str, str]") -> Chosen:
    others = MultiDict(pair for pair in parameters.items(multi=True) if pair[0] not in (*OWN, *NOT_HERE))
    people = criteria(others)
    cut_off = parameters.get("cut_off", "").strip() or USUAL
    type, errors = parameters.get("type", "").strip(), dict(people.errors)
    if not (cut_off.isascii() and cut_off.isdigit() and LOWEST <= int(cut_off[:4]) <= HIGHEST):
        errors["cut_off"] = WRONG["cut_off"]
        cut_off = USUAL
    based = basis(request_context()) if type else None
    if type and (based is None or type not in based.types):
        errors["type"] = WRONG["type"]
    return Chosen(people, str(int(cut_off)), type, errors)


def _found(chosen: Chosen) -> tuple[PredictionPage, PageLinks]:
    context = request_context()
    start = requested_page("cursor", of=(chosen.filter, g.user.id))
    after = None if start.after is None else prediction_end(context, start.after, rank=start.before)
    page = prediction_list(context, chosen.filter, rules=application().harm, limit=ROWS, after=after)
    following = start.next(page.next.place.person if page.next else None, shown=len(page.people))

    def link(text: str | None) -> str:
        return chosen.address("web.predictions", **({"cursor": text} if text else {}))

    return page, page_links(start, following, of=(chosen.filter, g.user.id), address=link)


def _counted(page: PredictionPage) -> str:
    return f"{MOST_COUNTED:,} or more" if page.total >= MOST_COUNTED else f"{page.total:,}"


def _row(one: PredictedPerson) -> Row:
    return Row(
        **shown_person(one.person, today=request_context().today).cells(),
        rank=f"{one.rank:,}",
        probability=prediction_words.percent(one.probability),
        type=one.type,
    )


def _valid() -> Chosen:
    chosen = _chosen(request.args)
    if chosen.errors:
        raise NotFound("This address is not of a list of predictions. Start again from the list.")
    return chosen
