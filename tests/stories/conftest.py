"""What every story is given."""

from __future__ import annotations

from tests.harness.fixtures import method_reference, running, story

__all__ = ["method_reference", "running", "story"]
