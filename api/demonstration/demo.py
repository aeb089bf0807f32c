"""The demonstration: the synthetic library, a user of each role, and fictional people.

They are the caseload of a probation office and the records of a police force, which share some people.

It is prepared in a temporary folder and then moved into place, so that an interrupted start leaves nothing
incomplete. A database that is not a demonstration is never changed.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.config import BOUNDARIES
from api.demonstration.caseload import Entry, caseload
from api.demonstration.force import known_people, write_boundaries, write_force, write_second_source
from api.demonstration.meetings import hold_last_meeting, prepare_next_meeting
from api.demonstration.support import add_support
from api.services.access.accounts import create_api_key, create_user, find_user
from api.services.access.offices import offices
from api.services.assessments.assessments import submit_assessment
from api.services.context import Context, context_of
from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import HarmRules
from api.services.network.refreshing import refresh_network
from api.services.prediction.models import change_state
from api.services.prediction.predicting import predict
from api.services.records.duplicates import propose_duplicates
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.services.users import Role, viewer_of
from api.storage import KeptHead, Store, upgrade
from reference_library import PACKAGED_STEPS, load, packaged_library
from rms.calendar import months_before
from rms.errors import ConfigurationInvalid
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.prediction.states import State
from rms.records.layout import LAYOUT

ADMINISTRATOR = "ada.admin"
USERS = (
    ("casey.worker", Role.CASE_WORKER),
    ("sam.supervisor", Role.SUPERVISOR),
    ("ana.analyst", Role.ANALYST),
    (ADMINISTRATOR, Role.ADMINISTRATOR),
    ("aud.auditor", Role.AUDITOR),
)
# Users of the force, and the codes of their areas.
OF_FORCE = (
    ("fran.force", Role.SUPERVISOR, "WSM"),
    ("sergeant.carrow", Role.OFFENDER_MANAGER, "WSMC01"),
)
BY = "demonstration"
SEED, PEOPLE = 20261130, 5_000  # of the force
PREDICTION_DAYS = 6  # of training and test

Steps = Callable[[int], AbstractContextManager[Callable[[str], None]]]
Counted = Callable[..., AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True)
class Demo:
    """Its address, its API key and users, and the environment variables of the server."""

    address: str
    api_key: str
    users: tuple[Mapping[str, str], ...]
    environment: Mapping[str, str]


def prepare(data: Path, *, address: str, steps: Steps, counted: Counted) -> Demo:
    """The demonstration in the folder `data`. It is created if it does not exist.

    Raises
    ------
    ConfigurationInvalid
        If the folder holds a database that is not a demonstration.
    """
    data.mkdir(parents=True, exist_ok=True)
    access = data / "demo.json"
    if not access.exists() and (data / "rms.sqlite").exists():
        raise ConfigurationInvalid(
            f"{data} contains a database that is not a demonstration. Choose another folder."
        )
    library = _library(data / "libraries", steps=steps)
    if not (access.exists() and (data / "rms.sqlite").exists()):
        _make(data, library, address=address, counted=counted)
    upgrade(_url(data))  # an earlier version may have created it
    if not (data / BOUNDARIES).exists():
        write_boundaries(data / BOUNDARIES, seed=SEED, people=PEOPLE)
    known = {**json.loads(access.read_text(encoding="utf-8")), "address": address}
    _write(access, json.dumps(known, indent=2))
    return Demo(
        address=address,
        api_key=known["api_key"],
        users=tuple(known["users"]),
        environment={
            "RMS_DATA": str(data),
            "RMS_DATABASE": _url(data),
            "RMS_LIBRARY": str(library),
            "RMS_SECRET_KEY": _secret(data / "secret"),
            "RMS_INSECURE_COOKIES": "1",  # plain HTTP, this machine only
        },
    )


def _library(parent: Path, *, steps: Steps) -> Path:
    with steps(PACKAGED_STEPS) as begin:
        return packaged_library(parent, on_step=begin)


def _make(data: Path, library: Path, *, address: str, counted: Counted) -> None:
    draft = data / ".demo-draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    now = datetime.now(UTC)
    upgrade(_url(draft))
    store = Store(_url(draft))
    context = Context(store, now, BY)
    users = [{"username": name, "password": _password(), "role": str(role)} for name, role in USERS]
    for user in users:
        create_user(context, user["username"], user["password"], role=Role(user["role"]))
    api_key = create_api_key(context, USERS[0][0], name="demonstration")
    entries = _submit_caseload(context, library, counted=counted)
    users += _add_force(context, draft / "force", entries, counted=counted)
    store.close()
    _write(data / "demo.json", json.dumps({"address": address, "api_key": api_key, "users": users}, indent=2))
    # Files of a database that was deleted.
    for leftover in ("rms.sqlite-wal", "rms.sqlite-shm", KeptHead(data).file.name):
        (data / leftover).unlink(missing_ok=True)
    (draft / "rms.sqlite").replace(data / "rms.sqlite")
    shutil.rmtree(draft)


def _submit_caseload(context: Context, folder: Path, *, counted: Counted) -> Sequence[Entry]:
    library = load(folder)
    entries, worker = caseload(library, until=context.at), find_user(context, USERS[0][0])
    with counted(len(entries), doing="Creating a caseload") as done:
        for entry in entries:
            store = context.store.within(viewer_of(worker, at=entry.at))
            submit_assessment(context_of(worker, store=store, at=entry.at), entry.assessment, library=library)
            done(1)
    return entries


def _add_force(
    context: Context, folder: Path, entries: Sequence[Entry], *, counted: Counted
) -> list[dict[str, str]]:
    """Import the records of a fictional force and its custody suites. Calculate harm scores and network.

    Returns its users, one of whom has had a meeting.
    """
    force: dict[str, Any] = {"seed": SEED, "people": PEOPLE, "day": context.today}
    write_force(folder / "crimes", **force, known=known_people(entries))
    write_second_source(folder / "custody", **force, known=known_people(entries))
    with counted(2 * len(LAYOUT), doing="Importing the records of a force") as done:
        for source in ("crimes", "custody"):
            import_folder(context, FolderOnDisk(folder / source))
            done(len(LAYOUT))
    propose_duplicates(context)
    names = {office.code: office.name for office in offices(context)}
    users = []
    for name, role, area in OF_FORCE:
        users.append({"username": name, "password": _password(), "role": str(role)})
        create_user(context, name, users[-1]["password"], role=role, office=names[area])
    supervisor, manager = (find_user(context, name) for name, *_ in OF_FORCE)
    rules = HarmRules(harm_settings(), crime_harm_index())
    month_ago = months_before(context.today, 1)  # so that the list shows what has moved
    refresh_scores(context, day=month_ago, rules=rules)
    at = context.at - (context.today - month_ago)
    hold_last_meeting(context, manager, supervisor, rules=rules, at=at)
    refresh_scores(context, day=context.today, rules=rules)
    prepare_next_meeting(context, manager, rules=rules)
    staff = [find_user(context, name) for name in (*(name for name, _ in USERS), manager.username)]
    add_support(context, staff, manager=manager, supervisor=supervisor, rules=rules)
    refresh_network(context, day=context.today)
    with counted(PREDICTION_DAYS, doing="Training a prediction") as done:
        _add_prediction(context, rules, on_day=lambda _day: done(1))
    return users


def _add_prediction(context: Context, rules: HarmRules, *, on_day: Callable[[object], None]) -> None:
    """A model that one trained, and another approved and put to use, with its predictions."""
    # scikit-learn is an extra, and takes a second to import.
    from api.services.prediction.training import train_model  # noqa: PLC0415

    version, reason = f"{context.today:%Y-%m}", "For the demonstration."
    train_model(context, rules=rules, version=version, reason=reason, on_day=on_day)
    approver = Context(context.store, context.at, ADMINISTRATOR)
    for state in (State.APPROVED, State.SHADOW, State.CURRENT):
        change_state(approver, version, state, reason=reason)
    predict(context, day=context.today, rules=rules)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'rms.sqlite'}"


def _password() -> str:
    """Five groups of letters and digits that are easy to read out and type: 100 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


def _secret(path: Path) -> str:
    if not path.exists():
        _write(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read. An interrupted write leaves the old file unchanged."""
    draft = path.with_name(f".{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
