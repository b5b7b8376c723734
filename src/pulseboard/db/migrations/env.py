"""How Alembic meets our database: on the connection that migrate() hands over."""

from alembic import context

from pulseboard.model import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    # SQLite cannot alter most things in place; Alembic then copies the table.
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
