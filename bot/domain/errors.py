"""One exception base; the docstring of a class is its message, and the two halves say who must act."""

from __future__ import annotations

import inspect


class TocsinError(Exception):
    """Something went wrong in Tocsin."""

    def __init__(self, detail: str = "") -> None:
        summary = str(inspect.getdoc(type(self))).partition("\n")[0].rstrip(".")
        super().__init__(f"{summary}: {detail}" if detail else summary)
        self.detail = detail


class RetryableError(TocsinError):
    """It may work when tried again."""


class PermanentError(TocsinError):
    """It will not work however often it is tried."""


class InvalidInputError(PermanentError):
    """The input cannot be accepted."""

    def __init__(self, path: str, problem: str, fix: str = "") -> None:
        self.path = path
        self.problem = problem
        self.fix = fix
        super().__init__(f"{path or 'body'}: {problem}" + (f" ({fix})" if fix else ""))


class ConfigurationError(PermanentError):
    """The configuration is not usable."""


class NotFoundError(PermanentError):
    """There is no such thing."""


class TransitionError(PermanentError):
    """The incident's state does not allow this."""


class ConflictError(RetryableError):
    """Somebody else changed the same rows first."""


class BrokerUnavailableError(RetryableError):
    """Kafka did not acknowledge in time."""


class StoreUnavailableError(RetryableError):
    """PostgreSQL did not answer."""


class SchemaError(StoreUnavailableError):
    """The database's schema is not one that this version works with."""


class RemoteUnavailableError(RetryableError):
    """The other side failed, and whether it acted is not known."""


class RemoteRefusedError(PermanentError):
    """The other side answered that it will not do this."""


class RemoteMisconfiguredError(RetryableError):
    """The other side does not accept our credentials or permissions; nothing was done."""


class RateLimitedError(RetryableError):
    """The other side asked for a pause."""

    def __init__(self, retry_after: float, detail: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(detail or f"retry after {retry_after:g} s")
