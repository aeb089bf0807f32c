"""Training a model on the agency's own history, split in time."""

from collections.abc import Callable
from datetime import date

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.prediction.columns import offence_types
from api.services.prediction.measuring import as_at, day_of, figures_of, known_later
from api.services.prediction.models import check_reason
from api.services.prediction.reading import high_cut
from api.storage import StoredModel
from rms.calendar import months_before
from rms.errors import InvalidInput, Problem
from rms.prediction.features import features
from rms.prediction.model_files import model_file, sha256_of
from rms.prediction.target import last_complete_day, training_days
from rms.prediction.training import train

HISTORY = 6  # years: days of training lie within them
VERSION = "lower-case letters, digits, dots, - and _, up to 64"


def train_model(
    context: Context,
    *,
    rules: HarmRules,
    version: str,
    reason: str,
    on_day: Callable[[date], None] = lambda _day: None,
) -> StoredModel:
    """Train a model, test it on a later day, and store it with its figures. It is not used yet.

    Raises
    ------
    InvalidInput
        If the version is taken or no name, or if there is too little history.
    Conflict
        If there are no records, or no harm scores with bands.
    """
    check_reason(reason)
    _check_version(context, version)
    high = high_cut(context)
    described = as_at(context)
    test_day = last_complete_day(described)
    days = training_days(test=test_day, earliest=months_before(described, 12 * HISTORY))
    later = known_later(context, rules=rules)
    found = []
    for on in (test_day, *days):
        on_day(on)
        found.append(day_of(context, on, rules=rules, high=high, later=later))
    test, *trained = found
    types = offence_types(rules.table)
    model = train(
        [day for day in trained if len(day.score)],
        test=test,
        version=version,
        trained_on=context.today,
        as_at=described,
        features=features(types),
        types=types,
        high=high,
        rules=rules.name,
    )
    file = model_file(model)
    with context.store.transaction() as tx:
        models = tx.prediction_models
        models.add(
            version,
            sha256=sha256_of(file),
            file=file.decode(),
            reason=reason.strip(),
            by=context.by,
            at=context.at,
        )
        stored = models.named(version)
        assert stored is not None
        models.keep_figures(stored.id, figures_of(model, test, context=context))
    return stored


def _check_version(context: Context, version: str) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    if not (0 < len(version) <= 64 and set(version) <= allowed and version[0].isalnum()):
        raise InvalidInput([Problem("/version", "invalid_value", f"A version has {VERSION} characters.")])
    with context.store.reading() as tx:
        if tx.prediction_models.named(version) is not None:
            detail = f"There is a model {version}. Each needs a version of its own."
            raise InvalidInput([Problem("/version", "version_in_use", detail)])
