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
    "assessments.counted": "saw counts of assessments, including those of {person}",
    "assessments.exported": "exported assessments, including those of {person}",
    "assessments.listed": "saw {assessment} in a list",
    "audit.exported": "downloaded the audit log as CSV",
    "audit.head_read": "read the last entry of the audit log",
    "audit.person_read": "searched the audit log for {person}",
    "audit.read": "read the audit log",
    "audit.verified": "verified the audit log",
    "band.added": "added a score range",
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
    "duplicates.listed": "saw {person} in the list of likely duplicates",
    "duplicates.proposed": "looked for likely duplicates among records",
    "erased_records.allowed": "allowed imports to take erased records of a source system again",
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
    "harm.cuts_set": "set the cuts of the harm bands",
    "harm.explained": "opened the harm score of {person}",
    "practice.decided": "set how the force or an area works with its lists",
    "harm.policy_set": "decided whether suspected offences are shown",
    "harm.exported": "exported the offender list, including {person}",
    "harm.listed": "saw {person} in the offender list",
    "harm.mapped": "saw {person} counted on the map of the offender list",
    "harm.reasons_read": "asked why {person} is or is not on the offender list",
    "harm.reasons_refused": "asked about the offender list for a person, and was refused",
    "harm.refreshed": "calculated harm scores",
    "rules.decided": "asked for decisions of a rule",
    "harm_refresh.cancelled": "cancelled a scheduled calculation of harm scores",
    "harm_refresh.deleted": "deleted the result of a scheduled calculation of harm scores",
    "harm_refresh.failed": "owned a scheduled calculation of harm scores that failed",
    "harm_refresh.fetched": "downloaded the result of a scheduled calculation of harm scores",
    "harm_refresh.made": "owned a scheduled calculation of harm scores, and it was completed",
    "harm_refresh.requested": "set the schedule of a calculation of harm scores",
    "help_request.answered": "answered a request for help",
    "help_request.asked": "asked for help",
    "help_request.closed": "closed a request for help",
    "help_request.taken": "took a request for help",
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
    "library.ended": "stopped the use of a library for an instrument",
    "library.used": "chose which library an instrument uses",
    "list_export.cancelled": "cancelled a scheduled file of an offender list",
    "list_export.deleted": "deleted a scheduled file of an offender list",
    "list_export.failed": "was to be given a scheduled file of an offender list, which failed",
    "list_export.fetched": "downloaded a scheduled file of an offender list",
    "list_export.made": "was given a scheduled file of an offender list",
    "list_export.requested": "set the schedule of a file of an offender list",
    "login.by_agency": "signed in with the agency’s identity provider",
    "login.refused": "could not sign in as {user}",
    "meeting.closed": "closed a meeting whose minutes have {person}",
    "meeting.exported": "downloaded the minutes of a meeting, including {person}",
    "meeting.minutes_read": "saw {person} in the minutes of a meeting",
    "meeting.read": "saw {person} on the page of a meeting",
    "network.cluster_read": "saw {person} in the network of an offender list",
    "network.opened": "opened the network of an offender list",
    "network.refreshed": "calculated the network of associations",
    "note.withdrawn": "withdrew a note on {assessment}",
    "note.written": "wrote a note on {assessment}",
    "notice.accepted": "accepted the notice",
    "office.added": "added {office}",
    "office.moved": "moved {office}",
    "office.renamed": "renamed {office}",
    "offender_list.removed": "deleted a saved list",
    "offender_list.saved": "saved a list",
    "override.decided": "decided on an override of {assessment}",
    "override.made": "overrode a score of {assessment}",
    "overrides.listed": "saw overrides of {assessment} in a list",
    "people.found": "saw {person} in a list of people whose number begins with what was typed",
    "people.moved": "moved {person} to {office}, because records name another home area",
    "person.associations_read": "saw {person} among the associations of people",
    "person.added": "added {person}",
    "person.disclosed": "opened all data held about {person}",
    "person.erased": "erased all records of {person}",
    "person.moved": "moved {person} to {office}",
    "person.records_read": "opened the case records of {person}",
    "person.source_opened": "opened a record of {person} in its source system",
    "person.read": "opened the list of assessments of {person}",
    "people_import.cancelled": "cancelled an import of case records",
    "people_import.deleted": "deleted the result of an import of case records",
    "people_import.failed": "requested an import of case records that failed",
    "people_import.fetched": "downloaded the result of an import of case records",
    "people_import.made": "requested an import of case records, and it was completed",
    "people_import.requested": "requested an import of case records",
    "prediction.approved": "approved a model of the prediction",
    "prediction.calculated": "calculated predictions",
    "prediction.current": "made a model of the prediction the current one",
    "prediction.explained": "opened the prediction of {person}",
    "prediction.exported": "exported the list of predictions, including {person}",
    "prediction.listed": "saw {person} in the list of predictions",
    "comparison.exported": "exported {person} in a comparison, without a name",
    "prediction.replaced": "replaced a model of the prediction",
    "prediction.rolled_back": "rolled back a model of the prediction",
    "prediction.shadow": "put a model of the prediction in shadow",
    "prediction.trained": "trained a model of the prediction",
    "prediction.withdrawn": "withdrew a model of the prediction",
    "recommendation.decided": "decided on a recommendation about {person}",
    "recommendation.made": "recommended that {person} is selected or deselected",
    "recommendation.withdrawn": "withdrew a recommendation about {person}",
    "recommendations.listed": "saw {person} in a list of recommendations",
    "recommendations.read": "opened the recommendations about {person}",
    "records.imported": "imported case records of a source system",
    "records.joined": "joined the records of {person} and of another person",
    "records.kept_apart": "kept a likely duplicate of {person} apart",
    "records.separated": "separated records of {person} that had been joined",
    "recovery_code.used": "used a recovery code",
    "schedule.ended": "ended a schedule",
    "schedule.run": "began what a schedule had due",
    "comparison.deleted": "deleted a comparison of people listed and not listed",
    "comparison.made": "set up a comparison of people listed and not listed",
    "schedule.set": "set a schedule",
    "second_factor.begun": "started to set up a second factor",
    "second_factor.confirmed": "set up a second factor",
    "second_factor.refused": "entered a wrong code",
    "second_factor.removed": "removed the second factor of {user}",
    "secret.added": "added a client secret",
    "secret.revoked": "revoked a client secret",
    "session.ended": "signed out",
    "session.others_ended": "ended the other sessions of {user}",
    "session.started": "signed in",
    "service_note.added": "entered a note of another service about {person}",
    "service_note.withdrawn": "withdrew a note of another service about {person}",
    "service_notes.read": "opened the notes of other services about {person}",
    "support_rota.set": "set who is on the support rota in a week",
    "survey.answered": "answered a survey",
    "survey.closed": "closed a survey",
    "survey.opened": "opened a survey",
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
# A list in general: an entry alone does not say whether a certain person was in it.
LISTS: Mapping[str, str] = {
    "assessments.counted": "saw counts of assessments",
    "assessments.listed": "saw a list of assessments",
    "caseload.listed": "saw the caseload of {user}",
    "caseload.unassigned_listed": "saw the list of unallocated people",
    "duplicates.listed": "saw the list of likely duplicates",
    "harm.exported": "exported the offender list",
    "harm.listed": "saw the offender list",
    "meeting.closed": "closed a meeting",
    "meeting.exported": "downloaded the minutes of a meeting",
    "meeting.minutes_read": "saw the minutes of a meeting",
    "meeting.read": "saw the page of a meeting",
    "network.cluster_read": "saw a cluster of the network of an offender list",
    "overrides.listed": "saw a list of overrides",
    "people.found": "saw a list of people whose number begins with what was typed",
    "person.associations_read": "saw the associations of {person}",
    "prediction.exported": "exported the list of predictions",
    "prediction.listed": "saw the list of predictions",
    "comparison.exported": "exported a comparison",
    "recommendations.listed": "saw a list of recommendations",
}
MOST_NAMED = 3  # assessments in one sentence


@dataclass(frozen=True)
class Names:
    """The names behind the keys of entries, as far as they still exist.

    `assessments` and `overrides` are those of one person. An override has the ID of its assessment. If others
    were joined to the person, `looked_at` has for the number of each entry whom of them it is about.
    """

    person: str = "the person"
    assessments: Mapping[int, str] = field(default_factory=dict)
    overrides: Mapping[int, str] = field(default_factory=dict)
    users: Mapping[int, str] = field(default_factory=dict)
    offices: Mapping[int, str] = field(default_factory=dict)
    looked_at: Mapping[int, str] = field(default_factory=dict)

    def person_in(self, entry: Entry) -> str:
        return self.looked_at.get(entry.sequence, self.person)


def sentence(entry: Entry, names: Names) -> str:
    """What was done. It follows the name of the user."""
    template = SENTENCES.get(entry.action)
    if template is None:  # of another version of RMS
        return f"did “{entry.action}”"
    return template.format(
        assessment=_assessments(entry, names),
        person=names.person_in(entry),
        user=_name_of(entry, "user", names.users),
        office=_name_of(entry, "office", names.offices),
    )


def described(action: str) -> str:
    """What every entry of this action says was done. It names nobody."""
    template = LISTS.get(action) or SENTENCES.get(action, f"did “{action}”")
    template = template.removesuffix(", including those of {person}")
    return template.format(assessment="an assessment", person="a person", user="a user", office="an office")


def shown_assessments(entry: Entry, names: Names) -> frozenset[str]:
    """The IDs of the person's assessments that the entry names."""
    return frozenset(_ids(entry, names))


def _ids(entry: Entry, names: Names) -> list[str]:
    if entry.object_kind == "override" and int(entry.object_key) in names.overrides:
        return [names.overrides[int(entry.object_key)]]
    return [names.assessments[key] for key in _assessment_keys(entry) if key in names.assessments]


def _assessments(entry: Entry, names: Names) -> str:
    """The IDs of the person's assessments that the entry names, in words."""
    ids = _ids(entry, names)
    if not ids:
        return f"an assessment of {names.person_in(entry)}"
    if len(ids) > MOST_NAMED:
        return f"{len(ids)} assessments of {names.person_in(entry)}"
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
