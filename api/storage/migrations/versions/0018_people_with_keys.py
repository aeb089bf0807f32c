"""People have a key of their own, by which every table about a person refers to them.

`people` takes the place of `offenders`. Its keys are new, in the order of the pseudonyms, and above every key
of a person that is on record: none is given twice, even where this step was taken back and done again.

On SQLite `assessments`, `caseload`, `holds` and `erasures` are made again. The triggers that name
`assessments` are dropped before that and made afterwards.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ANYTHING = "-1"
FROZEN = (
    *("pk", "id", "offender_number", "sequence", "kind", "baseline_id", "based_on", "submitted_at"),
    *("submitted_by", "assessed_on", "sex", "date_of_birth", "release_date", "instrument_name"),
    *("instrument_version", "instrument_sha256", "answers", "unknown", "library_sha256", "engine_version"),
    *("vector", "needs", "sieve", "pseudonym", "submitted_on"),
)
# What is protected from being deleted, and how the person is found that a row of it is about.
PROTECTED = {
    "assessments": "OLD.{column}",
    "simulations": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
    "changes": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
    "corrections": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
    "overrides": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
    "override_decisions": (
        "(SELECT {column} FROM assessments JOIN overrides ON overrides.assessment = assessments.pk "
        "WHERE overrides.id = OLD.override)"
    ),
    "notes": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
    "judgements": "(SELECT {column} FROM assessments WHERE pk = OLD.assessment)",
}
LATEST = "ix_assessments_latest_release_date_pseudonym"
# The indexes that begin with these columns and hold those; `person` is added to each.
INDEXES: Mapping[str, Sequence[str]] = {
    "ix_assessments_submitted_at_pk": (
        *("submitted_at", "pk", "sieve", "latest", "kind", "release_date", "offender_number"),
    ),
    "ix_assessments_release_date_pseudonym": (
        *("release_date", "pseudonym", "pk", "sieve", "latest", "kind", "submitted_at", "offender_number"),
    ),
    LATEST: ("release_date", "pseudonym", "pk", "sieve", "latest", "submitted_at", "offender_number"),
    "ix_assessments_offender_number_pk": (
        *("offender_number", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
    ),
    "ix_assessments_pseudonym_pk": (
        *("pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at", "offender_number"),
    ),
    "ix_assessments_submitted_on_pseudonym": (
        *("submitted_on", "pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
        "offender_number",
    ),
}
OF_LATEST: dict[str, Any] = {"sqlite_where": sa.text("latest = 1"), "postgresql_where": sa.text("latest")}
UNIQUE_LATEST: dict[str, Any] = {
    "unique": True,
    "sqlite_where": sa.text("latest"),
    "postgresql_where": sa.text("latest"),
}
PERSON_OF = "SELECT people.id FROM people WHERE people.offender_number = {table}.offender_number"
NUMBER_OF = "SELECT people.offender_number FROM people WHERE people.id = {table}.person"


def upgrade() -> None:
    _create_people()
    _drop_triggers()
    _drop_indexes()
    if _is_postgresql():
        for table in ("assessments", "caseload", "holds", "erasures"):
            _refer_by_person(table)
        op.alter_column("assessments", "offender_number", existing_type=sa.String, nullable=False)
    else:
        _make_again(by_person=True)
    op.create_index("ix_caseload_person", "caseload", ["person"])
    op.drop_table("offenders")
    _create_indexes(by_person=True)
    _create_triggers(column="person", frozen=(*FROZEN, "person"))


def downgrade() -> None:
    """People without a number cannot be kept, nor what is held of them."""
    for table in ("caseload", "holds", "erasures"):
        op.execute(
            f"DELETE FROM {table} WHERE person IN (SELECT id FROM people WHERE offender_number IS NULL)"
        )
    _create_offenders()
    _drop_triggers()
    _drop_indexes()
    if _is_postgresql():
        for table in ("assessments", "caseload", "holds", "erasures"):
            _refer_by_number(table)
    else:
        _make_again(by_person=False)
    op.create_index("ix_caseload_offender_number", "caseload", ["offender_number"])
    op.drop_table("people")
    _create_indexes(by_person=False)
    _create_triggers(column="offender_number", frozen=FROZEN)


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("offender_number", NUMBER),
        sa.Column("office", sa.Integer, nullable=False),
        sa.Column("next_sequence", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("offender_number", name="uq_people_offender_number"),
        sa.UniqueConstraint("pseudonym", name="uq_people_pseudonym"),
        sa.ForeignKeyConstraint(["office"], ["offices.id"], name="fk_people_office"),
        sqlite_autoincrement=True,
    )
    _begin_above("SELECT max(CAST(object_key AS INTEGER)) FROM audit WHERE object_kind = 'person'")
    op.execute(
        "INSERT INTO people (offender_number, office, next_sequence, pseudonym) "
        "SELECT offender_number, office, next_sequence, pseudonym FROM offenders ORDER BY pseudonym"
    )
    op.create_index("ix_people_office", "people", ["office"])


def _begin_above(query: str) -> None:
    """Give the next person a key above the one that the query finds."""
    last = op.get_bind().scalar(sa.text(f"{query} AND object_key <> ''"))
    if last is None:
        return
    if _is_postgresql():
        op.execute(f"SELECT setval(pg_get_serial_sequence('people', 'id'), {int(last)})")
    else:
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('people', {int(last)})")


def _create_offenders() -> None:
    op.create_table(
        "offenders",
        sa.Column("offender_number", NUMBER, nullable=False),
        sa.Column("next_sequence", sa.Integer, nullable=False),
        sa.Column("office", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.BigInteger, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("offender_number", name="pk_offenders"),
        sa.ForeignKeyConstraint(["office"], ["offices.id"], name="fk_offenders_office"),
    )
    op.execute(
        "INSERT INTO offenders (offender_number, office, next_sequence, pseudonym) "
        "SELECT offender_number, office, next_sequence, pseudonym FROM people "
        "WHERE offender_number IS NOT NULL"
    )
    op.create_index("ix_offenders_office", "offenders", ["office"])
    op.create_index("ix_offenders_pseudonym", "offenders", ["pseudonym"], unique=True)


# PostgreSQL alters a table in place ---------------------------------------------------


def _refer_by_person(table: str) -> None:
    op.add_column(table, sa.Column("person", sa.Integer))
    op.execute(
        f"UPDATE {table} SET person = people.id FROM people "
        f"WHERE people.offender_number = {table}.offender_number"
    )
    op.alter_column(table, "person", existing_type=sa.Integer, nullable=False)
    op.create_foreign_key(f"fk_{table}_person", table, "people", ["person"], ["id"])
    op.drop_constraint(f"fk_{table}_offender_number", table, type_="foreignkey")
    if table == "assessments":
        op.drop_constraint("uq_assessments_offender_number", table, type_="unique")
        op.create_unique_constraint("uq_assessments_person", table, ["person", "sequence"])
        return
    op.drop_column(table, "offender_number")  # with its keys and indexes
    if table == "caseload":
        op.create_primary_key("pk_caseload", table, ["user_id", "person"])
    elif table == "holds":
        op.create_primary_key("pk_holds", table, ["person"])
    else:
        op.create_unique_constraint("uq_erasures_person", table, ["person"])


def _refer_by_number(table: str) -> None:
    op.drop_constraint(f"fk_{table}_person", table, type_="foreignkey")
    if table == "assessments":
        op.drop_constraint("uq_assessments_person", table, type_="unique")
        op.drop_column(table, "person")
        op.create_unique_constraint("uq_assessments_offender_number", table, ["offender_number", "sequence"])
    else:
        op.add_column(table, sa.Column("offender_number", NUMBER))
        op.execute(
            f"UPDATE {table} SET offender_number = people.offender_number FROM people "
            f"WHERE people.id = {table}.person"
        )
        op.alter_column(table, "offender_number", existing_type=sa.String, nullable=False)
        op.drop_column(table, "person")
    if table == "caseload":
        op.create_primary_key("pk_caseload", table, ["user_id", "offender_number"])
    elif table == "holds":
        op.create_primary_key("pk_holds", table, ["offender_number"])
    elif table == "erasures":
        op.create_unique_constraint("uq_erasures_offender_number", table, ["offender_number"])
    op.create_foreign_key(
        f"fk_{table}_offender_number", table, "offenders", ["offender_number"], ["offender_number"]
    )


# SQLite makes it again ----------------------------------------------------------------


def _make_again(*, by_person: bool) -> None:
    for table, create in (
        ("assessments", _create_assessments),
        ("caseload", _create_caseload),
        ("holds", _create_holds),
        ("erasures", _create_erasures),
    ):
        create(by_person=by_person)
        old, new = ("offender_number", "person") if by_person else ("person", "offender_number")
        found = (PERSON_OF if by_person else NUMBER_OF).format(table=table)
        columns = [row[1] for row in op.get_bind().exec_driver_sql(f"PRAGMA table_info(new_{table})")]
        kept = {one: f'"{one}"' for one in columns}
        if table == "assessments":
            sources = {**kept, **({"person": f"({found})"} if by_person else {})}
        else:
            sources = {**kept, new: f"({found})"}
        listed = ", ".join(f'"{one}"' for one in columns)
        assert old == "offender_number" or table == "assessments" or old not in columns
        op.execute(
            f"INSERT INTO new_{table} ({listed}) SELECT {', '.join(sources[one] for one in columns)} "
            f"FROM {table} ORDER BY {table}.rowid"
        )
        _keep_last_key(table)
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE new_{table} RENAME TO {table}")


def _keep_last_key(table: str) -> None:
    """Keys of rows that were deleted are not given again."""
    last = op.get_bind().scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}
    )
    if last is not None:
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = 'new_{table}'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('new_{table}', {int(last)})")


def _person(table: str, *, by_person: bool) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    if by_person:
        key = sa.ForeignKeyConstraint(["person"], ["people.id"], name=f"fk_{table}_person")
        return sa.Column("person", sa.Integer, nullable=False), key
    key = sa.ForeignKeyConstraint(
        ["offender_number"], ["offenders.offender_number"], name=f"fk_{table}_offender_number"
    )
    return sa.Column("offender_number", NUMBER, nullable=False), key


def _create_assessments(*, by_person: bool) -> None:
    person, key = _person("assessments", by_person=by_person)
    unique = "person" if by_person else "offender_number"
    op.create_table(
        "new_assessments",
        sa.Column("pk", sa.Integer, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        *([person, sa.Column("offender_number", NUMBER, nullable=False)] if by_person else [person]),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("baseline_id", sa.String),
        sa.Column("based_on", sa.String),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("submitted_by", sa.String, nullable=False),
        sa.Column("assessed_on", sa.Date, nullable=False),
        sa.Column("sex", sa.String, nullable=False),
        sa.Column("date_of_birth", sa.Date, nullable=False),
        sa.Column("release_date", sa.Date),
        sa.Column("instrument_name", sa.String, nullable=False),
        sa.Column("instrument_version", sa.String, nullable=False),
        sa.Column("instrument_sha256", sa.String, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("unknown", sa.JSON, nullable=False),
        sa.Column("library_sha256", sa.String, nullable=False),
        sa.Column("engine_version", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("needs", sa.JSON, nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("sieve", sa.BigInteger, server_default=ANYTHING, nullable=False),
        sa.Column("pseudonym", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("submitted_on", sa.Date, server_default="1970-01-01", nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_assessments"),
        sa.UniqueConstraint("id", name="uq_assessments_id"),
        sa.UniqueConstraint(unique, "sequence", name=f"uq_assessments_{unique}"),
        key,
        sa.ForeignKeyConstraint(
            ["instrument_sha256"], ["instruments.sha256"], name="fk_assessments_instrument_sha256"
        ),
        sa.ForeignKeyConstraint(
            ["library_sha256"], ["libraries.sha256"], name="fk_assessments_library_sha256"
        ),
        sa.ForeignKeyConstraint(["baseline_id"], ["assessments.id"], name="fk_assessments_baseline_id"),
        sa.ForeignKeyConstraint(["based_on"], ["assessments.id"], name="fk_assessments_based_on"),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_assessments_sequence")),
        sa.CheckConstraint("kind IN ('assessment', 'what_if')", name=op.f("ck_assessments_kind")),
        sa.CheckConstraint(
            "(kind = 'what_if') = (baseline_id IS NOT NULL)", name=op.f("ck_assessments_baseline")
        ),
        sqlite_autoincrement=True,
    )


def _create_caseload(*, by_person: bool) -> None:
    person, key = _person("caseload", by_person=by_person)
    op.create_table(
        "new_caseload",
        sa.Column("user_id", sa.Integer, nullable=False),
        person,
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", person.name, name="pk_caseload"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_caseload_user_id"),
        key,
    )


def _create_holds(*, by_person: bool) -> None:
    person, key = _person("holds", by_person=by_person)
    op.create_table(
        "new_holds",
        person,
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("placed_by", sa.Integer, nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(person.name, name="pk_holds"),
        key,
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name="fk_holds_placed_by"),
    )


def _create_erasures(*, by_person: bool) -> None:
    person, key = _person("erasures", by_person=by_person)
    op.create_table(
        "new_erasures",
        sa.Column("id", sa.Integer, nullable=False),
        person,
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("requested_by", sa.Integer, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        key,
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name="fk_erasures_requested_by"),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name="fk_erasures_approved_by"),
        sa.UniqueConstraint(person.name, name=f"uq_erasures_{person.name}"),
        sa.CheckConstraint("approved_by <> requested_by", name=op.f("ck_erasures_another")),
        sqlite_autoincrement=True,
    )


# Indexes and triggers -----------------------------------------------------------------


def _drop_indexes() -> None:
    for name in (*INDEXES, "uq_assessments_latest", "ix_assessments_submitted_by_pk"):
        op.drop_index(name, "assessments")


def _create_indexes(*, by_person: bool) -> None:
    for name, columns in INDEXES.items():
        listed = [*columns, "person"] if by_person else list(columns)
        op.create_index(name, "assessments", listed, **(OF_LATEST if name == LATEST else {}))
    op.create_index(
        "uq_assessments_latest",
        "assessments",
        ["person" if by_person else "offender_number"],
        **UNIQUE_LATEST,
    )
    op.create_index("ix_assessments_submitted_by_pk", "assessments", ["submitted_by", "pk"])


def _drop_triggers() -> None:
    for table in PROTECTED:
        _drop_trigger(f"{table}_never_deleted", table)
        if _is_postgresql():
            op.execute(f"DROP FUNCTION refuse_unless_erased_{table}()")
    _drop_trigger("assessments_never_altered", "assessments")
    if not _is_postgresql():
        _drop_trigger("assessments_never_renumbered", "assessments")


def _drop_trigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_postgresql() else ""))


def _create_triggers(*, column: str, frozen: Sequence[str]) -> None:
    altered = f"BEFORE UPDATE OF {', '.join(frozen)} ON assessments"
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER assessments_never_altered {altered} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    else:
        _refuse_on_sqlite("assessments_never_altered", altered)
        _refuse_on_sqlite(
            "assessments_never_renumbered", "BEFORE UPDATE ON assessments WHEN OLD.pk IS NOT NEW.pk"
        )
    for table, whose in PROTECTED.items():
        person = whose.format(column=column)
        may_go = (
            f"EXISTS (SELECT 1 FROM erasures WHERE {column} = {person} AND approved_by <> requested_by) "
            f"AND NOT EXISTS (SELECT 1 FROM holds WHERE {column} = {person})"
        )
        if _is_postgresql():
            _refuse_deletion_on_postgresql(table, may_go)
        else:
            _refuse_on_sqlite(f"{table}_never_deleted", f"BEFORE DELETE ON {table} WHEN NOT ({may_go})")


def _refuse_on_sqlite(name: str, when: str) -> None:
    words = name.replace("_", " ")
    op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _refuse_deletion_on_postgresql(table: str, may_go: str) -> None:
    op.execute(
        f"CREATE FUNCTION refuse_unless_erased_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {may_go} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '%', replace(TG_NAME, '_', ' ') "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased_{table}()"
    )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
