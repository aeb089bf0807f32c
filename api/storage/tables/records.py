"""Case records of people: what source systems say about them.

A row belongs to the source record it came with (`record`) and has the key of that record's person. Tables
have what is known now. `record_versions` has what was known before.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    select,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, Number, metadata

# Systems that records come from, and the day that their last import describes.
sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("as_at", Date, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

# What a source system says about a person. `record_digest` tells whether a row that comes again has changed.
person_records = Table(
    "person_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("source", ForeignKey("sources.id"), nullable=False),
    Column("source_id", Number, nullable=False),
    Column("digest", BigInteger, nullable=False),
    Column("known_from", Instant, nullable=False),
    Column("forename", String),
    Column("surname", String),
    Column("forename_key", Number),  # as names are compared: rms/people/names.py
    Column("surname_key", Number),
    Column("date_of_birth", Date),
    Column("sex", String),
    Column("home_area", ForeignKey("offices.id")),
    Column("pnc", String),
    Column("cro", String),
    Column("offender_number", Number),
    Column("in_custody", Boolean),  # null: not known
    Column("custody_from", Date),
    Column("release_date", Date),
    Column("deceased_on", Date),
    Column("record_link", String),
    UniqueConstraint("source", "source_id", name="uq_person_records_source_id"),
    Index("ix_person_records_surname_key_forename_key", "surname_key", "forename_key"),
    Index("ix_person_records_forename_key", "forename_key"),
    sqlite_autoincrement=True,
)

# Apart from everything that a score or a list reads: for audit and the rule of allocation only.
nationalities = Table(
    "nationalities",
    metadata,
    Column("record", ForeignKey("person_records.id"), primary_key=True, autoincrement=False),
    Column("nationality", String, nullable=False),
)


def _about_a_person(name: str, *columns: Column[Any]) -> Table:
    """A table of one kind of record, with the columns that all kinds have."""
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("person", ForeignKey("people.id"), nullable=False),
        Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
        Column("source", Integer, nullable=False),  # of the record
        Column("source_id", Number, nullable=False),
        Column("digest", BigInteger, nullable=False),
        Column("known_from", Instant, nullable=False),
        *columns,
        UniqueConstraint("source", "source_id", name=f"uq_{name}_source_id"),
    )


def _in_force() -> Iterator[Column[Any]]:
    """From the first to the last day, both included; without a last day it is still in force."""
    yield Column("first_day", Date, nullable=False)
    yield Column("last_day", Date)


offences = _about_a_person(
    "offences",
    Column("code", String, nullable=False),  # one spelling of it: rms/records/offence_codes.py
    Column("committed_on", Date, nullable=False),
    Column("area", ForeignKey("offices.id")),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("stage", String),
    Column("outcome", SmallInteger),
    Column("domestic_abuse", Boolean),
)
Index("ix_offences_person_committed_on", offences.c.person, offences.c.committed_on)
# For lists of people with a rare offence.
Index("ix_offences_code_committed_on", offences.c.code, offences.c.committed_on, offences.c.person)

sentences = _about_a_person(
    "sentences",
    Column("offence", Number),  # the source's ID of the offence
    Column("kind", String, nullable=False),
    Column("sentenced_on", Date, nullable=False),
    Column("first_day", Date),
    Column("last_day", Date),
)

registrations = _about_a_person(
    "registrations", Column("kind", String, nullable=False), Column("level", String), *_in_force()
)

plans = _about_a_person(
    "plans", Column("managed", Boolean, nullable=False), Column("managed_by", String), *_in_force()
)

drug_markers = _about_a_person("drug_markers", Column("kind", String, nullable=False), *_in_force())

intelligence = _about_a_person(
    "intelligence", Column("grade", String, nullable=False), Column("reported_on", Date, nullable=False)
)

associations = _about_a_person(
    "associations",
    Column("other", ForeignKey("people.id"), nullable=False, index=True),
    Column("other_record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("strength", Integer),
    Column("first_day", Date),
    Column("last_day", Date),
)

OF_A_PERSON = (offences, sentences, registrations, plans, drug_markers, intelligence, associations)
for _table in OF_A_PERSON[1:]:
    Index(f"ix_{_table.name}_person", _table.c.person)

# What was known of a row until it changed, was withdrawn or got another person.
record_versions = Table(
    "record_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("kind", String, nullable=False),  # the name of the table
    Column("source", ForeignKey("sources.id"), nullable=False),
    Column("source_id", Number, nullable=False),
    Column("record", ForeignKey("person_records.id"), nullable=False, index=True),
    Column("known_from", Instant, nullable=False),
    Column("known_to", Instant, nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_record_versions_person_kind", "person", "kind"),
    sqlite_autoincrement=True,
)

# How far an import of a file is. If it is stopped, the next import of the same file goes on from there.
record_imports = Table(
    "record_imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", ForeignKey("sources.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("sha256", String, nullable=False),  # of the file
    Column("as_at", Date, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("line", Integer, nullable=False),  # the last line of the file that is done
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Index("ix_record_imports_source_sha256", "source", "kind", "sha256"),
    sqlite_autoincrement=True,
)


# Records of erased people. Imports refuse their rows until somebody allows them again, with a reason. `mark`
# is a keyed digest of the source's ID, `marked_under` says under which key. It tells nothing without the key.
erased_records = Table(
    "erased_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", ForeignKey("sources.id"), nullable=False),
    Column("mark", String, nullable=False),
    Column("marked_under", String, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("allowed_at", Instant),
    Column("allowed_by", String),
    Column("reason", String),
    UniqueConstraint("source", "mark", name="uq_erased_records_source_mark"),
    sqlite_autoincrement=True,
)


def _pair() -> Iterator[Column[Any]]:
    """The keys of two records, the lower one first."""
    yield Column("first", ForeignKey("person_records.id"), nullable=False)
    yield Column("second", ForeignKey("person_records.id"), nullable=False, index=True)


# Pairs of records that may be of one person, on which nobody has decided yet.
duplicates = Table(
    "duplicates",
    metadata,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("weight", Float, nullable=False),  # in bits: rms/people/matching.py
    Column("evidence", JSON, nullable=False),  # field: agrees, near, differs or unknown
    Column("proposed_at", Instant, nullable=False),
    UniqueConstraint("first", "second", name="uq_duplicates_first_second"),
    Index("ix_duplicates_weight", "weight", "id"),
    sqlite_autoincrement=True,
)

# Decisions that two records are of one person, and why. All records of `moved_from` went to `moved_to`.
joins = Table(
    "joins",
    metadata,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("moved_from", ForeignKey("people.id"), nullable=False, index=True),
    Column("moved_to", ForeignKey("people.id"), nullable=False, index=True),
    Column("weight", Float, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("joined_by", ForeignKey("users.id"), nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("undone_at", Instant),
    Index("ix_joins_first", "first"),
    sqlite_autoincrement=True,
)

# The records that a join moved, and when a separation moved them back.
joined_records = Table(
    "joined_records",
    metadata,
    Column("decision", ForeignKey("joins.id"), primary_key=True, autoincrement=False),
    Column("record", ForeignKey("person_records.id"), primary_key=True, autoincrement=False, index=True),
    Column("moved_back_at", Instant),
)

# Decisions that two records are of two people. They are never joined or proposed again.
separations = Table(
    "separations",
    metadata,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("separated_by", ForeignKey("users.id"), nullable=False),
    Column("separated_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    UniqueConstraint("first", "second", name="uq_separations_first_second"),
    sqlite_autoincrement=True,
)

# Records that are new, or have changed since likely duplicates were looked for. `search` is the number of the
# search that is looking for theirs now.
duplicates_due = Table(
    "duplicates_due",
    metadata,
    Column("record", ForeignKey("person_records.id"), primary_key=True, autoincrement=False),
    Column("search", BigInteger),
)

_records = person_records.c.person == PERSON
_own = select(person_records.c.id).where(_records)
# An association of another person with this one, as it was known before. Its record has stayed the same when
# records moved between people.
_known_connection = (record_versions.c.kind == associations.name) & record_versions.c.body[
    "other_record"
].as_integer().in_(_own)
_joins = (
    (joins.c.moved_from == PERSON)
    | (joins.c.moved_to == PERSON)
    | joins.c.first.in_(_own)
    | joins.c.second.in_(_own)
)

ABOUT_A_PERSON = (
    About(
        joined_records,
        joined_records.c.record.in_(_own) | joined_records.c.decision.in_(select(joins.c.id).where(_joins)),
    ),
    About(joins, _joins),
    About(separations, separations.c.first.in_(_own) | separations.c.second.in_(_own)),
    About(duplicates, duplicates.c.first.in_(_own) | duplicates.c.second.in_(_own)),
    About(duplicates_due, duplicates_due.c.record.in_(_own)),
    About(record_versions, (record_versions.c.person == PERSON) | _known_connection),
    About(associations, (associations.c.person == PERSON) | (associations.c.other == PERSON)),
    *(About(table, table.c.person == PERSON) for table in OF_A_PERSON if table is not associations),
    About(nationalities, nationalities.c.record.in_(_own)),
    About(person_records, _records),
)
