"""Case records of people, offices that are areas, and harm scores."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.String().with_variant(sa.String(collation="C"), "postgresql")
LAST_KEY = "SELECT seq FROM sqlite_sequence WHERE name = 'people'"


def upgrade() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.add_column(sa.Column("code", sa.String))
        offices.add_column(sa.Column("kind", sa.String))
        offices.create_unique_constraint("uq_offices_code", ["code"])
    last = _last_key()
    with op.batch_alter_table("people", table_kwargs={"sqlite_autoincrement": True}) as people:
        people.add_column(sa.Column("home_area", sa.Integer))
        people.create_foreign_key("fk_people_home_area", "offices", ["home_area"], ["id"])
    _go_on_after(last)
    op.create_index("ix_people_home_area_offender_number", "people", ["home_area", "offender_number"])
    op.create_index(
        "ix_people_office_elsewhere",
        "people",
        ["office"],
        sqlite_where=sa.text("home_area IS NOT office"),
        postgresql_where=sa.text("home_area IS DISTINCT FROM office"),
    )
    _create_records()
    _create_duplicates()
    _create_harm()


def downgrade() -> None:
    op.drop_table("harm_policies")
    for table in ("harm_lists", "harm_refreshes", "harm_cuts", "harm_due", "harm_history", "harm_scores"):
        op.drop_table(table)
    for table in ("duplicates_due", "separations", "joined_records", "joins", "duplicates"):
        op.drop_table(table)
    for table in ("record_imports", "record_versions", "associations", "intelligence", "drug_markers"):
        op.drop_table(table)
    for table in ("plans", "registrations", "sentences", "offences", "nationalities", "person_records"):
        op.drop_table(table)
    op.drop_table("sources")
    op.drop_index("ix_people_office_elsewhere", "people")
    op.drop_index("ix_people_home_area_offender_number", "people")
    last = _last_key()
    with op.batch_alter_table("people", table_kwargs={"sqlite_autoincrement": True}) as people:
        people.drop_constraint("fk_people_home_area", type_="foreignkey")
        people.drop_column("home_area")
    _go_on_after(last)
    with op.batch_alter_table("offices") as offices:
        offices.drop_constraint("uq_offices_code", type_="unique")
        offices.drop_column("kind")
        offices.drop_column("code")


def _last_key() -> int | None:
    """The last key that SQLite gave to a person; it is lost when the table is made again."""
    last: int | None = op.get_bind().scalar(sa.text(LAST_KEY)) if _is_sqlite() else None
    return last


def _go_on_after(last: int | None) -> None:
    if last is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'people'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('people', {int(last)})")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _create_records() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("as_at", sa.Date, nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
    )
    op.create_table(
        "person_records",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("digest", sa.BigInteger, nullable=False),
        sa.Column("known_from", INSTANT, nullable=False),
        sa.Column("forename", sa.String),
        sa.Column("surname", sa.String),
        sa.Column("forename_key", NUMBER),
        sa.Column("surname_key", NUMBER),
        sa.Column("date_of_birth", sa.Date),
        sa.Column("sex", sa.String),
        sa.Column("home_area", sa.Integer),
        sa.Column("pnc", sa.String),
        sa.Column("cro", sa.String),
        sa.Column("offender_number", NUMBER),
        sa.Column("in_custody", sa.Boolean),
        sa.Column("custody_from", sa.Date),
        sa.Column("release_date", sa.Date),
        sa.Column("deceased_on", sa.Date),
        sa.Column("record_link", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_person_records"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_person_records_person"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_person_records_source"),
        sa.ForeignKeyConstraint(["home_area"], ["offices.id"], name="fk_person_records_home_area"),
        sa.UniqueConstraint("source", "source_id", name="uq_person_records_source_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_person_records_person", "person_records", ["person"])
    op.create_index("ix_person_records_forename_key", "person_records", ["forename_key"])
    op.create_index(
        "ix_person_records_surname_key_forename_key", "person_records", ["surname_key", "forename_key"]
    )
    op.create_table(
        "nationalities",
        sa.Column("record", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("nationality", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_nationalities"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_nationalities_record"),
    )
    _create_about_a_person(
        "offences",
        sa.Column("code", sa.String, nullable=False),
        sa.Column("committed_on", sa.Date, nullable=False),
        sa.Column("area", sa.Integer),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("stage", sa.String),
        sa.Column("outcome", sa.SmallInteger),
        sa.Column("domestic_abuse", sa.Boolean),
        sa.ForeignKeyConstraint(["area"], ["offices.id"], name="fk_offences_area"),
    )
    op.create_index("ix_offences_person_committed_on", "offences", ["person", "committed_on"])
    op.create_index("ix_offences_code_committed_on", "offences", ["code", "committed_on", "person"])
    _create_about_a_person(
        "sentences",
        sa.Column("offence", NUMBER),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("sentenced_on", sa.Date, nullable=False),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
    )
    _create_about_a_person(
        "registrations", sa.Column("kind", sa.String, nullable=False), sa.Column("level", sa.String), *_days()
    )
    _create_about_a_person(
        "plans",
        sa.Column("managed", sa.Boolean, nullable=False),
        sa.Column("managed_by", sa.String),
        *_days(),
    )
    _create_about_a_person("drug_markers", sa.Column("kind", sa.String, nullable=False), *_days())
    _create_about_a_person(
        "intelligence",
        sa.Column("grade", sa.String, nullable=False),
        sa.Column("reported_on", sa.Date, nullable=False),
    )
    _create_about_a_person(
        "associations",
        sa.Column("other", sa.Integer, nullable=False),
        sa.Column("other_record", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("strength", sa.Integer),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.ForeignKeyConstraint(["other"], ["people.id"], name="fk_associations_other"),
        sa.ForeignKeyConstraint(["other_record"], ["person_records.id"], name="fk_associations_other_record"),
    )
    for column in ("other", "other_record"):
        op.create_index(f"ix_associations_{column}", "associations", [column])
    for table in ("sentences", "registrations", "plans", "drug_markers", "intelligence", "associations"):
        op.create_index(f"ix_{table}_person", table, ["person"])
    op.create_table(
        "record_versions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("known_from", INSTANT, nullable=False),
        sa.Column("known_to", INSTANT, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_versions"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_record_versions_person"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_record_versions_source"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_record_versions_record"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_record_versions_person_kind", "record_versions", ["person", "kind"])
    op.create_index("ix_record_versions_record", "record_versions", ["record"])
    op.create_table(
        "record_imports",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("as_at", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_imports"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_record_imports_source"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_record_imports_source_sha256", "record_imports", ["source", "kind", "sha256"])


def _create_about_a_person(name: str, *columns: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("source_id", NUMBER, nullable=False),
        sa.Column("digest", sa.BigInteger, nullable=False),
        sa.Column("known_from", INSTANT, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=f"fk_{name}_person"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name=f"fk_{name}_record"),
        sa.UniqueConstraint("source", "source_id", name=f"uq_{name}_source_id"),
    )
    op.create_index(f"ix_{name}_record", name, ["record"])


def _days() -> tuple[sa.Column[Any], ...]:
    return sa.Column("first_day", sa.Date, nullable=False), sa.Column("last_day", sa.Date)


def _create_duplicates() -> None:
    op.create_table(
        "duplicates",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("second", sa.Integer, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        *_constraints_of_pair("duplicates"),
        sa.UniqueConstraint("first", "second", name="uq_duplicates_first_second"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_duplicates_weight", "duplicates", ["weight", "id"])
    op.create_table(
        "joins",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("second", sa.Integer, nullable=False),
        sa.Column("moved_from", sa.Integer, nullable=False),
        sa.Column("moved_to", sa.Integer, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("joined_by", sa.Integer, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("undone_at", INSTANT),
        *_constraints_of_pair("joins"),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"], name=f"fk_joins_{column}")
            for column in ("moved_from", "moved_to")
        ),
        sa.ForeignKeyConstraint(["joined_by"], ["users.id"], name="fk_joins_joined_by"),
        sqlite_autoincrement=True,
    )
    for column in ("first", "moved_from", "moved_to"):
        op.create_index(f"ix_joins_{column}", "joins", [column])
    op.create_table(
        "joined_records",
        sa.Column("decision", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("record", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("moved_back_at", INSTANT),
        sa.PrimaryKeyConstraint("decision", "record", name="pk_joined_records"),
        sa.ForeignKeyConstraint(["decision"], ["joins.id"], name="fk_joined_records_decision"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_joined_records_record"),
    )
    op.create_index("ix_joined_records_record", "joined_records", ["record"])
    op.create_table(
        "separations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("second", sa.Integer, nullable=False),
        sa.Column("separated_by", sa.Integer, nullable=False),
        sa.Column("separated_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        *_constraints_of_pair("separations"),
        sa.ForeignKeyConstraint(["separated_by"], ["users.id"], name="fk_separations_separated_by"),
        sa.UniqueConstraint("first", "second", name="uq_separations_first_second"),
        sqlite_autoincrement=True,
    )
    for table in ("duplicates", "joins", "separations"):
        op.create_index(f"ix_{table}_second", table, ["second"])
    op.create_table(
        "duplicates_due",
        sa.Column("record", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("search", sa.BigInteger),
        sa.PrimaryKeyConstraint("record", name="pk_duplicates_due"),
        sa.ForeignKeyConstraint(["record"], ["person_records.id"], name="fk_duplicates_due_record"),
    )


def _constraints_of_pair(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint([column], ["person_records.id"], name=f"fk_{table}_{column}")
            for column in ("first", "second")
        ),
    )


def _create_harm() -> None:
    op.create_table(
        "harm_scores",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *(
            sa.Column(name, sa.Float, nullable=False)
            for name in ("score", "recency", "frequency", "severity", "drugs", "intelligence")
        ),
        sa.Column("band", sa.SmallInteger),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("suspected", sa.Integer, nullable=False),
        sa.Column("unknown_codes", sa.Integer, nullable=False),
        sa.Column("last_offence", sa.Date, nullable=False),
        sa.Column("home_area", sa.Integer),
        sa.Column("born", sa.Date),
        sa.Column("hidden_until", sa.Date),
        sa.Column("deceased", sa.Boolean, nullable=False),
        sa.Column("managed", sa.Boolean),
        sa.Column("cohort", sa.String),
        sa.Column("stage", sa.String),
        sa.PrimaryKeyConstraint("person", name="pk_harm_scores"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_harm_scores_person"),
        sa.ForeignKeyConstraint(["home_area"], ["offices.id"], name="fk_harm_scores_home_area"),
    )
    op.create_index("ix_harm_scores_score", "harm_scores", ["score", "person"])
    op.create_index("ix_harm_scores_home_area_score", "harm_scores", ["home_area", "score", "person"])
    op.create_index("ix_harm_scores_band_score", "harm_scores", ["band", "score", "person"])
    op.create_index(
        "ix_harm_scores_cohort_score",
        "harm_scores",
        ["cohort", "score", "person"],
        sqlite_where=sa.text("cohort IS NOT NULL"),
        postgresql_where=sa.text("cohort IS NOT NULL"),
    )
    op.create_table(
        "harm_history",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("band", sa.SmallInteger),
        sa.PrimaryKeyConstraint("person", "day", name="pk_harm_history"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_harm_history_person"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_harm_history_day", "harm_history", ["day"])
    op.create_table(
        "harm_due",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_harm_due"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_harm_due_person"),
    )
    op.create_table(
        "harm_cuts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.Float, nullable=False)
            for name in ("low_medium", "medium_high", "high", "super_high")
        ),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_harm_cuts"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "harm_refreshes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("everybody", sa.Boolean, nullable=False),
        sa.Column("scored", sa.Integer, nullable=False),
        sa.Column("settings", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_harm_refreshes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "harm_policies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("show_suspected", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_harm_policies"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "harm_lists",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_harm_lists"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_harm_lists_user_id"),
    )
