"""The file of a backup: a zip of Parquet and JSON members, with a manifest that has a checksum of each.

Members are stored as they are (Parquet compresses by itself). Nothing is ever unpacked to a place that a name in the
file says, and nothing in it is code. ``manifest.json`` is written last, so a file that was cut short has none.
"""

import hashlib
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from desktop_app.domain.backups import Backup, Reason
from desktop_app.errors import UnreadableFileError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SETTINGS: Final = "settings.toml"
_TABLE: Final = re.compile(r"tables/([a-z][a-z0-9_]*)\.parquet")
_MOST_MANIFEST: Final = 4 << 20  # bytes
_MOST_SETTINGS: Final = 1 << 20
_MOST_MEMBERS: Final = 1_000
_LATEST: Final = 32_000_000_000.0  # in the year 2984; every system can say the date
_CHUNK: Final = 1 << 20

ArrowTable = Any  # pyarrow has no annotations


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the zip. ``rows`` of a table."""

    bytes: int
    sha256: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup is. ``counts`` as the catalogue counts them."""

    made_at: float
    reason: str
    program: str
    schema: int
    full: bool
    counts: Mapping[str, int]
    members: Mapping[str, Member]


class ArchiveWriter:
    """Writes members one after the other to an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._now = time.localtime()[:6]
        self._members: dict[str, Member] = {}

    def add_table(self, table: str, batches: Iterator[ArrowTable], wrote: Callable[[int], None]) -> None:
        """A table in Arrow tables of one schema, at least one; ``wrote`` is told the rows of each."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        name, rows = f"tables/{table}.parquet", 0
        with self._zip.open(self._info(name), "w", force_zip64=True) as member:
            sink = _Hashing(member)
            first = next(batches)
            with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), first.schema, compression="zstd") as writer:
                batch: ArrowTable | None = first
                while batch is not None:
                    writer.write_table(batch)
                    rows += batch.num_rows
                    wrote(batch.num_rows)
                    batch = next(batches, None)
        self._members[name] = Member(sink.bytes, sink.digest(), rows)

    def add_bytes(self, name: str, content: bytes) -> None:
        """A small member."""
        self._zip.writestr(self._info(name), content)
        self._members[name] = Member(len(content), hashlib.sha256(content).hexdigest())

    def finish(self, *, reason: Reason, program: str, schema: int, full: bool, counts: Mapping[str, int]) -> Manifest:
        """Write the manifest and the zip's own directory."""
        manifest = Manifest(time.time(), reason.value, program, schema, full, counts, self._members)
        document = {"format": FORMAT, "kind": "akin backup", **asdict(manifest)}
        self._zip.writestr(self._info(MANIFEST), json.dumps(document, indent=1))
        self._zip.close()
        return manifest

    def abandon(self) -> None:
        """Let go of the file, which is not going to be used; harmless after ``finish``."""
        with suppress(OSError, ValueError):
            self._zip.close()
        self._zip.fp = None  # else it tries once more when it is collected

    def _info(self, name: str) -> zipfile.ZipInfo:
        return zipfile.ZipInfo(name, self._now)


class Archive:
    """A backup to read from; a context manager. Raises UnreadableFileError, with the sentence, for what is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnreadableFileError(f"{path} can't be read: {(error.strerror or str(error)).lower()}.") from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            self.manifest = self._read_manifest()
        except (zipfile.BadZipFile, OSError, LookupError, ValueError, EOFError, RuntimeError) as error:
            self._file.close()
            raise UnreadableFileError(f"{path.name} is no backup of Akin, or it is damaged.") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_details: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def tables(self) -> list[str]:
        """Names of the tables in it."""
        return [found[1] for name in self.manifest.members if (found := _TABLE.fullmatch(name))]

    def described(self) -> Backup:
        """As people see it."""
        manifest = self.manifest
        return Backup(
            self.path,
            manifest.made_at,
            Reason(manifest.reason),
            self.path.stat().st_size,
            manifest.program,
            manifest.schema,
            manifest.full,
            items=manifest.counts.get("items", 0),
            ratings=manifest.counts.get("ratings", 0),
            tags=manifest.counts.get("tags", 0),
            tag_names=manifest.counts.get("tag_names", 0),
            tagged=manifest.counts.get("tagged", 0),
            playlists=manifest.counts.get("playlists", 0),
        )

    def verify(self, step: Callable[[int], None] = lambda _bytes: None) -> None:
        """Read everything and compare with the manifest; ``step`` gets bytes read. Raises UnreadableFileError."""
        for name, member in self.manifest.members.items():
            digest, size = hashlib.sha256(), 0
            try:
                with self._zip.open(name) as file:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        step(len(chunk))
            except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError) as error:
                raise self._damaged() from error
            if size != member.bytes or digest.hexdigest() != member.sha256:
                raise self._damaged()
        for table in self.tables:
            self._parquet(table).close()

    def rows(self, table: str) -> int:
        """Of a table."""
        return self.manifest.members[f"tables/{table}.parquet"].rows

    def table(self, table: str, rows: int) -> Iterator[ArrowTable]:
        """A table in Arrow tables of at most ``rows`` rows. Raises UnreadableFileError."""
        import pyarrow as pa

        parquet = self._parquet(table)
        try:
            for batch in parquet.iter_batches(rows):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged() from error
        finally:
            parquet.close()

    def settings(self) -> bytes | None:
        """The settings file as it was."""
        member = self.manifest.members.get(SETTINGS)
        return self._zip.read(SETTINGS) if member is not None and member.bytes <= _MOST_SETTINGS else None

    def _parquet(self, table: str) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            parquet = pq.ParquetFile(self._zip.open(f"tables/{table}.parquet"), memory_map=False)
        except (pa.ArrowException, OSError, ValueError, zipfile.BadZipFile) as error:
            raise self._damaged() from error
        if parquet.metadata.num_rows != self.rows(table):
            parquet.close()
            raise self._damaged()
        return parquet

    def _damaged(self) -> UnreadableFileError:
        return UnreadableFileError(f"The backup {self.path.name} is damaged: what is in it is not what was written.")

    def _read_manifest(self) -> Manifest:
        infos = self._zip.infolist()
        if len(infos) > _MOST_MEMBERS or any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ValueError("not written by this program")
        if self._zip.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
            raise ValueError("the manifest is too large")
        document = json.loads(self._zip.read(MANIFEST))
        return _manifest(document, {info.filename: info.file_size for info in infos})


class _Hashing:
    """What Arrow writes to, on its way into the zip."""

    closed = False

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member
        self._sha = hashlib.sha256()
        self.bytes = 0

    def write(self, data: Any) -> int:
        """Any buffer of bytes."""
        view = memoryview(data)
        self._member.write(view)
        self._sha.update(view)
        self.bytes += view.nbytes
        return view.nbytes

    def flush(self) -> None:
        """The zip does."""

    def digest(self) -> str:
        """Of all that was written."""
        return self._sha.hexdigest()


def _manifest(document: Any, sizes: Mapping[str, int]) -> Manifest:
    """Only what this program could have written. Raises ValueError (KeyError and TypeError count as such)."""
    try:
        if document["kind"] != "akin backup" or not isinstance(document["format"], int):
            raise ValueError("no backup")
        if document["format"] > FORMAT:
            raise UnreadableFileError("This backup was made by a newer Akin. Update Akin to restore it.")
        members = {
            str(name): Member(int(each["bytes"]), str(each["sha256"]), int(each["rows"]))
            for name, each in document["members"].items()
        }
        counts = {str(name): int(count) for name, count in document["counts"].items()}
        manifest = Manifest(
            float(document["made_at"]),
            Reason(document["reason"]).value,
            str(document["program"])[:40],
            int(document["schema"]),
            bool(document["full"]),
            counts,
            members,
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("not a manifest") from error
    if not 0.0 <= manifest.made_at <= _LATEST:
        raise ValueError("made at no time")
    if {MANIFEST, *members} != set(sizes) or any(sizes[name] != each.bytes for name, each in members.items()):
        raise ValueError("other members than the manifest names")
    if any(name != SETTINGS and _TABLE.fullmatch(name) is None for name in members):
        raise ValueError("a member of another kind")
    return manifest
