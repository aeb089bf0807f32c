"""People under supervision, and who works with them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from api.storage.tables.about import NUMBER, About
from api.storage.tables.columns import Instant, Number, metadata

offenders = Table(
    "offenders",
    metadata,
    Column("offender_number", Number, primary_key=True),
    Column("next_sequence", Integer, nullable=False),
    Column("office", ForeignKey("offices.id"), nullable=False, index=True),
    # Drawn at random when the person is first assessed: what analysts see in place of the number.
    Column("pseudonym", BigInteger, server_default="0", nullable=False),
    Index("ix_offenders_pseudonym", "pseudonym", unique=True),
)

# Who works with whom; of everybody else's people a case worker sees nothing.
caseload = Table(
    "caseload",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("offender_number", ForeignKey("offenders.offender_number"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
)

ABOUT_A_PERSON = (
    About(caseload, caseload.c.offender_number == NUMBER),
    About(offenders, offenders.c.offender_number == NUMBER),
)
