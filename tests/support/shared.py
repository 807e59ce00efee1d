"""The folder of recorded payloads and reference data beside a checkout, which may be absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]


def shared_folder() -> Path | None:
    """`../shared` beside the checkout (or what `TOCSIN_TEST_SHARED` names), where it is."""
    folder = Path(os.environ.get("TOCSIN_TEST_SHARED") or CHECKOUT.parent / "shared")
    return folder if folder.is_dir() else None
