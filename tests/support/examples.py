"""How many random examples a test makes: a few are enough where it is only seen that a Python runs it."""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "TOCSIN_TEST_EXAMPLES"
"""A share in percent of the examples that tests ask for; 100 where it is not set."""
USUAL: Final = 100


def examples(count: int) -> int:
    """This many of them, or the wanted share."""
    return max(1, count * int(os.environ.get(VARIABLE) or 100) // 100)
