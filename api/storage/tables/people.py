"""People under supervision, and caseloads."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    false,
    or_,
    select,
    text,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, Number, metadata

# A person may have no assessment, and no number yet. The audit log names people by `id`: it is never reused.
people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offender_number", Number, unique=True),
    Column("office", ForeignKey("offices.id"), nullable=False),
    Column("next_sequence", Integer, nullable=False),  # of the person's next assessment
    Column("pseudonym", BigInteger, nullable=False, unique=True),  # random: what analysts see
    Column("home_area", ForeignKey("offices.id")),
    # Whether the office is that of the home area. Not once a supervisor has moved the person.
    Column("follows_home", Boolean, server_default=false(), nullable=False),
    # By office or area alone, and by the beginning of a number among the people of an office or area.
    Index("ix_people_office_offender_number", "office", "offender_number"),
    Index("ix_people_home_area_offender_number", "home_area", "offender_number"),
    # The people of an office who do not live there: few, where areas are the offices.
    Index(
        "ix_people_office_elsewhere",
        "office",
        sqlite_where=text("home_area IS NOT office"),
        postgresql_where=text("home_area IS DISTINCT FROM office"),
    ),
    sqlite_autoincrement=True,
)

# Case workers see only the people on their caseload.
caseload = Table(
    "caseload",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("person", ForeignKey("people.id"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
)

_number = select(people.c.offender_number).where(people.c.id == PERSON).scalar_subquery()


def quoted(text: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether JSON contains the person's number, or an id of their assessments, as a complete string."""
    return or_(text.contains('"' + _number + '"'), text.contains('"' + _number + "-"))


ABOUT_A_PERSON = (
    About(caseload, caseload.c.person == PERSON),
    About(people, people.c.id == PERSON),
)
