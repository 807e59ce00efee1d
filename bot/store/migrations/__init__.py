"""Alembic's migrations: expand first, contract a version later, so that two neighbours run side by side."""
