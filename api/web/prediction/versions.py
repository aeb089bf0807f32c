"""The models of the prediction, for administrators: approve, shadow, make current, roll back, withdraw."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.services.prediction.models import ModelVersion, change_state, model_version, model_versions
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, typed
from api.web.prediction.figures import months_of
from rms.errors import Conflict, InvalidInput, NotFound
from rms.prediction.states import FROM, STATE_WORDS, State
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import prediction_words

REASON = "Explain the reason, on one line of up to 1,000 characters."
DONE = {
    str(State.APPROVED): "The model is approved.",
    str(State.SHADOW): "The model is in shadow. It predicts, and nothing is shown.",
    str(
        State.CURRENT
    ): "The model is current. Its predictions are shown, first those that it made in shadow.",
    str(State.ROLLED_BACK): "The model is rolled back.",
    str(State.WITHDRAWN): "The model is withdrawn.",
}
BUTTONS = {
    State.APPROVED: "Approve",
    State.SHADOW: "Put in shadow",
    State.CURRENT: "Make current",
    State.ROLLED_BACK: "Roll back",
    State.WITHDRAWN: "Withdraw",
}
STEPS = (
    (State.TRAINED, "The command “rms harm train” trained and tested it."),
    (State.APPROVED, "Someone other than the person who trained it approved it."),
    (State.SHADOW, "It predicts, so that it can be checked. Nobody sees its predictions."),
    (State.CURRENT, "Its predictions are shown."),
)


@dataclass(frozen=True)
class Shown:
    """A model, and the changes that can follow: state and button."""

    version: ModelVersion
    state: str
    next: tuple[tuple[str, str], ...]


@blueprint.get("/administration/prediction")
@allow_roles(ADMINISTRATION)
def prediction_versions() -> str:
    return render_template(
        "prediction/versions.html",
        models=[_shown(one) for one in model_versions(request_context())],
        steps=[(STATE_WORDS[state], words) for state, words in STEPS],
        done=done_message(DONE),
        health_warning=HEALTH_WARNING,
    )


@blueprint.get("/administration/prediction/<version>")
@allow_roles(ADMINISTRATION)
def prediction_version(version: str) -> str:
    return _page(version)


@blueprint.post("/administration/prediction/<version>")
@allow_roles(ADMINISTRATION)
def change_prediction_version(version: str) -> ResponseReturnValue:
    """Give a model another state, with a reason."""
    state = request.form.get("state", "")
    if state not in DONE:
        raise NotFound("There is no such change of a model.")
    try:
        change_state(request_context(), version, State(state), reason=typed().get("reason", ""))
    except InvalidInput:
        return _page(version, {"reason": REASON}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page(version, {"reason": refused.detail}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.prediction_versions", done=state), HTTPStatus.SEE_OTHER)


@blueprint.get("/administration/prediction/<version>/model.json")
@allow_roles(ADMINISTRATION)
def prediction_file(version: str) -> Response:
    """The file of a model, as it was written."""
    stored = model_version(request_context(), version).stored
    return attachment(stored.file, "application/json", f"model-{stored.version}.json")


def _page(version: str, errors: Errors | None = None) -> str:
    found = _shown(model_version(request_context(), version))
    return render_template(
        "prediction/version.html",
        one=found,
        model=found.version.model,
        weights=_weights(found.version),
        months=months_of(found.version),
        state_words={str(state): words for state, words in STATE_WORDS.items()},
        errors=errors or {},
        typed=typed(),
        health_warning=HEALTH_WARNING,
        words=prediction_words,
    )


def _shown(version: ModelVersion) -> Shown:
    now = State(version.stored.state)
    return Shown(
        version,
        STATE_WORDS[now],
        tuple((str(state), button) for state, button in BUTTONS.items() if now in FROM[state]),
    )


def _weights(version: ModelVersion) -> list[tuple[str, str]]:
    """What each feature weighs, on the standardised scale, the largest first."""
    model = version.model
    if model is None:
        return []
    pairs = sorted(zip(model.features, model.weights, strict=True), key=lambda pair: -abs(pair[1]))
    return [(feature.title, f"{weight:+.3f}") for feature, weight in pairs]
