"""Which library is in use for each instrument, since when, and who decided it."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from api.storage.tables.columns import Instant, metadata

# The last row of an instrument counts. Without a hash, no library of the instrument is in use any more.
library_uses = Table(
    "library_uses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("instrument", String, nullable=False),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("by_setting", Boolean, nullable=False),  # RMS_LIBRARY named it when RMS started
    Column("used_by", String, nullable=False),
    Column("used_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
