"""One Parquet file: of its columns only those that the table has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karier_reco.checking import Found, Source
from karier_reco.checking.found import shown
from karier_reco.checking.frames import frame_source
from karier_reco.checking.names import is_known
from karier_reco.settings import Settings

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: What a file of any size may hold, and what more for each of its bytes: keys do not compress further than this.
_ROWS, _ROWS_A_BYTE = 1_000_000, 10
_BYTES, _BYTES_A_BYTE = 2**28, 50
#: The most that a text and a list of the file's own description may take.
_METADATA = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": 2**18}


def read_parquet(path: Path, table: str, settings: Settings, found: Found) -> Source | None:
    """Return one file as text; None, and a problem, where it is no table at all. A record goes by its position from 0.

    Columns of other names are listed as ignored, and not read.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        found.table("missing_extra", table, path.name, value="pyarrow", remedy="install_extra", extra="parquet")
        return None
    try:
        with path.open("rb") as file:
            if not file.read(1):
                found.table("empty_file", table, path.name)
                return None
    except OSError as error:
        found.table("unreadable", table, path.name, value=str(error.strerror))
        return None
    try:
        with pq.ParquetFile(path, memory_map=True, **_METADATA) as opened:
            return _read(opened, path, table, settings, found)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        found.table("not_parquet", table, path.name, value=shown(str(error).partition("\n")[0]))
        return None


def _read(opened: pq.ParquetFile, path: Path, table: str, settings: Settings, found: Found) -> Source | None:
    titles = opened.schema_arrow.names
    wanted = [title for title in titles if is_known(title, table, settings)]
    if _is_too_large(opened.metadata, path, table, found):
        return None
    frame = opened.read(columns=wanted) if wanted else opened.schema_arrow.empty_table().select([])
    others = [title for title in titles if title not in wanted]
    source = frame_source(table, path.name, frame, settings, found, others)
    return None if source is None else replace(source, file=path.name)


def _is_too_large(metadata: Any, path: Path, table: str, found: Found) -> bool:
    """Report a file whose few bytes stand for more rows or text than a table can have."""
    size = path.stat().st_size
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    # A group's own sum, though it counts columns that nobody reads: to look at a broken column ends the whole process.
    unpacked = sum(group.total_byte_size for group in groups)
    counts = {
        "parquet_rows": (rows, _ROWS + _ROWS_A_BYTE * size),
        "parquet_bytes": (unpacked, _BYTES + _BYTES_A_BYTE * size),
    }
    over = {kind: bounds for kind, bounds in counts.items() if bounds[0] > bounds[1]}
    for kind, (count, most) in over.items():
        found.table(kind, table, path.name, value=str(count), most=str(most))
    return bool(over)
