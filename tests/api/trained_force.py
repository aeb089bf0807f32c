"""A fictional force in a database with harm scores and a trained model of the prediction."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from api.demonstration.force import write_force
from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import HarmRules
from api.services.prediction.models import change_state
from api.services.prediction.predicting import predict
from api.services.prediction.training import train_model
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.prediction.states import State
from tests.api.contexts import context_for

RULES = HarmRules(harm_settings(), crime_harm_index())
SEED, PEOPLE = 3, 1_500
DAY = date(2026, 2, 28)
AT = datetime(2026, 2, 28, 9, tzinfo=UTC)
VERSION = "2026-02"
TRAINER, APPROVER = "ana.trainer", "ada.approver"


def load_force(store: Store, *, people: int = PEOPLE) -> None:
    """Import the force, and calculate its harm scores."""
    with TemporaryDirectory() as name:
        write_force(Path(name), seed=SEED, people=people, day=DAY)
        import_folder(context_for(store, at=AT), FolderOnDisk(Path(name)))
    refresh_scores(context_for(store, at=AT), day=DAY, rules=RULES)


def train(store: Store, version: str = VERSION) -> None:
    context = context_for(store, by=TRAINER, at=AT)
    train_model(context, rules=RULES, version=version, reason="the yearly training")


def become(store: Store, *states: State, version: str = VERSION, by: str = APPROVER) -> None:
    """Give the model these states, one after the other."""
    for state in states:
        change_state(context_for(store, by=by, at=AT), version, state, reason="as the board decided")


def use(store: Store, version: str = VERSION) -> None:
    """Approve the model, put it in shadow, make it current, and predict."""
    become(store, State.APPROVED, State.SHADOW, State.CURRENT, version=version)
    predict(context_for(store, at=AT), day=DAY, rules=RULES)
