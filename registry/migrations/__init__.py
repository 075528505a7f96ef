"""Alembic migrations of the registry, run by `registry.engine.migrate`."""
