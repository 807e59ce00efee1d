"""A database with our schema, as for the store's own tests."""

from __future__ import annotations

from tests.store.conftest import migrated_url

__all__ = ["migrated_url"]
