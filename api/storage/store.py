"""The store: one road in (`transaction`) and one road out (`reading`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, inspect

from api.storage import migrations
from api.storage.access.accounts import Accounts
from api.storage.access.credentials import Credentials
from api.storage.access.offices import Offices
from api.storage.access.oidc_logins import OidcLogins
from api.storage.access.pending_logins import PendingLogins
from api.storage.access.second_factors import SecondFactors
from api.storage.access.sign_in_attempts import SignIns
from api.storage.assessments.drafts import Drafts
from api.storage.assessments.judgements import Judgements
from api.storage.assessments.notes import Notes
from api.storage.assessments.overrides import Overrides
from api.storage.assessments.submissions import Submissions
from api.storage.audit import Audit
from api.storage.database import opened
from api.storage.feedback import Feedbacks
from api.storage.governance.erasure import Erasures
from api.storage.governance.holds import Holds
from api.storage.governance.library_uses import LibraryUses
from api.storage.governance.personal_records import PersonalRecords
from api.storage.harm.domestic_abuse import DomesticAbuseFigures, DomesticAbuseList
from api.storage.harm.listed import ListedPeople
from api.storage.harm.listing import OffenderList
from api.storage.harm.policies import SuspectPolicies
from api.storage.harm.practice import Practice
from api.storage.harm.scores import HarmScores
from api.storage.harm.shares import BandShares
from api.storage.maps.mapped import Mapped
from api.storage.meetings.comparisons import Comparisons
from api.storage.meetings.minutes import Minutes
from api.storage.meetings.recommendations import Recommendations
from api.storage.meetings.schedules import Schedules
from api.storage.network.centrality import Centralities
from api.storage.network.links import Links
from api.storage.people.belonging import Belonging
from api.storage.people.caseload import Caseload
from api.storage.people.people import People
from api.storage.prediction.models import PredictionModels
from api.storage.prediction.predictions import PredictionList, Predictions
from api.storage.records.details import Details
from api.storage.records.duplicates import Duplicates
from api.storage.records.erased import ErasedRecords
from api.storage.records.joining import Joining
from api.storage.records.records import Records
from api.storage.replies import Replies
from api.storage.search.bands import Bands
from api.storage.search.saved import SavedItems
from api.storage.search.search import Search
from api.storage.support.coverage import Coverage
from api.storage.support.help_requests import HelpRequests
from api.storage.support.service_notes import ServiceNotes
from api.storage.support.surveys import Surveys
from api.storage.support.training import TrainingLog
from api.storage.support.usage import Usage
from api.storage.systems.idempotency import Idempotency
from api.storage.systems.outbox import Outbox
from api.storage.systems.webhooks import Webhooks
from api.storage.tables import export_options, harm_lists, saved_filters
from api.storage.transfer.bulk import Bulk
from api.storage.transfer.exports import Exports
from api.storage.transfer.jobs import Jobs
from api.storage.viewer import Viewer
from api.telemetry.metrics import WRITERS
from rms.errors import StorageEmpty, StorageUnavailable

NO_TABLES = (
    "The database has no tables of RMS. Restore a backup. If there has never been a database here, run `rms "
    "db upgrade`."
)


class Transaction:
    """What may be read and written until the block is left, by subject; each subject is made when first used.

    Of assessments a `viewer` finds those they may see, and each look is noted; without one all are found.
    """

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._connection, self._viewer)

    @cached_property
    def offices(self) -> Offices:
        return Offices(self._connection, self.audit)

    @cached_property
    def caseload(self) -> Caseload:
        return Caseload(self._connection, self.audit, self._viewer)

    @cached_property
    def belonging(self) -> Belonging:
        return Belonging(self._connection, self.audit, end_copies=self.end_copies)

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(
            self._connection, self.audit, people=self.people, caseload=self.caseload, viewer=self._viewer
        )

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self._connection, self.audit)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self._connection, self.audit)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self._connection, self.audit, self.caseload)

    @cached_property
    def idempotency(self) -> Idempotency:
        return Idempotency(self._connection)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self._connection, self.audit)

    @cached_property
    def bulk(self) -> Bulk:
        return Bulk(self._connection, self.audit, people=self.people, caseload=self.caseload)

    @cached_property
    def search(self) -> Search:
        return Search(self._connection, self._viewer)

    @cached_property
    def exports(self) -> Exports:
        return Exports(self._connection, self._viewer)

    @cached_property
    def export_options(self) -> SavedItems:
        return SavedItems(
            self._connection, self.audit, table=export_options, content="options", kind="export_options"
        )

    @cached_property
    def bands(self) -> Bands:
        return Bands(self._connection, self.audit)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self._connection, self.audit)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._connection, self._viewer)

    @cached_property
    def saved_filters(self) -> SavedItems:
        return SavedItems(
            self._connection, self.audit, table=saved_filters, content="criteria", kind="filter"
        )

    @cached_property
    def people(self) -> People:
        return People(self._connection, self.audit, self._viewer)

    @cached_property
    def records(self) -> Records:
        return Records(self._connection, self.audit, self.belonging)

    @cached_property
    def erased_records(self) -> ErasedRecords:
        return ErasedRecords(self._connection, self.audit)

    @cached_property
    def duplicates(self) -> Duplicates:
        return Duplicates(self._connection, self.audit, self.caseload)

    @cached_property
    def joining(self) -> Joining:
        return Joining(
            self._connection,
            self.audit,
            duplicates=self.duplicates,
            belonging=self.belonging,
            people=self.people,
        )

    @cached_property
    def details(self) -> Details:
        return Details(self._connection, self.caseload)

    @cached_property
    def harm(self) -> HarmScores:
        return HarmScores(self._connection, self.audit)

    @cached_property
    def band_shares(self) -> BandShares:
        return BandShares(self._connection)

    @cached_property
    def domestic_abuse(self) -> DomesticAbuseFigures:
        return DomesticAbuseFigures(self._connection)

    @cached_property
    def domestic_abuse_list(self) -> DomesticAbuseList:
        return DomesticAbuseList(self._connection, self._viewer)

    @cached_property
    def practice(self) -> Practice:
        return Practice(self._connection, self.audit)

    @cached_property
    def suspect_policies(self) -> SuspectPolicies:
        return SuspectPolicies(self._connection, self.audit)

    @cached_property
    def offender_list(self) -> OffenderList:
        return OffenderList(self._connection, self._viewer)

    @cached_property
    def prediction_models(self) -> PredictionModels:
        return PredictionModels(self._connection, self.audit)

    @cached_property
    def predictions(self) -> Predictions:
        return Predictions(self._connection, self.audit)

    @cached_property
    def prediction_list(self) -> PredictionList:
        return PredictionList(self._connection, self._viewer)

    @cached_property
    def listed_people(self) -> ListedPeople:
        return ListedPeople(self._connection, self._viewer)

    @cached_property
    def mapped(self) -> Mapped:
        return Mapped(self._connection, self.offender_list)

    @cached_property
    def harm_lists(self) -> SavedItems:
        return SavedItems(
            self._connection, self.audit, table=harm_lists, content="criteria", kind="offender_list"
        )

    @cached_property
    def recommendations(self) -> Recommendations:
        return Recommendations(self._connection, self.audit, self.caseload)

    @cached_property
    def comparisons(self) -> Comparisons:
        return Comparisons(self._connection, self.audit)

    @cached_property
    def minutes(self) -> Minutes:
        return Minutes(self._connection, self.audit, self.caseload)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(self._connection, self.audit)

    @cached_property
    def surveys(self) -> Surveys:
        return Surveys(self._connection, self.audit)

    @cached_property
    def training_log(self) -> TrainingLog:
        return TrainingLog(self._connection)

    @cached_property
    def help_requests(self) -> HelpRequests:
        return HelpRequests(self._connection, self.audit)

    @cached_property
    def service_notes(self) -> ServiceNotes:
        return ServiceNotes(self._connection, self.audit, self.caseload)

    @cached_property
    def usage(self) -> Usage:
        return Usage(self._connection)

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage(self._connection)

    @cached_property
    def links(self) -> Links:
        return Links(self._connection, self.caseload)

    @cached_property
    def centrality(self) -> Centralities:
        return Centralities(self._connection, self.audit, self._viewer)

    @cached_property
    def personal_records(self) -> PersonalRecords:
        return PersonalRecords(self._connection)

    @cached_property
    def feedback(self) -> Feedbacks:
        return Feedbacks(self._connection, self.audit)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self._connection, self.audit)

    @cached_property
    def erasures(self) -> Erasures:
        return Erasures(self._connection, self.audit)

    @cached_property
    def overrides(self) -> Overrides:
        return Overrides(self._connection, self.audit, self._viewer)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self._connection, self.audit)

    @cached_property
    def judgements(self) -> Judgements:
        return Judgements(self._connection, self.audit, self._viewer)

    @cached_property
    def second_factors(self) -> SecondFactors:
        return SecondFactors(self._connection, self.audit)

    @cached_property
    def sign_ins(self) -> SignIns:
        return SignIns(self._connection)

    @cached_property
    def pending_logins(self) -> PendingLogins:
        return PendingLogins(self._connection)

    @cached_property
    def oidc_logins(self) -> OidcLogins:
        return OidcLogins(self._connection)

    @cached_property
    def library_uses(self) -> LibraryUses:
        return LibraryUses(self._connection, self.audit)

    @cached_property
    def replies(self) -> Replies:
        return Replies(self._connection)

    def end_copies(self, account: int, at: datetime) -> None:
        """End the pages and files kept for this account: they may tell of a person whom it no longer sees."""
        self.replies.end_of_user(account)
        self.jobs.expire_results(account, at=at)


class Store:
    """The database at `url` (`sqlite:////path/to/rms.sqlite`, `postgresql://…`), for any number of threads.

    A process makes its own: connections do not survive a fork.
    """

    def __init__(self, url: str) -> None:
        self._reading, self._writer = opened(url)
        self._viewer: Viewer | None = None

    def within(self, viewer: Viewer) -> "Store":
        """The same database as this viewer may see it."""
        limited = copy(self)
        limited._viewer = viewer
        return limited

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read and write; left without an error, all of it is on disk, otherwise none of it ever happened.

        Writers take turns, so nothing slow belongs into the block.

        Raises
        ------
        StorageUnavailable
            If nothing could be written; `StorageFull` and `StorageReadOnly` say why.
        """
        with WRITERS.track_inprogress(), self._writer.transaction() as connection:
            transaction = Transaction(connection, self._viewer)
            yield transaction
            transaction.audit.write()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read one state of the database, whatever is written meanwhile. Writing raises `StorageReadOnly`.

        What a viewer saw is on record when the block has been left: no look without its entry.

        Raises
        ------
        StorageUnavailable
            If the database cannot be read, or the looks could not be noted.
        """
        with self._reading_connection() as connection:
            seen = Transaction(connection, self._viewer)
            yield seen
        if seen.audit.unwritten:
            with self.transaction() as tx:
                tx.audit.add(seen.audit.unwritten)

    def _reading_connection(self) -> Connection:
        """A connection that sees one state of the database, from the first question on until it is closed."""
        self._writer.compare_files()
        return self._reading.connect()

    def check(self) -> str:
        """The version of the tables, if records can be read and the tables are those this RMS works with.

        Raises
        ------
        StorageUnavailable
            Otherwise; `StorageEmpty` if there are no tables.
        """
        self._writer.check_files()
        with self._reading.connect() as connection:
            if not inspect(connection).has_table("audit"):
                raise StorageEmpty(NO_TABLES)
            if not migrations.is_current(connection):
                raise StorageUnavailable("The database is not of this version: run `rms db upgrade`.")
            Audit(connection).head()
        return migrations.head()

    def when_overwritten(self, note: Callable[[], None]) -> None:
        """Call `note` as soon as RMS notices that something else has written to the database."""
        self._writer.when_overwritten(note)

    def empty_log(self) -> None:
        """Let what was deleted go from the write-ahead log too, where the database has one beside it."""
        self._writer.empty_log()

    def close(self) -> None:
        self._writer.close()
        self._reading.dispose()
