from __future__ import annotations

import pytest

from tests.support import parts


def test_a_missing_part_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(parts.VARIABLE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="kafka: no Java"):
        parts.missing("kafka", "no Java")


def test_a_required_part_that_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(parts.VARIABLE, "postgres, kafka")
    with pytest.raises(pytest.fail.Exception, match="kafka is required"):
        parts.missing("kafka", "no Java")


def test_an_unknown_part_is_no_silent_wish() -> None:
    with pytest.raises(pytest.UsageError, match="unknown kafkaa; known are kafka"):
        parts.required("kafkaa")
