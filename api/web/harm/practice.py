"""The settings of the force and its areas: each override beside the default, and the form for one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import OFFICE_PEOPLE, SUPERVISION
from api.context import request_context
from api.services.harm.practice import areas_to_decide, decide, practice, setting_named
from api.services.harm.ready_made import READY_MADE
from api.services.harm.shares import sees_whole_force
from api.storage import PracticeDecision
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, typed, whole_typed
from rms.errors import Conflict, InvalidInput
from rms.harm.practice import Choices, Setting, Value
from rms.people.offices import in_tree_order
from rms.reports import harm_words

FORCE = "force"
DONE = {"set": "Setting changed."}
TITLES = {one.name: one.title for one in READY_MADE}
MESSAGES = {"area": "Choose the force or an area.", "value": "", "reason": harm_words.REASON_NEEDED}


@dataclass(frozen=True)
class ShownDecision:
    """A value with who decided on it, when and why; `by` is empty for what came with RMS."""

    whose: str
    value: str
    by: str
    at: datetime | None
    reason: str


@dataclass(frozen=True)
class ShownSetting:
    name: str
    title: str
    about: str
    default: ShownDecision
    overrides: tuple[ShownDecision, ...]


@blueprint.get("/harm/settings")
@allow_roles(OFFICE_PEOPLE)
def practice_page() -> str:
    shown = []
    for one in practice(request_context()):
        title, about = harm_words.PRACTICE[one.setting.name]
        overrides = tuple(
            _decision(each.area.name, each.decision.value, each.decision) for each in one.overrides
        )
        default = _decision("Default of the force", one.default, one.decision)
        shown.append(ShownSetting(one.setting.name, title, about, default, overrides))
    return render_template("harm/practice.html", settings=shown, done=done_message(DONE))


@blueprint.get("/harm/settings/<name>")
@allow_roles(SUPERVISION)
def practice_setting(name: str) -> str:
    return _form(setting_named(name))


@blueprint.post("/harm/settings/<name>")
@allow_roles(SUPERVISION)
def decide_on_setting(name: str) -> ResponseReturnValue:
    setting, area = setting_named(name), request.form.get("area", "")
    is_ended = request.form.get("end") == "yes" and area != FORCE
    try:
        if not area:
            return _form(setting, {"area": MESSAGES["area"]}), HTTPStatus.UNPROCESSABLE_ENTITY
        decide(
            request_context(),
            name,
            area=None if area == FORCE else area,
            value=None if is_ended else _given(setting),
            reason=request.form.get("reason", ""),
        )
    except InvalidInput as refused:
        messages = {**MESSAGES, "value": refused.problems[0].detail}
        return _form(setting, errors_of(refused, messages)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _form(setting, {"value": refused.detail}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.practice_page", done="set"), HTTPStatus.SEE_OTHER)


def _given(setting: Setting) -> object:
    if isinstance(setting, Choices):
        return request.form.getlist("value")
    return whole_typed(request.form.get("value", "").strip())


def _form(setting: Setting, errors: Errors | None = None) -> str:
    title, about = harm_words.PRACTICE[setting.name]
    is_sent = request.method == "POST"
    default = next(one.default for one in practice(request_context()) if one.setting == setting)
    chosen = request.form.getlist("value") if is_sent else default if isinstance(default, tuple) else ()
    return render_template(
        "harm/practice_form.html",
        setting=setting,
        title=title,
        about=about,
        areas=_areas(),
        options={name: TITLES[name] for name in setting.options} if isinstance(setting, Choices) else {},
        chosen=chosen,
        typed=typed() if is_sent else {"value": str(default)},
        errors=errors or {},
    )


def _areas() -> Mapping[str, str]:
    context = request_context()
    force = {FORCE: "The force: the default for all areas"} if sees_whole_force(context) else {}
    areas = {area.id: area for area in areas_to_decide(context)}
    depths = in_tree_order({area.id: area.parent for area in areas.values()})
    return force | {
        areas[key].code or "": formatting.indented(areas[key].name, depth) for depth, key in depths
    }


def _decision(whose: str, value: Value, decision: PracticeDecision | None) -> ShownDecision:
    if decision is None:
        return ShownDecision(whose, _words(value), "", None, "")
    return ShownDecision(whose, _words(value), decision.set_by, decision.set_at, decision.reason)


def _words(value: Value) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "; ".join(TITLES[name] for name in value if name in TITLES) or "none"
