# ruff: noqa: INP001, T201, BLE001, B023 -- a script that prints, about libraries that raise what they like
"""The figures of ADR 10: two CEL libraries beside one another.

Neither has to be installed:
`uv run --with cel-expr-python --with common-expression-language docs/adr/0010_measure.py`
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import cel as rust
from cel_expr_python import cel as google

if TYPE_CHECKING:
    from collections.abc import Callable

RULES, ALERTS = 100, 300
TYPES = google.Type
ENV = google.NewEnv(
    variables={
        "name": TYPES.STRING,
        "service": TYPES.STRING,
        "labels": TYPES.Map(TYPES.STRING, TYPES.STRING),
        "starts_at": TYPES.TIMESTAMP,
    }
)
DATA = {
    "name": "HighErrors",
    "service": "checkout",
    "labels": {"team": "pay"} | {f"label{number}": f"value{number}" for number in range(20)},
    "starts_at": datetime(2026, 11, 21, 3, tzinfo=UTC),
}
SOURCES = [
    f'service == "s{number}" && has(labels.team) && labels.team.startsWith("p") '
    f'|| name == "n{number}" && starts_at.getHours() > {number % 24}'
    for number in range(RULES)
]
WRONG = (
    'servce == "x"',
    "service",
    "service + 1 == 2",
    "(",
    'labels.absent == "x"',
    "1 / 0 == 1",
    'service.matches("(")',
)
SLOW = 'labels.all(a, labels.all(b, labels.all(c, a != "zz")))'


def rate(work: Callable[[], object], alerts: int = ALERTS) -> float:
    """Alerts a second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(alerts):
            work()
        best = min(best, time.perf_counter() - start)
    return alerts / best


def tried(work: Callable[[], object]) -> str:
    """What came of it, in a line."""
    try:
        return f"gives {work()!r}"
    except BaseException as error:  # one of the two panics, which is no Exception
        return f"raises {type(error).__name__}: {str(error).splitlines()[0][:110]}"


def main() -> None:
    """Print it all."""
    print("cel-expr-python", version("cel-expr-python"))
    checked = [ENV.compile(source) for source in SOURCES]
    parsed = [rust.compile(source) for source in SOURCES]

    def shared_google() -> None:
        activation = ENV.Activation(DATA)
        for one in checked:
            one.eval(activation).value()

    def shared_rust() -> None:
        context = rust.Context(variables=DATA)
        for one in parsed:
            one.execute(context)

    print("common-expression-language", version("common-expression-language"))
    print(f"alerts/s, {RULES} rules, one context an alert")
    print(f"  google {rate(shared_google):8.0f}")
    print(f"  rust   {rate(shared_rust):8.0f}")
    print(f"alerts/s, {RULES} rules, a dictionary passed to each")
    print(f"  google {rate(lambda: [one.eval(data=DATA).value() for one in checked], 30):8.0f}")
    print(f"  rust   {rate(lambda: [one.execute(DATA) for one in parsed], 10):8.0f}")
    for source in WRONG:
        print(source)
        print("  google load:", tried(lambda: ENV.compile(source).return_type().name()))
        print("         run: ", tried(lambda: ENV.compile(source).eval(data=DATA).value()))
        print("  rust   load:", tried(lambda: rust.compile(source) and "a program"))
        print("         run: ", tried(lambda: rust.compile(source).execute(DATA)))
    many = DATA | {"labels": {f"l{number}": "x" for number in range(300)}}
    print(f"{SLOW}, 300 labels")
    for name, work in (
        ("google", lambda: ENV.compile(SLOW).eval(data=many).value()),
        ("rust  ", lambda: rust.compile(SLOW).execute(many)),
    ):
        start = time.perf_counter()
        print(f"  {name} {tried(work)} after {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
