"""The demonstration: the synthetic library, a user of each role and a caseload of fictional people.

It is prepared in a temporary folder and then moved into place, so that an interrupted start leaves nothing
incomplete. A database that is not a demonstration is never changed.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.demonstration.caseload import caseload
from api.services.access.accounts import create_api_key, create_user, find_user
from api.services.assessments.assessments import submit_assessment
from api.services.context import Context, context_of
from api.services.users import Role, viewer_of
from api.storage import KeptHead, Store, upgrade
from reference_library import PACKAGED_STEPS, load, packaged_library
from rms.errors import ConfigurationInvalid

USERS = (
    ("casey.worker", Role.CASE_WORKER),
    ("sam.supervisor", Role.SUPERVISOR),
    ("ana.analyst", Role.ANALYST),
    ("ada.admin", Role.ADMINISTRATOR),
    ("aud.auditor", Role.AUDITOR),
)
BY = "demonstration"

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
    _submit_caseload(context, library, counted=counted)
    store.close()
    _write(data / "demo.json", json.dumps({"address": address, "api_key": api_key, "users": users}, indent=2))
    # Files of a database that was deleted.
    for leftover in ("rms.sqlite-wal", "rms.sqlite-shm", KeptHead(data).file.name):
        (data / leftover).unlink(missing_ok=True)
    (draft / "rms.sqlite").replace(data / "rms.sqlite")
    shutil.rmtree(draft)


def _submit_caseload(context: Context, folder: Path, *, counted: Counted) -> None:
    library = load(folder)
    entries, worker = caseload(library, until=context.at), find_user(context, USERS[0][0])
    with counted(len(entries), doing="Creating a caseload") as done:
        for entry in entries:
            store = context.store.within(viewer_of(worker, at=entry.at))
            submit_assessment(context_of(worker, store=store, at=entry.at), entry.assessment, library=library)
            done(1)


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
