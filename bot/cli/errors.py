"""How a command ends: 0 well, 1 a check failed, 2 usage, 78 bad configuration.

What the user can mend is one line on stderr, never a traceback.
"""

from __future__ import annotations

import errno
from typing import Any, Final

import click

from bot.domain.errors import ConfigurationError, SchemaError, TocsinError

CHECK_FAILED: Final = 1
BAD_CONFIGURATION: Final = 78
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class ContractGroup(click.Group):
    """A group that turns our own errors into one line on stderr and the contract's exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (ConfigurationError, SchemaError) as error:
            click.echo(f"tocsin: {error.detail or error}", err=True)
            ctx.exit(BAD_CONFIGURATION)
        except TocsinError as error:
            click.echo(f"tocsin: {error}", err=True)
            ctx.exit(CHECK_FAILED)
        except OSError as error:
            # A file that the user named, or a full disk. What a network does has errors of its own.
            if error.filename is None and error.errno not in _FULL:
                raise
            place = "" if error.filename is None else f"{error.filename}: "
            click.echo(f"tocsin: {place}{error.strerror}", err=True)
            ctx.exit(CHECK_FAILED)
