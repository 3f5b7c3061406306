"""The commands of the command line: thin, over ``Library``. The same functions serve a second process."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli.output import bytes_text, length, percent, plural, table
from desktop_app.cli.targets import absolute, item_ids
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.items import ItemDetail, ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.progress import IndexReport, Progress
from desktop_app.engine.request_server import Access
from desktop_app.engine.saved_playlists import Imported
from desktop_app.errors import UsageError

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


@dataclass(frozen=True, slots=True)
class Call:
    """One command with what it may use."""

    options: Namespace
    cwd: Path
    access: Access
    on_progress: Callable[[Progress], None]

    def path(self, text: str) -> Path:
        """Absolute, as seen from where the user stands."""
        return absolute(text, self.cwd)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says: as JSON, and for people. ``notes`` go to standard error."""

    document: Mapping[str, Any]
    text: str
    notes: tuple[str, ...] = field(default=())


def index(call: Call) -> Answer:
    """Add the folders as roots and index them."""
    paths = [call.path(text) for text in call.options.paths]

    def add(library: "Library") -> ChangeSet:
        for path in paths:
            library.check_root(path)
        change = ChangeSet()
        for path in paths:
            change = change.merged(library.add_root(path))
        return change

    call.access.write(add)
    roots = list(dict.fromkeys(call.access.library.root_of(path).path for path in paths))
    report = call.access.index(roots, call.on_progress)
    if report.cancelled:
        raise KeyboardInterrupt
    return Answer(_report_document(report), _report_text(report), report.notes)


def _report_document(report: IndexReport) -> dict[str, Any]:
    counts = (
        "seen added updated moved missing offline unchanged embedded problems ignored photos tracks".split()  # noqa: SIM905
    )
    return {
        "roots": [str(root) for root in report.roots],
        **{name: getattr(report, name) for name in counts},
        "seconds": round(report.seconds, 3),
        "notes": list(report.notes),
    }


def _report_text(report: IndexReport) -> str:
    lines = [f"{plural(report.photos, 'photo')}, {plural(report.tracks, 'track')} in {report.seconds:.1f} s"]
    parts = [
        f"{getattr(report, name):,} {name}"
        for name in ("added", "updated", "moved", "unchanged", "missing", "offline")
        if getattr(report, name)
    ]
    if parts:
        lines.append(", ".join(parts))
    if report.problems:
        lines.append(f"{plural(report.problems, 'problem')}: see “akin list --state problem”")
    if report.ignored:
        lines.append(f"{plural(report.ignored, 'other file')} left alone")
    return "\n".join(lines) + "\n"


def find(call: Call) -> Answer:
    """Items by words and fields."""
    options = call.options
    library, query = call.access.library, options.query.strip()
    total, rows = library.find(query, options.k)
    why = _explained(query) if options.explain else {}
    hits = [{"id": row.id, "path": row.path, "score": 1.0, "why": why} for row in rows]
    document: dict[str, Any] = {"query": query, "total": total, "hits": hits}
    text = table([[str(row.id), row.kind.value, _name(row), str(row.path)] for row in rows], right=(0,))
    if options.explain:
        document["explanation"] = why
        text += "".join(f"{name}: {meaning}\n" for name, meaning in why.items())
    return Answer(document, text + f"{plural(total, 'item')}\n")


def _explained(query: str) -> dict[str, str]:
    """Each term of a query, and how it is understood."""
    from desktop_app.domain.query import Excluded, FieldChoice, FieldRange, FieldTerm, Words
    from desktop_app.engine.search.language import parse

    meanings: dict[str, str] = {}
    for whole in parse(query).terms:
        term, prefix = (whole.term, "not ") if isinstance(whole, Excluded) else (whole, "")
        match term:
            case Words(text):
                meanings[f"{'-' if prefix else ''}{text}"] = f"{prefix}in a name, folder, title, artist, album or tag"
            case FieldTerm(name, comparison, value):
                meanings[f"{prefix}{name}"] = f"{comparison or 'is'} {value}"
            case FieldRange(name, low, high):
                meanings[f"{prefix}{name}"] = f"from {low or 'the lowest'} to {high or 'the highest'}"
            case FieldChoice(name, values):
                meanings[f"{prefix}{name}"] = f"one of {', '.join(values)}"
    return meanings


def _name(row: ItemRow) -> str:
    return f"{row.title} — {row.artist}" if row.artist else row.title


def show(call: Call) -> Answer:
    """All that is known of one item."""
    library, space = call.access.library, call.options.vector
    (item,) = item_ids(library, [call.options.item], call.cwd)
    detail = library.detail(item)
    vectors = library.item_vectors(item)
    row = detail.row
    spaces = {name: {"dim": v.dim, "version": v.version, "norm": v.norm} for name, v in vectors.items()}
    document: dict[str, Any] = {
        "id": row.id,
        "path": row.path,
        "kind": row.kind.value,
        "state": row.state.value,
        "reason": row.reason,
        "content_hash": row.content_hash,
        "payload_hash": detail.payload_hash,
        "size": detail.size,
        "rating": row.rating,
        "tags": list(detail.tags),
        "metadata": _metadata(detail),
        "spaces": spaces,
    }
    text = _facts(document, detail)
    if space is not None:
        if space not in vectors:
            known = ", ".join(sorted(vectors)) or "none yet"
            raise UsageError(f"This item has no vector in a space called “{space}”; it has: {known}.")
        document["vector"] = vectors[space].values.tolist()
        text = "\n".join(f"{value:.6g}" for value in document["vector"]) + "\n"
    return Answer(document, text)


def _metadata(detail: ItemDetail) -> dict[str, Any]:
    from dataclasses import asdict

    found: dict[str, Any] = {}
    for part in (detail.photo, detail.track, detail.analysis):
        if part is not None:
            found.update({name: value for name, value in asdict(part).items() if name not in ("rating", "keywords")})
    if detail.loudness is not None:
        found["loudness"] = detail.loudness
    return found


def _facts(document: Mapping[str, Any], detail: ItemDetail) -> str:
    facts: list[list[str]] = []
    for name in ("id", "path", "kind", "state", "reason", "size", "rating", "content_hash"):
        if document[name] not in (None, ""):
            facts.append([name, bytes_text(document[name]) if name == "size" else str(document[name])])
    if detail.tags:
        facts.append(["tags", ", ".join(detail.tags)])
    for name, value in document["metadata"].items():
        if value not in (None, "", {}) and name != "extra":
            facts.append([name.replace("_", " "), f"{value:.5g}" if isinstance(value, float) else str(value)])
    facts.extend([str(name), str(value)] for name, value in document["metadata"].get("extra", {}).items())
    for name, space in document["spaces"].items():
        norm = "" if space["norm"] is None else f", norm {space['norm']:.3f}"
        facts.append([f"space {name}", f"{space['dim']} dimensions, version {space['version']}{norm}"])
    return table(facts)


def list_items(call: Call) -> Answer:
    """Items by kind, state and filter."""
    options = call.options
    kind = None if options.kind is None else Kind(options.kind)
    state = None if options.state is None else State(options.state)
    total, rows = call.access.library.find(options.filter, None, kind=kind, state=state)
    items = [
        {
            "id": row.id,
            "path": row.path,
            "kind": row.kind.value,
            "state": row.state.value,
            "rating": row.rating,
            "tags": list(row.tags or ()),
            "reason": row.reason,
        }
        for row in rows
    ]
    lines = [
        [str(row.id), row.kind.value, row.state.value, "★" * row.rating, str(row.path), row.reason or ""]
        for row in rows
    ]
    return Answer({"total": total, "items": items}, table(lines, right=(0,)) + f"{plural(total, 'item')}\n")


def rate(call: Call) -> Answer:
    """Give stars."""
    ids = item_ids(call.access.library, call.options.items, call.cwd)
    change = call.access.write(lambda library: library.rate(ids, call.options.stars))
    return _changed(len(change.items))


def tag(call: Call) -> Answer:
    """Add and remove tags."""
    options = call.options
    if not options.add and not options.remove:
        raise UsageError("Say which tags to add or remove: --add NAME, --remove NAME.")
    ids = item_ids(call.access.library, options.items, call.cwd)
    change = call.access.write(lambda library: library.tag(ids, options.add, options.remove))
    return _changed(len(change.items))


def _changed(count: int) -> Answer:
    return Answer({"changed": count}, f"{plural(count, 'item')} changed\n")


def remove(call: Call) -> Answer:
    """Take items out of the catalogue, never the files."""
    ids = item_ids(call.access.library, call.options.items, call.cwd)
    change = call.access.write(lambda library: library.remove_items(ids))
    count = len(change.items)
    return Answer({"removed": count}, f"{plural(count, 'item')} removed from the library; the files are untouched\n")


def roots(call: Call) -> Answer:
    """The folders of the library."""
    options = call.options
    removed: int | None = None
    if options.action == "remove":
        path = call.path(options.path)
        before = sum(root.items for root in call.access.library.roots())
        call.access.write(lambda library: library.remove_root(path))
        removed = before - sum(root.items for root in call.access.library.roots())
    elif options.action == "relocate":
        old, new = call.path(options.old), call.path(options.new)
        call.access.write(lambda library: library.relocate_root(old, new))
    known = call.access.library.roots()
    document: dict[str, Any] = {
        "roots": [
            {
                "id": root.id,
                "path": root.path,
                "items": root.items,
                "reachable": root.reachable,
                "paused": root.paused,
            }
            for root in known
        ]
    }
    if removed is not None:
        document["removed"] = removed
    lines = [[f"{root.items:,}", "" if root.reachable else "offline", str(root.path)] for root in known]
    return Answer(document, table(lines, right=(0,)) if lines else "The library has no folders yet.\n")


def stats(call: Call) -> Answer:
    """Counts, coverage, indexes, memory, latency."""
    document = call.access.library.stats()
    items, searches = document["items"], document["searches"]
    lines = [[name, f"{count:,}"] for name, count in items.items()]
    for name, space in document["spaces"].items():
        size = bytes_text(space["bytes"])
        lines.append(
            [f"space {name}", f"{space['vectors']:,} vectors, {percent(space['coverage'])}, {space['index']}, {size}"]
        )
    lines.append(["memory", f"{document['memory_mb']:.0f} MB"])
    if searches["count"]:
        middle, high, top = (f"{searches[name]:.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
        lines.append(
            ["searches", f"{searches['count']}: median {middle} ms, 95 % within {high} ms, 99 % within {top} ms"]
        )
    text = table(lines) + "".join(f"→ {advice}\n" for advice in document["recommendations"])
    return Answer(document, text)


def doctor(call: Call) -> Answer:
    """Check the library, and repair what can be rebuilt."""
    repair = call.options.repair
    document = call.access.write(lambda library: library.doctor(repair=repair))
    lines = [
        ["repaired" if check["repaired"] else "ok" if check["ok"] else "FAULT", check["name"], check["detail"]]
        for check in document["checks"]
    ]
    return Answer(document, table(lines))


def export(call: Call) -> Answer:
    """The collection with metadata and vectors, for other tools."""
    target = call.path(call.options.file)
    count = call.access.library.export(target)
    return Answer({"items": count, "file": target}, f"{plural(count, 'item')} written to {target}\n")


def playlists(call: Call) -> Answer:
    """Saved playlists."""
    options, library = call.options, call.access.library
    if options.action == "list":
        infos = library.playlists()
        document = {
            "playlists": [{"id": p.id, "name": p.name, "tracks": p.tracks, "minutes": p.minutes} for p in infos]
        }
        lines = [[p.name, plural(p.tracks, "track"), length(p.minutes * 60)] for p in infos]
        return Answer(document, table(lines, right=(1, 2)) if lines else "There are no playlists yet.\n")
    if options.action == "show":
        return _shown_playlist(call)
    if options.action == "export":
        from desktop_app.domain.playlists import ExportOptions

        target = call.path(options.file)
        playlist = library.playlist_id(options.name)
        library.export_playlist(playlist, target, ExportOptions(relative=options.relative))
        count = len(library.playlist_items(playlist))
        return Answer({"name": options.name, "file": target, "tracks": count}, f"{plural(count, 'track')} → {target}\n")
    if options.action == "import":
        source = call.path(options.file)
        found = _imported(call, source)
        text = f"{plural(found.tracks, 'track')} saved as “{found.name}”"
        text += f"; {plural(len(found.missing), 'file')} not in the library" if found.missing else ""
        return Answer({"name": found.name, "tracks": found.tracks, "missing": list(found.missing)}, text + "\n")
    playlist = library.playlist_id(options.name)
    call.access.write(lambda library: library.delete_playlist(playlist))
    return Answer({"name": options.name, "deleted": 1}, f"“{options.name}” deleted; its tracks are untouched\n")


def _imported(call: Call, source: Path) -> Imported:
    """The write returns its change, as every write does; what came of it is taken along."""
    found: list[Imported] = []

    def write(library: "Library") -> ChangeSet:
        change, imported = library.import_playlist_file(source)
        found.append(imported)
        return change

    call.access.write(write)
    return found[0]


def _shown_playlist(call: Call) -> Answer:
    library = call.access.library
    ids = library.playlist_items(library.playlist_id(call.options.name))
    rows = library.rows(ids)
    tracks = [
        {
            "id": row.id,
            "path": row.path,
            "title": row.title,
            "artist": row.artist,
            "seconds": row.duration,
            "bpm": row.tempo,
            "key": row.key,
            "state": row.state.value,
        }
        for row in rows
    ]
    minutes = sum(row.duration or 0.0 for row in rows) / 60
    lines = [[str(n), _name(row), length(row.duration), str(row.path)] for n, row in enumerate(rows, 1)]
    document = {"name": call.options.name, "tracks": tracks, "minutes": round(minutes, 3)}
    return Answer(document, table(lines, right=(0, 2)))
