"""Audit entries in words: for each action the sentence that follows the name of the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.storage import Entry

SENTENCES: Mapping[str, str] = {
    "access.refused": "was refused a page or request that is not for their role",
    "assessment.exported": "downloaded {assessment} as CSV",
    "assessment.judged": "recorded their own judgement on {assessment}",
    "assessment.read": "opened the result of {assessment}",
    "assessment.refused": "asked for {assessment} and was refused",
    "assessment.report_downloaded": "downloaded the report of {assessment}",
    "assessment.submitted": "submitted {assessment}",
    "assessments.counted": "counted assessments, including those of {person}",
    "assessments.exported": "exported assessments, including those of {person}",
    "assessments.listed": "saw {assessment} in a list",
    "audit.exported": "downloaded the audit log as CSV",
    "audit.head_read": "read the last entry of the audit log",
    "audit.person_read": "searched the audit log for {person}",
    "audit.read": "read the audit log",
    "audit.verified": "verified the audit log",
    "band.added": "added a band",
    "caseload.assigned": "added {person} to the caseload of {user}",
    "caseload.listed": "saw {person} on the caseload of {user}",
    "caseload.released": "removed {person} from the caseload of {user}",
    "caseload.unassigned_listed": "saw {person} in the list of unallocated people",
    "database.begun_anew": "started a new, empty database",
    "database.restored": "accepted a database restored from a backup",
    "draft.changed": "saved a draft",
    "draft.discarded": "deleted a draft",
    "draft.started": "started a draft",
    "draft.submitted": "submitted a draft",
    "erasure.requested": "requested the erasure of all records of {person}",
    "erasure.withdrawn": "withdrew the request to erase all records of {person}",
    "export.cancelled": "cancelled an export",
    "export.deleted": "deleted the file of an export",
    "export.failed": "requested an export that failed",
    "export.fetched": "downloaded the file of an export",
    "export.made": "requested an export, and its file was created",
    "export.requested": "requested an export",
    "export_options.removed": "deleted saved export options",
    "export_options.saved": "saved export options",
    "exports.listed": "read the list of exports",
    "feedback.given": "gave feedback",
    "filter.removed": "deleted a saved filter",
    "filter.saved": "saved a filter",
    "hold.lifted": "lifted the legal hold on {person}",
    "hold.placed": "placed a legal hold on {person}",
    "import.cancelled": "cancelled an import",
    "import.deleted": "deleted the results of an import",
    "import.failed": "requested an import that failed",
    "import.fetched": "downloaded the results of an import",
    "import.made": "requested an import, and it was completed",
    "import.requested": "requested an import",
    "key.added": "added an API key",
    "key.revoked": "revoked an API key",
    "library.ended": "ended the use of the library of an instrument",
    "library.used": "chose the library in use for an instrument",
    "login.by_agency": "signed in with the agency’s identity provider",
    "login.refused": "could not sign in as {user}",
    "note.withdrawn": "withdrew a note on {assessment}",
    "note.written": "wrote a note on {assessment}",
    "notice.accepted": "accepted the notice",
    "office.added": "added {office}",
    "office.moved": "moved {office}",
    "office.renamed": "renamed {office}",
    "override.decided": "decided on an override of {assessment}",
    "override.made": "overrode a score of {assessment}",
    "overrides.listed": "saw overrides of {assessment} in a list",
    "people.found": "saw {person} in a list of people by the beginning of a number",
    "person.added": "added {person}",
    "person.disclosed": "opened all data held about {person}",
    "person.erased": "erased all records of {person}",
    "person.moved": "moved {person} to {office}",
    "person.read": "opened the list of assessments of {person}",
    "recovery_code.used": "used a recovery code",
    "second_factor.begun": "started to set up a second factor",
    "second_factor.confirmed": "set up a second factor",
    "second_factor.refused": "entered a wrong code",
    "second_factor.removed": "removed the second factor of {user}",
    "secret.added": "added a client secret",
    "secret.revoked": "revoked a client secret",
    "session.ended": "signed out",
    "session.others_ended": "ended the other sessions of {user}",
    "session.started": "signed in",
    "token.added": "was given an access token",
    "token.refused": "was refused an access token",
    "token.revoked": "revoked an access token",
    "user.added": "created the account of {user}",
    "user.changed": "changed the account of {user}",
    "user.password_changed": "changed the password of {user}",
    "webhook.added": "added a webhook",
    "webhook.changed": "changed a webhook",
    "webhook.disabled": "turned off a webhook that failed",
    "webhook.removed": "deleted a webhook",
}
MOST_NAMED = 3  # assessments in one sentence


@dataclass(frozen=True)
class Names:
    """The names behind the keys of entries, as far as they still exist.

    `assessments` and `overrides` are those of one person. An override has the ID of its assessment.
    """

    person: str = "the person"
    assessments: Mapping[int, str] = field(default_factory=dict)
    overrides: Mapping[int, str] = field(default_factory=dict)
    users: Mapping[int, str] = field(default_factory=dict)
    offices: Mapping[int, str] = field(default_factory=dict)


def sentence(entry: Entry, names: Names) -> str:
    """What was done. It follows the name of the user."""
    template = SENTENCES.get(entry.action)
    if template is None:  # of another version of RMS
        return f"did “{entry.action}”"
    return template.format(
        assessment=_assessments(entry, names),
        person=names.person,
        user=_name_of(entry, "user", names.users),
        office=_name_of(entry, "office", names.offices),
    )


def described(action: str) -> str:
    """What every entry of this action says was done. It names nobody."""
    template = SENTENCES.get(action, f"did “{action}”")
    return template.format(assessment="an assessment", person="a person", user="a user", office="an office")


def _assessments(entry: Entry, names: Names) -> str:
    """The IDs of the person's assessments that the entry names."""
    ids = [names.assessments[key] for key in _assessment_keys(entry) if key in names.assessments]
    if entry.object_kind == "override" and int(entry.object_key) in names.overrides:
        ids = [names.overrides[int(entry.object_key)]]
    if not ids:
        return f"an assessment of {names.person}"
    if len(ids) > MOST_NAMED:
        return f"{len(ids)} assessments of {names.person}"
    return " and ".join([", ".join(ids[:-1]), ids[-1]] if len(ids) > 1 else ids)


def _assessment_keys(entry: Entry) -> list[int]:
    if entry.object_kind == "assessment" and entry.object_key.isdecimal():
        return [int(entry.object_key)]
    keys = entry.detail.get("keys", [entry.detail["assessment"]] if "assessment" in entry.detail else [])
    return list(map(int, keys))


def _name_of(entry: Entry, kind: str, names: Mapping[int, str]) -> str:
    """A user or an office that the entry names, as its object or in its detail."""
    key = entry.object_key if entry.object_kind == kind else entry.detail.get(kind)
    if key is None or not str(key).isdecimal():
        return f"an unknown {kind}"
    return names.get(int(key), f"{kind} {key}")
