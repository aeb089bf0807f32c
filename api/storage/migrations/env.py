"""What Alembic runs for every command: the steps, on the connection it was given."""

from alembic import context

from api.storage.database import has_dangling_references
from api.storage.tables import metadata
from rms.errors import StorageUnavailable

connection = context.config.attributes["connection"]

context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
if has_dangling_references(connection):
    raise StorageUnavailable("The upgrade would leave references that point at nothing; nothing was changed.")
