"""What people may type after `/incident`. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.errors import InvalidInputError
from bot.domain.incident import Severity
from bot.domain.wording import straight_quotes
from bot.ingest.patterns import leading_matchers
from playbooks.durations import parse_duration

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.domain.matchers import Matcher

VERBS: Final = (
    "declare", "status", "list", "ack", "resolve", "reopen", "blame", "silence", "silences", "unsilence",
    "why", "why-not", "help",
)  # fmt: skip
_SAME: Final = {
    "acknowledge": "ack",
    "open": "declare",
    "new": "declare",
    "close": "resolve",
    "whynot": "why-not",
    "": "help",
}
HELP: Final = """\
*/incident declare* opens a window
*/incident declare TITLE [critical|error|warning|info]* does it at once
   (it also takes `service=checkout`, `environment=production`, `severity=critical`)
*/incident list* shows what is open
*/incident status|ack|resolve|reopen [INC-12]*: in an incident's channel without the name
*/incident blame CHANGE-ID [INC-12]* says which change caused it, also one that is no suspect
*/incident why [INC-12]* says why it opened, *why-not HighErrors service=checkout* why an alert opened nothing
*/incident silence* opens a window to keep alerts quiet; in an incident's channel it is filled in
`/incident silence service=checkout alertname=~"High.*" for 2h [reason]` does it at once
*/incident silences* shows what is quiet, *unsilence ID* ends it
*/incident help* shows this"""
_GOES_ON: Final = frozenset((
    "a", "an", "and", "any", "are", "as", "be", "became", "become", "becomes", "been", "being", "by",
    "cause", "caused", "causes", "every", "for", "from", "gave", "get", "gets", "give", "gives", "goes",
    "got", "had", "has", "have", "in", "is", "its", "log", "logged", "logs", "many", "more", "no", "not",
    "of", "on", "one", "or", "our", "raise", "raised", "raises", "report", "reported", "reports",
    "return", "returned", "returns", "saw", "see", "sees", "show", "showed", "shows", "so", "some",
    "still", "that", "the", "their", "these", "this", "threw", "throw", "throwing", "throws", "to",
    "too", "turned", "turns", "very", "was", "went", "were", "with",
))  # fmt: skip
"""Words after which a severity goes on with the sentence: it is more than a mark at its end."""
_FOR: Final = re.compile(r"for(\s|$)", re.IGNORECASE)
_INCIDENT: Final = re.compile(r"inc-\d{1,12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """A verb (one of VERBS) and the rest of the line."""

    verb: str
    rest: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """An incident as a person declares it."""

    title: str
    severity: Severity = Severity.ERROR
    services: tuple[str, ...] = ()
    environment: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Silencing:
    """What a person wants to be quiet, for how long, and what for."""

    matchers: tuple[Matcher, ...]
    length: timedelta
    comment: str


@dataclass(frozen=True, slots=True)
class Blame:
    """A change that a person blames; `incident` and `source` are empty where they are not named."""

    change_id: str
    source: str
    incident: str


def read(text: str) -> Typed | None:
    """The command; None where its verb is not known."""
    first, rest = (*text.split(maxsplit=1), "", "")[:2]
    verb = _SAME.get(first.lower(), first.lower())
    return Typed(verb, rest.strip()) if verb in VERBS else None


def read_declaration(rest: str) -> Declaration | None:
    """Title, severity (the last word), or `severity=`, `service=` and `environment=`; None without a title.

    The last word stays in the title where a sentence needs it, as in "Checkout throws an error".

    Raises:
        InvalidInputError: there is no such severity.
    """
    words, services, environment = [], [], UNKNOWN
    severity: Severity | None = None
    for word in _split(rest):
        name, _, value = word.partition("=")
        match name.lower():
            case "service" | "services" if value:
                services += listed(value)
            case "environment" | "env" if value:
                environment = value
            case "severity" if value:
                severity = _severity(value)
            case _:
                words.append(word)
    if severity is None and words and words[-1].lower() in set(Severity):
        severity = Severity(words[-1].lower())
        if len(words) == 1 or words[-2].lower() not in _GOES_ON:
            words.pop()
    title = " ".join(words).strip()
    if not title:
        return None
    return Declaration(title, severity or Severity.ERROR, tuple(services), environment)


def _severity(word: str) -> Severity:
    try:
        return Severity(word.lower())
    except ValueError as error:
        known = ", ".join(Severity)
        raise InvalidInputError("severity", f"{word[:32]!r} is no severity", f"use one of {known}") from error


def read_blame(rest: str) -> Blame | None:
    """The change's id, `source=` and the incident's name, in any order; None where there is no one id."""
    ids, source, incident = [], "", ""
    for word in _split(rest):
        if word.lower().startswith("source="):
            source = word.partition("=")[2]
        elif _INCIDENT.fullmatch(word):
            incident = word
        else:
            ids.append(word)
    return Blame(ids[0], source, incident) if len(ids) == 1 else None


def read_silence(rest: str) -> Silencing:
    """Matchers, `for` and a duration, and then the reason.

    Raises:
        InvalidInputError: one of them is missing or cannot be read.
    """
    matchers, rest = leading_matchers(straight_quotes(rest))
    if rest and not _FOR.match(rest):
        raise _no_matcher(rest)
    _, length, comment = (*rest.split(maxsplit=2), "", "", "")[:3]
    if not length:
        raise InvalidInputError("for", "Say for how long", "for example: service=checkout for 2h")
    try:
        lasts = parse_duration(length.lower())
    except ValueError as error:
        raise InvalidInputError("for", f"{length[:32]!r} is no duration", "30m, 2h or 1d") from error
    return Silencing(_some(matchers), lasts, " ".join(_split(comment)))


def read_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers between blanks, commas or lines, and nothing else.

    Raises:
        InvalidInputError: one of them cannot be read, or there is none.
    """
    matchers, rest = leading_matchers(straight_quotes(text))
    if rest:
        raise _no_matcher(rest)
    return _some(matchers)


def _some(matchers: tuple[Matcher, ...]) -> tuple[Matcher, ...]:
    if not matchers:
        raise InvalidInputError("matchers", "Say which alerts", "for example: service=checkout")
    return matchers


def _no_matcher(rest: str) -> InvalidInputError:
    word = rest.split(maxsplit=1)[0][:64]
    fix = 'write label=value, or label="a value" with blanks or commas'
    if word.count('"') % 2:
        fix = "close the quote"
    return InvalidInputError("matchers", f"{word!r} is not a matcher", fix)


def listed(text: str) -> list[str]:
    """Names between commas or blanks."""
    return [name for name in text.replace(",", " ").split() if name]


def _split(text: str) -> list[str]:
    """Words; what stands in quotes is one, and apostrophes are no quotes."""
    lexer = shlex.shlex(straight_quotes(text), posix=True)
    lexer.quotes, lexer.commenters, lexer.escape, lexer.whitespace_split = '"', "", "", True
    try:
        return list(lexer)
    except ValueError:  # a quote that is not closed
        return text.split()
