"""The lines and records of a text file: what it is encoded in, what separates its cells, where its heading stands."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from karier_reco.checking.names import known_names, plain
from karier_reco.loading.tables import HEAD_LINES
from karier_reco.settings import Settings

#: The longest line that a table has: more is a broken file, and reading on would take all memory.
LONGEST = 4_000_000
#: The heading is not longer than this.
HEAD_LONGEST = 400_000
_HEADING_LONGEST = 200
SEPARATORS = ",;\t"
_NOTHING = SEPARATORS + " \r\n"
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w"\r\n])"?\r?\n?', re.IGNORECASE)
_BYTE_ORDER = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: How files begin that are no text, whatever their name says.
_OTHERS = {
    b"PK\x03\x04": "zip (xlsx, ods)", b"\xd0\xcf\x11\xe0": "xls", b"PAR1": "Parquet", b"%PDF": "PDF",
    b"\x1f\x8b": "gzip", b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32",
}  # fmt: skip
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|table|\?xml|\?mso)", re.IGNORECASE)


class Broken(NamedTuple):
    """A record that is none: the kind of problem, and what stands there."""

    kind: str
    value: str


class Layout(NamedTuple):
    """What separates the cells of a file, and what stands above its heading: lines, records, and blank ones of them."""

    separator: str
    lines: int
    records: int
    blank: int


def encoding_of(content: bytes, declared: str) -> str:
    """Return what the byte order mark says, else what is declared."""
    return next((name for mark, name in _BYTE_ORDER.items() if content.startswith(mark)), declared)


def other_content(content: bytes) -> str:
    """Return what a file holds in place of text that we can read, nothing where it may be text."""
    begins = sorted((begin for begin in _OTHERS if content.startswith(begin)), key=len)
    if begins:
        return _OTHERS[begins[-1]]
    if _MARKUP.match(content[:1000]):
        return "HTML/XML"
    sample = content[:4096]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or 3 * sample.count(0) < len(sample) or len(sample) < 4:
        return ""
    return "NUL" if 4 * sample.count(0) > 3 * len(sample) else "UTF-16"


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def decoded(content: bytes, encoding: str) -> Iterator[str]:
    """Yield line after line: the whole of a large file as text would take its size again, and more.

    Of a line too long for any table the first part is all that is kept.
    """
    errors = "surrogatepass" if encoding == "utf-16" else "surrogateescape"
    readline = partial(io.TextIOWrapper(io.BytesIO(content), encoding, errors, newline="").readline, LONGEST)
    for line in iter(readline, ""):
        yield line
        rest = line
        while _is_cut(rest):
            rest = readline()


def _is_cut(line: str) -> bool:
    return len(line) == LONGEST and not line.endswith(("\n", "\r"))


class Lines:
    """The lines of a file as the csv module takes them.

    ``taken`` has those of the record in progress. `again` gives back all but its first: a quote that was never closed
    must not swallow the rows after it. ``cut`` says that one of them was longer than what is kept.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.taken.append(line)
        self.cut |= _is_cut(line)
        return line

    def again(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))

    def separator(self) -> str:
        """Return the separator that the first line names, as Excel writes it, and take that line away."""
        first = next(self._lines, "")
        if named := _SEPARATOR_LINE.fullmatch(first):
            return named[1]
        self._waiting.append(first)
        return ""

    def head(self) -> list[str]:
        """Return the first lines, which are still to come; one too long for a heading is empty here."""
        self._waiting.extend(islice(self._lines, HEAD_LINES - len(self._waiting)))
        return [line if len(line) <= HEAD_LONGEST else "\n" for line in self._waiting]

    def has_long_head(self) -> bool:
        return any(len(line) > HEAD_LONGEST for line in self._waiting)

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            self._waiting.popleft()


def records(lines: Lines, separator: str) -> Iterator[list[str] | Broken]:
    """Return record after record."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.taken.clear()
        try:
            record: list[str] | Broken = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.again()
            del lines.taken[1:]
            large = "field larger" in str(error)
            record = Broken("too_much_text", str(csv.field_size_limit())) if large else Broken("quoting", str(error))
        if lines.cut:
            lines.cut, record = False, Broken("too_much_text", str(LONGEST))
        yield record


def layout_of(head: list[str], table: str, settings: Settings, separators: str) -> Layout | None:
    """Return where the heading is and what separates its cells; None for a file without text.

    The heading is the first line in which two headings or more are known, else the first that is filled.
    """
    known = known_names(table, settings)
    choices = []
    for separator in separators:
        lines, above, blank = Lines(iter(head)), 0, 0
        for count, record in enumerate(records(lines, separator)):
            cells = [] if isinstance(record, Broken) else record
            names = len(known & {plain(cell) for cell in cells if len(cell) < _HEADING_LONGEST})
            filled = isinstance(record, Broken) or any(cell.strip(_NOTHING) for cell in cells)
            if filled:
                choices.append((names > 1, names, -above, len(cells), Layout(separator, above, count, blank)))
            if names > 1:
                break
            above, blank = above + len(lines.taken), blank + (not filled)
    return max(choices, key=lambda choice: choice[:4])[-1] if choices else None
