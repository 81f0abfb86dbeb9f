"""A zip file that is not trusted: its parts are inflated here first, within limits, before any reader sees them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

#: Bytes that the parts of one workbook may unpack to: the largest sheet that spreadsheet programs fill is smaller.
MOST = 1 << 30
#: A part over this size that unpacks to more than `_RATIO` times itself was made to fill the memory.
_SMALL, _RATIO = 1 << 25, 200
#: Bytes of the list of parts: over ten thousand of them, where a workbook has some dozens.
_LIST = 1 << 20
_PIECE = 1 << 20
_END = struct.Struct("<4s4HIIH")
_STORED, _DEFLATED = 0, 8


class RefusedError(Exception):
    """A workbook, or a sheet of it, that is not opened: the kind of problem and its facts."""

    def __init__(self, message: str, kind: str, value: str, facts: dict[str, str]) -> None:
        super().__init__(message)
        self.kind, self.value, self.facts = kind, value, facts


def refused(kind: str, value: object, **facts: str) -> RefusedError:
    """Return the refusal of a file; it becomes a problem where file and sheet are known."""
    return RefusedError(f"{kind}: got {value}; expected a sound workbook.", kind, str(value), facts)


class Archive:
    """The parts of a zip file by their names in small letters, as readers look them up."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._unpacked = 0
        self.parts: dict[str, zipfile.ZipInfo] = {}
        for part in _list_of_parts(content):
            if part.flag_bits & 1:
                raise refused("workbook_locked", part.filename)
            if part.filename.lower() in self.parts:
                raise refused("workbook_broken", f"{part.filename!r} twice")
            self.parts[part.filename.lower()] = part

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part unpacked, piece by piece; what its header says of it is not believed."""
        part = self.parts[name.lower()]
        packed = self._packed(part)
        inflate = zlib.decompressobj(-15)
        size = crc = 0
        while part.compress_type == _DEFLATED and not inflate.eof:
            try:
                piece = inflate.decompress(packed, _PIECE)
            except zlib.error as error:
                raise refused("workbook_broken", f"{part.filename}: {error}") from error
            packed = inflate.unconsumed_tail
            size, crc = size + len(piece), zlib.crc32(piece, crc)
            self._admit(part, len(piece), size)
            if not piece and not packed:
                break
            yield piece
        if part.compress_type == _STORED:
            size, crc = len(packed), zlib.crc32(packed)
            self._admit(part, size, size)
            yield packed
        if (size, crc) != (part.file_size, part.CRC):
            raise refused("workbook_broken", f"{part.filename}: {size} bytes, not {part.file_size} as its header says")

    def _packed(self, part: zipfile.ZipInfo) -> bytes:
        at = part.header_offset
        if part.compress_type not in (_STORED, _DEFLATED) or self._content[at : at + 4] != b"PK\3\4":
            raise refused("workbook_broken", f"{part.filename}: packed in a strange way")
        start = at + 30 + sum(struct.unpack_from("<HH", self._content.ljust(at + 30), at + 26))
        packed = self._content[start : start + part.compress_size]
        if len(packed) < part.compress_size:
            raise refused("workbook_broken", f"{part.filename}: {len(packed)} of {part.compress_size} bytes")
        return packed

    def _admit(self, part: zipfile.ZipInfo, more: int, size: int) -> None:
        self._unpacked += more
        if self._unpacked > MOST or (size > _SMALL and size > _RATIO * part.compress_size):
            raise refused("workbook_bomb", part.filename, packed=str(part.compress_size), unpacked=str(size))


def _list_of_parts(content: bytes) -> list[zipfile.ZipInfo]:
    """Return the parts as the end of the file lists them; a list that two programs could read two ways is refused."""
    if len(content) < _END.size:
        raise refused("workbook_broken", f"{len(content)} bytes")
    signature, *_, size, start, comment = _END.unpack(content[-_END.size :])
    if signature != b"PK\5\6" or comment or start + size + _END.size != len(content):
        raise refused("workbook_broken", f"{len(content)} bytes without the list of parts at their end")
    if size > _LIST:
        raise refused("workbook_bomb", "the list of parts", packed=str(len(content)), unpacked=str(size))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError) as error:
        raise refused("workbook_broken", error) from error
