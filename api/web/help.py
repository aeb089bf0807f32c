"""Help: the guide, the method with a worked example, the scoring guide and the tour."""

from flask import g, render_template, request

from api.auth import allow_roles
from api.auth.roles import EVERYBODY, OFFENDER_LISTS, PROFESSIONALS, SUPERVISION
from api.context import application, libraries, library_of, request_context
from api.services.assessments.worked_example import worked_example
from api.services.search.search import page_of
from api.services.users import Role
from api.storage import ListedSubmission
from api.web.blueprint import blueprint
from rms.engine.filter import Filter, Sort
from rms.engine.result import SPARSE_BELOW, WITHHELD_BELOW
from rms.harm.settings import BANDS
from rms.instrument.scoring_guide import facts
from rms.reports import prediction_words, wording
from rms.reports.content import sentences
from rms.reports.harm_words import EXAMPLE_BASED_GAP, LEFT_OUT, NOT_FOR, OWN_FORMULA, WHAT_FOR


@blueprint.get("/help")
@allow_roles(EVERYBODY)
def help() -> str:
    in_use = libraries()
    role = g.user.role
    return render_template(
        "help.html",
        harm=role in OFFENDER_LISTS,
        decides=role in SUPERVISION,
        assesses=role is not Role.OFFENDER_MANAGER,
        own_formula=OWN_FORMULA,
        left_out=LEFT_OUT,
        gap=EXAMPLE_BASED_GAP,
        harm_use=WHAT_FOR,
        harm_not=NOT_FOR,
        prediction=prediction_words,
        bands=list(reversed(BANDS)),
        instrument=in_use.default.instrument,
        instruments=application().instruments.every(in_use=in_use),
        in_use=[library.instrument.name for library in in_use],
        stale_months=application().terms.stale_months,
        sparse_below=SPARSE_BELOW,
        withheld_below=WITHHELD_BELOW,
        mixed=(wording.MIXED_FROM, wording.MIXED_TO),
        needs_caveat=wording.NEEDS_CAVEAT,
        evidence=wording.evidence_sentence(1.5),
    )


@blueprint.get("/help/method")
@allow_roles(EVERYBODY, strangers=True)
def method() -> str:
    """Open to everyone, so that people who are assessed can see the method too (safeguards, D09)."""
    library = library_of(request.args.get("instrument"))
    whole = library.if_whole()
    example = worked_example(whole) if whole else None
    return render_template(
        "help_method.html",
        library=library,
        libraries=libraries(),
        facts={
            key: library.manifest.get(key) for key in ("source", "period", "outcome_source", "detection_bias")
        },
        explainer=wording.explainer(len(example.steps), synthetic=library.synthetic) if example else "",
        example=example,
        sentences=sentences(example.simulation, library.instrument) if example else (),
        synthetic_warning=wording.SYNTHETIC_WARNING,
        definitions=[
            (process.label, *wording.definition_sentence(process)) for process in library.instrument.processes
        ],
    )


@blueprint.get("/help/scoring/<name>")
@allow_roles(EVERYBODY)
def scoring(name: str) -> str:
    in_use = libraries()
    instrument = application().instruments.find(name, in_use=in_use)
    used = {library.instrument.sha256 for library in in_use}
    return render_template("help_scoring.html", instrument=instrument, facts=facts, in_use=used)


@blueprint.get("/help/tour")
@allow_roles(EVERYBODY)
def tour() -> str:
    synthetic = library_of().synthetic
    return render_template("help_tour.html", synthetic=synthetic, example=_example() if synthetic else None)


def _example() -> ListedSubmission | None:
    """The made-up person for the tour: the one who was assessed last."""
    if g.user.role not in PROFESSIONALS:
        return None
    latest = page_of(request_context(), Filter(latest=True), sort=Sort(), limit=1).submissions
    return next((one for one in latest if libraries().has(one.instrument_name)), None)
