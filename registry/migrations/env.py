"""How Alembic reaches the registry: on the connection and in the transaction that `migrate` opened."""

from alembic import context

from registry.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=False,
)
context.run_migrations()
