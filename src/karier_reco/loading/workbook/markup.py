"""The XML of a workbook, walked through once before it is opened: well formed, in UTF-8, and without entities."""

from __future__ import annotations

import re
from functools import partial
from xml.parsers import expat

from karier_reco.loading.workbook.archive import Archive, refused

#: XML elements of one part: a full sheet of 15 columns and a million rows has as many.
ELEMENTS = 32_000_000
#: Bytes of one tag, text or comment, which readers keep whole.
_TOKEN = 4 << 20
_ITEMS = 10_000
COUNT = re.compile(r"[0-9]{1,9}")
Attributes = dict[str, str]


class Handler:
    """What is called for each element; ``ends`` says whether for its end too, which takes time."""

    ends = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take its end."""

    def characters(self, text: str) -> None:
        """Take text between tags."""

    def look(self) -> None:
        """Refuse what has become too much, some while after the last look."""


def walk(archive: Archive, part: str, handler: Handler) -> None:
    """Give every element of a part to the handler; refuse what no spreadsheet program writes."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = partial(_doctype, part)
    parser.XmlDeclHandler = partial(_declaration, part)
    parser.StartElementHandler = handler.start
    if handler.ends:
        parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.characters
    held = text = 0
    try:
        for piece in archive.pieces(part):
            if not held and not piece.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
                raise refused("workbook_broken", f"{part}: no XML in UTF-8")
            held += len(piece)
            text = 0 if b"<" in piece else text + len(piece)
            parser.Parse(piece, False)
            if max(text, held - parser.CurrentByteIndex) > _TOKEN:
                raise refused("workbook_large", f"{part}: {held} bytes", most=f"{_TOKEN} bytes")
            handler.look()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise refused("workbook_broken", f"{part}: {error}") from error


def _doctype(part: str, *_: object) -> None:
    raise refused("workbook_entities", part)


def _declaration(part: str, version: str, encoding: str | None, standalone: int) -> None:
    if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
        raise refused("workbook_broken", f"{part}: no XML in UTF-8")


def local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


class Items(Handler):
    """The attributes of all elements of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Attributes] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == self.name or local(name) == self.name:
            self.found.append(attributes)
            if len(self.found) > _ITEMS:
                raise refused("workbook_large", f"{len(self.found)} {name}", most=f"{_ITEMS} {name}")
