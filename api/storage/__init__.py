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
from api.storage.audit import NOBODY, Audit, Head
from api.storage.audit_entry import Entry
from api.storage.audit_people import PeopleSet
from api.storage.audit_search import AuditCriteria
from api.storage.database import damage, is_missing, rewrite, without_password
from api.storage.feedback import Feedback
from api.storage.governance.erasure import ErasureRequest
from api.storage.governance.holds import Hold
from api.storage.governance.library_uses import LibraryUse
from api.storage.harm.domestic_abuse import DomesticAbuseRow
from api.storage.harm.history import StoredHistory, StoredMarker, StoredOffence, StoredReport
from api.storage.harm.inputs import Block as HarmBlock
from api.storage.harm.inputs import by_person
from api.storage.harm.listed import ListedPerson
from api.storage.harm.listing import ListPlace, OffenderList
from api.storage.harm.policies import SuspectPolicy
from api.storage.harm.practice import PracticeDecision
from api.storage.harm.scores import Moment, Refresh, StoredCuts
from api.storage.harm.shares import BandCounts
from api.storage.kept_head import KeptHead, Noted
from api.storage.meetings.comparisons import ComparedPerson, Comparison
from api.storage.meetings.minutes import ClosedMeeting, MinutesLine
from api.storage.meetings.recommendations import (
    RankThen,
    Recommendation,
    RecommendationDecision,
    RecommendationPlace,
    RecommendationsPart,
    ScoreThen,
)
from api.storage.meetings.schedules import Schedule
from api.storage.migrations import upgrade
from api.storage.network.centrality import NetworkRefresh, StoredCentrality
from api.storage.network.links import LinkColumns
from api.storage.people.caseload import Part
from api.storage.people.people import Numbered
from api.storage.prediction.inputs import KnownBlock
from api.storage.prediction.models import ModelChange, StoredFigures, StoredModel
from api.storage.prediction.predictions import PredictedPlace, Prediction, PredictionList, PredictionRun
from api.storage.records.areas import AreaRow
from api.storage.records.details import Association, SourceRecord, StoredPlan
from api.storage.records.duplicates import (
    DuplicatePair,
    DuplicateSearch,
    DuplicatesPart,
    JoinedPair,
    Proposed,
    RecordShown,
)
from api.storage.records.erased import ErasedOfSource, RecordMarks
from api.storage.records.loading import ERASED, Loaded, PersonRow
from api.storage.records.loading import Row as RecordRow
from api.storage.records.records import FileImport, Known, Source
from api.storage.replies import Reply
from api.storage.request_store import RequestStore
from api.storage.search.saved import SavedItem, SavedItems
from api.storage.search.search import Counts, Place
from api.storage.storable import NOT_STORABLE, is_storable
from api.storage.store import Store, Transaction
from api.storage.support.coverage import SourceRecords
from api.storage.support.help_requests import HelpRequest
from api.storage.support.service_notes import StoredNote
from api.storage.support.surveys import Survey
from api.storage.support.training import Tried
from api.storage.systems.idempotency import Earlier, Once
from api.storage.systems.outbox import Delivery, Due
from api.storage.systems.webhooks import Webhook
from api.storage.transfer.bulk import Claim, Group, ToStore
from api.storage.transfer.exports import PLACES, Columns, Texts
from api.storage.transfer.job_files import JobFiles
from api.storage.transfer.jobs import Job, State
from api.storage.viewer import AGENCY, Reach, Viewer

__all__ = [
    "ClosedMeeting",
    "MinutesLine",
    "RankThen",
    "Recommendation",
    "RecommendationDecision",
    "RecommendationPlace",
    "RecommendationsPart",
    "Schedule",
    "ScoreThen",
    "SourceRecords",
    "HelpRequest",
    "StoredNote",
    "Survey",
    "Tried",
    "AreaRow",
    "DuplicatePair",
    "DuplicateSearch",
    "DuplicatesPart",
    "Association",
    "Known",
    "SourceRecord",
    "StoredPlan",
    "SuspectPolicy",
    "FileImport",
    "HarmBlock",
    "JoinedPair",
    "LinkColumns",
    "NetworkRefresh",
    "StoredCentrality",
    "KnownBlock",
    "ModelChange",
    "PracticeDecision",
    "PredictedPlace",
    "Prediction",
    "PredictionList",
    "PredictionRun",
    "StoredFigures",
    "StoredModel",
    "Proposed",
    "RecordShown",
    "Refresh",
    "Moment",
    "StoredCuts",
    "StoredHistory",
    "StoredMarker",
    "StoredOffence",
    "StoredReport",
    "by_person",
    "ListPlace",
    "ListedPerson",
    "Loaded",
    "OffenderList",
    "OidcLogin",
    "PersonRow",
    "RecordRow",
    "AGENCY",
    "ERASED",
    "ErasedOfSource",
    "RecordMarks",
    "NOBODY",
    "NOT_STORABLE",
    "is_storable",
    "PLACES",
    "Audit",
    "Claim",
    "Columns",
    "Counts",
    "ComparedPerson",
    "Comparison",
    "Credential",
    "CredentialKind",
    "Delivery",
    "DomesticAbuseRow",
    "Draft",
    "Due",
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
    "BandCounts",
    "Source",
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
