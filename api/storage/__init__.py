"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.accounts import Session, User
from api.storage.agency_logins import AgencyLogin
from api.storage.audit import Audit, Entry, Head
from api.storage.audit_search import Sought
from api.storage.bulk import Claim, Group, ToStore
from api.storage.caseload import Part
from api.storage.credentials import Credential
from api.storage.credentials import Kind as CredentialKind
from api.storage.database import rewrite, without_password
from api.storage.drafts import Draft
from api.storage.erasure import ErasureRequest
from api.storage.exports import PLACES, Columns, Texts
from api.storage.feedback import Feedback
from api.storage.holds import Hold
from api.storage.idempotency import Earlier, Once
from api.storage.job_files import JobFiles
from api.storage.jobs import Job, State
from api.storage.judgements import Judged
from api.storage.migrations import upgrade
from api.storage.notes import Note
from api.storage.offices import Office
from api.storage.outbox import Delivery
from api.storage.overrides import Override, OverrideOf, Practice
from api.storage.replies import Reply
from api.storage.saved import Saved, SavedByName
from api.storage.search import Counts
from api.storage.storable import NOT_STORABLE, is_storable
from api.storage.store import Store, Transaction
from api.storage.submissions import ListedSimulation, ListedSubmission
from api.storage.viewer import AGENCY, Reach, Viewer
from api.storage.webhooks import Webhook

__all__ = [
    "AgencyLogin",
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
    "Note",
    "Office",
    "Once",
    "Override",
    "OverrideOf",
    "Part",
    "Practice",
    "Reach",
    "Reply",
    "Saved",
    "SavedByName",
    "Session",
    "Sought",
    "State",
    "Store",
    "ToStore",
    "Texts",
    "Transaction",
    "User",
    "Viewer",
    "Webhook",
    "rewrite",
    "upgrade",
    "without_password",
]
