"""Training: exercises about fictional people, and the log of who has done which."""

from http import HTTPStatus

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AGENCY_POLICY, EVERYBODY
from api.context import request_context
from api.services.support.training import own_training, trainees, try_exercise
from api.web.blueprint import blueprint
from api.web.form_data import Errors, typed
from rms.errors import InvalidInput, LimitReached
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.settings import COMPONENTS
from rms.reports import harm_words, record_words, wording
from rms.support.training import (
    DAY,
    Exercise,
    FictionalPerson,
    exercise_named,
    exercises,
    fictional_people,
    score_of,
)


@blueprint.get("/support/training")
@allow_roles(EVERYBODY)
def training() -> str:
    tried = own_training(request_context())
    names = {one.name for one in exercises()}
    return render_template(
        "support/training.html",
        exercises=exercises(),
        tried=tried,
        passed=sum(one.passed_at is not None for name, one in tried.items() if name in names),
        sees_log=g.user.role in AGENCY_POLICY,
    )


@blueprint.get("/support/training/exercises/<name>")
@allow_roles(EVERYBODY)
def exercise(name: str) -> str:
    return _page(exercise_named(name))


@blueprint.post("/support/training/exercises/<name>")
@allow_roles(EVERYBODY)
def answer_exercise(name: str) -> ResponseReturnValue:
    asked, answer = exercise_named(name), typed().get("answer", "")
    try:
        passed = try_exercise(request_context(), asked, answer)
    except InvalidInput:
        return _page(asked, {"answer": "Choose one of the answers."}), HTTPStatus.UNPROCESSABLE_ENTITY
    except LimitReached as refused:
        return _page(asked, {"answer": refused.detail}), HTTPStatus.CONFLICT
    result = "right" if passed else "wrong"
    return redirect(url_for("web.exercise", name=name, result=result), HTTPStatus.SEE_OTHER)


@blueprint.get("/support/training/log")
@allow_roles(AGENCY_POLICY)
def training_log() -> str:
    return render_template(
        "support/training_log.html", exercises=exercises(), trainees=trainees(request_context())
    )


def _page(asked: Exercise, errors: Errors | None = None) -> str:
    order = exercises()
    place = order.index(asked)
    return render_template(
        "support/exercise.html",
        exercise=asked,
        number=place + 1,
        of=len(order),
        following=order[place + 1] if place + 1 < len(order) else None,
        training_day=DAY,
        rows=[_row(person) for person in fictional_people()],
        about=_details(asked.about) if asked.about else None,
        result="" if errors else request.args.get("result", ""),
        errors=errors or {},
        typed=typed(),
    )


def _row(person: FictionalPerson) -> dict[str, str]:
    return {
        "name": person.name,
        "age": str(person.age),
        "score": str(score_of(person).shown),
        "custody": f"until {wording.day(person.release)}" if person.release else "no",
        "managed": person.managed_by or "not managed",
    }


def _details(person: FictionalPerson) -> dict[str, object]:
    """The offences, markers, reports and components of a person, in words."""
    score, table = score_of(person), crime_harm_index()
    offences = []
    for one in sorted(person.history.offences, key=lambda offence: offence.on, reverse=True):
        severity = table.severity_of(one.code, one.on)
        outcome = record_words.OUTCOMES[one.outcome] if one.outcome else wording.NO_VALUE
        stage = record_words.STAGES[one.stage] if one.stage else wording.NO_VALUE
        offences.append((wording.day(one.on), severity.group if severity else one.code, stage, outcome))
    return {
        "name": person.name,
        "offences": offences,
        "markers": [record_words.MARKERS[one.kind] for one in person.history.markers],
        "reports": [f"grade {one.grade}, {wording.day(one.on)}" for one in person.history.reports],
        "components": [
            (
                harm_words.LABELS[name],
                wording.fixed(getattr(score, name), places=1),
                f"{100 * harm_settings().weights[name]:.0f}%",
            )
            for name in COMPONENTS
        ],
    }
