"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.access.accounts import Session, User
from api.storage.access.credentials import Credential
from api.storage.access.credentials import Kind as CredentialKind
from api.storage.access.offices import Office
from api.storage.access.oidc_logins import OidcLogin
from api.storage.assessments.drafts import Draft
from api.storage.assessments.judgements import Judged
from api.storage.assessments.notes import Note
from api.storage.assessments.overrides import Override, OverridesToReview, Practice
from api.storage.assessments.submissions import ListedSimulation, ListedSubmission
from api.storage.audit import Audit, Head
from api.storage.audit_entry import Entry
from api.storage.audit_people import PeopleSet
from api.storage.audit_search import AuditCriteria
from api.storage.database import damage, is_missing, rewrite, without_password
from api.storage.feedback import Feedback
from api.storage.governance.erasure import ErasureRequest
from api.storage.governance.holds import Hold
from api.storage.governance.library_uses import LibraryUse
from api.storage.kept_head import KeptHead, Noted
from api.storage.migrations import upgrade
from api.storage.people.caseload import Part
from api.storage.people.people import Numbered
from api.storage.replies import Reply
from api.storage.request_store import RequestStore
from api.storage.search.saved import SavedItem, SavedItems
from api.storage.search.search import Counts, Place
from api.storage.storable import NOT_STORABLE, is_storable
from api.storage.store import Store, Transaction
from api.storage.systems.idempotency import Earlier, Once
from api.storage.systems.outbox import Delivery
from api.storage.systems.webhooks import Webhook
from api.storage.transfer.bulk import Claim, Group, ToStore
from api.storage.transfer.exports import PLACES, Columns, Texts
from api.storage.transfer.job_files import JobFiles
from api.storage.transfer.jobs import Job, State
from api.storage.viewer import AGENCY, Reach, Viewer

__all__ = [
    "OidcLogin",
    "AGENCY",
    "NOT_STORABLE",
    "is_storable",
    "PLACES",
    "Audit",
    "Claim",
    "Columns",
    "Counts",
    "Credential",
    "CredentialKind",
    "Delivery",
    "Draft",
    "Earlier",
    "Entry",
    "ErasureRequest",
    "Feedback",
    "Group",
    "Head",
    "Hold",
    "Judged",
    "Job",
    "JobFiles",
    "ListedSimulation",
    "ListedSubmission",
    "KeptHead",
    "LibraryUse",
    "Note",
    "Noted",
    "Office",
    "Once",
    "Numbered",
    "Override",
    "OverridesToReview",
    "Part",
    "PeopleSet",
    "Place",
    "Practice",
    "Reach",
    "Reply",
    "RequestStore",
    "SavedItem",
    "SavedItems",
    "Session",
    "AuditCriteria",
    "State",
    "Store",
    "ToStore",
    "Texts",
    "Transaction",
    "User",
    "Viewer",
    "Webhook",
    "damage",
    "is_missing",
    "rewrite",
    "upgrade",
    "without_password",
]
