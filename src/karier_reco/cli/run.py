"""One run of the command line: its language, its exit codes, and click made to speak that language."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Self

import click

from karier_reco.errors import masked
from karier_reco.texts import LANGUAGES, Language, catalogue, text
from karier_reco.words import visible

_NIP = re.compile(r"\d{15,}")
_PASSWORD = re.compile(r"(://[^/\s:@]*:)\S*@|((?:password|passwd|pwd)=)[^&\s]*", re.IGNORECASE)


class Code(IntEnum):
    """What the exit code says; calling programs rely on it."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    BAD_DATA = 3
    INFEASIBLE = 4
    NOT_FOUND = 5
    INTERRUPTED = 130


@dataclass(frozen=True)
class Run:
    """What holds for the whole run, whichever command it is."""

    language: Language = "id"
    debug: bool = False

    @classmethod
    def of(cls, args: Sequence[str]) -> Self:
        """Read language and debug ahead of click, whose own words and help already need them."""
        language: Language = "id"
        for word, following in pairwise([*args, ""]):
            name, equals, value = word.partition("=")
            if name == "--language":
                asked = value if equals else following
                language = next((known for known in LANGUAGES if known == asked), language)
        return cls(language, "--debug" in args)

    def say(self, key: str, **values: object) -> str:
        """Return a text of the command line, ``cli.<key>`` of the catalogue."""
        return text(f"cli.{key}", self.language, **values)

    def tell(self, words: str) -> None:
        """Write words that may hold data to standard output."""
        click.echo(harmless(words))

    def complain(self, *lines: str) -> None:
        """Write lines to standard error; the first says what went wrong. No NIP is shown whole."""
        heading, *rest = lines
        click.echo(without_nips(harmless("\n".join([self.say("failed.heading", what=heading), *rest]))), err=True)


def without_nips(words: str) -> str:
    """Return text with every long number cut to its last three digits.

    >>> without_nips("Tidak ada pegawai 208703122110011005.")
    'Tidak ada pegawai …005.'
    """
    return _NIP.sub(lambda found: masked(found[0]), words)


def harmless(words: str) -> str:
    r"""Return text that does nothing to a terminal, and tells no password of a database's URL.

    >>> print(harmless("\x1b[2J postgresql://reader:secret@localhost/simpeg"))
    ␛[2J postgresql://reader:…@localhost/simpeg
    """
    return visible(_PASSWORD.sub(lambda found: f"{found[1]}…@" if found[1] else f"{found[2]}…", words))


def in_a_line(words: str) -> str:
    """Return harmless text in which no line ends: a name must not look like a message of its own."""
    return harmless(words).replace("\n", "␊")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let click say its own words in a language until the block ends.

    click takes them from the gettext module, which would want a compiled file, a search path and environment
    variables for what already lies in our catalogue. So its two lookups are ours for a while, and what the
    catalogue does not have goes on to them.
    """
    click_words = {entry["en"]: entry[language] for key, entry in catalogue().items() if key.startswith("cli.click.")}
    single, plural = gettext.dgettext, gettext.dngettext

    def translated(domain: str, message: str) -> str:
        return click_words.get(message) or single(domain, message)

    def translated_count(domain: str, msgid1: str, msgid2: str, n: int) -> str:
        return click_words.get(msgid1 if n == 1 else msgid2) or plural(domain, msgid1, msgid2, n)

    gettext.dgettext, gettext.dngettext = translated, translated_count
    try:
        yield
    finally:
        gettext.dgettext, gettext.dngettext = single, plural
