"""The commands of the command line: thin, over ``Library``. The same functions serve a second process."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli.output import bytes_text, patiently, percent, plural, table
from desktop_app.cli.targets import absolute, item_ids
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.progress import IndexReport, Progress
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.models.registry import NO_MODEL
from desktop_app.engine.request_server import Access
from desktop_app.engine.search.wording import words_and_filter
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
    """What a command says: as JSON, and for people. ``notes`` go to standard error, and ``errors``, also if quiet."""

    document: Mapping[str, Any]
    text: str
    notes: tuple[str, ...] = field(default=())
    errors: tuple[str, ...] = field(default=())
    code: int = 0


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
    if call.access.library.has_model:
        call.access.describe_photos(call.on_progress)
    inner = [path for path in paths if all(root.path != path.resolve() for root in call.access.library.roots())]
    notes = tuple(
        f"{path} lies in {call.access.library.root_of(path).path}: all of that was looked through." for path in inner
    )
    return Answer(_report_document(report), _report_text(report), (*report.notes, *notes))


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
    if options.meaning:
        return _by_meaning(call, query)
    total, rows = library.find(query, options.k)
    nowhere = not total and bool(words_and_filter(query)[0])
    if nowhere and library.has_model and library.models.reads_words:
        return _by_meaning(call, query)
    why = _explained(query) if options.explain else {}
    hits = [
        {
            "id": row.id,
            "path": row.path,
            "score": 1.0,
            "why": why,
            "title": row.title,
            "artist": row.artist,
            "kind": row.kind.value,
            "rating": row.rating,
        }
        for row in rows
    ]
    document: dict[str, Any] = {"query": query, "total": total, "hits": hits}
    text = table([[str(row.id), row.kind.value, item_name(row), str(row.path)] for row in rows], right=(0,))
    if options.explain:
        document["explanation"] = why
        text += "".join(f"{name}: {meaning}\n" for name, meaning in why.items())
    notes = (NO_MODEL,) if nowhere and not library.has_model else ()
    return Answer(document, text + f"{plural(total, 'item')}\n", notes)


def _by_meaning(call: Call, query: str) -> Answer:
    """Photos that show what the words say; fields beside them filter."""
    options = call.options
    words, rest = words_and_filter(query)
    if not words:
        raise UsageError("Say in words what is to be seen, such as “dog on a beach”.")
    call.access.prepare_indexes(call.on_progress)
    reply = call.access.library.similar(SimilarRequest(text=words, query=rest, k=options.k))
    rows = {row.id: row for row in call.access.library.rows([hit.id for hit in reply.hits])}
    hits = [
        {
            "id": hit.id,
            "path": hit.path,
            "score": round(hit.score, 4),
            "why": {part.space: {"score": round(part.similarity, 4), "words": words} for part in hit.parts},
            "title": rows[hit.id].title if hit.id in rows else None,
            "kind": reply.kind.value,
            "rating": rows[hit.id].rating if hit.id in rows else None,
        }
        for hit in reply.hits
    ]
    document: dict[str, Any] = {"query": query, "by": "meaning", "total": len(hits), "hits": hits}
    if options.explain:
        document["explanation"] = {words: "what the pictures show", **_explained(rest)}
    text = table([[percent(hit.score), str(hit.path)] for hit in reply.hits], right=(0,))
    note = "Nothing matches by name or field; these are by what is in the pictures."
    notes = reply.notes if options.meaning else (note, *reply.notes)
    return Answer(document, text or "Nothing was found.\n", notes)


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


def item_name(row: ItemRow) -> str:
    """A title with its artist."""
    return f"{row.title} — {row.artist}" if row.artist else row.title


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
    return _changed(ids, change)


def tag(call: Call) -> Answer:
    """Add and remove tags."""
    options = call.options
    if not options.add and not options.remove:
        raise UsageError("Say which tags to add or remove: --add NAME, --remove NAME.")
    ids = item_ids(call.access.library, options.items, call.cwd)
    change = call.access.write(lambda library: library.tag(ids, options.add, options.remove))
    return _changed(ids, change)


def _changed(ids: Sequence[ItemId], change: ChangeSet) -> Answer:
    """Of those that were named; a RAW behind one of them may have changed along with it."""
    count = len(set(ids).intersection(change.items))
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
    removed, path = None, call.cwd
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
                "items": root.present,
                "missing": root.missing,
                "offline": root.offline,
                "problems": root.problems,
                "reachable": root.reachable,
                "paused": root.paused,
            }
            for root in known
        ]
    }
    if removed is not None:
        document["removed"] = removed
    lines = [[f"{root.present:,}", _absent(root), str(root.path)] for root in known]
    text = table(lines, right=(0,)) if lines else "The library has no folders yet.\n"
    if removed is not None:
        text = f"{path} taken out, with {plural(removed, 'item')}; the files are untouched.\n{text}"
    return Answer(document, text)


def _absent(root: Root) -> str:
    """What else than present items a root has, in words."""
    parts = [
        "" if root.reachable else "can't be reached",
        f"{root.missing:,} missing" if root.missing else "",
        f"{root.offline:,} offline" if root.offline else "",
        plural(root.problems, "problem") if root.problems else "",
    ]
    return ", ".join(part for part in parts if part)


def stats(call: Call) -> Answer:
    """Counts, coverage, indexes, memory, latency."""
    document = call.access.library.stats()
    items, searches = document["items"], document["searches"]
    lines = [[name, f"{count:,}"] for name, count in items.items()]
    for name, space in document["spaces"].items():
        lines.append([f"space {name}", ", ".join(_about_space(space))])
    lines.append(["memory", f"{document['memory_mb']:.0f} MB"])
    if searches["count"]:
        middle, high, top = (f"{searches[name]:.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
        lines.append(
            ["searches", f"{searches['count']}: median {middle} ms, 95 % within {high} ms, 99 % within {top} ms"]
        )
    text = table(lines) + "".join(f"→ {advice}\n" for advice in document["recommendations"])
    return Answer(document, text)


def _about_space(space: Mapping[str, Any]) -> list[str]:
    """How much is described in a space, and how its index does, in words."""
    parts = [f"{space['vectors']:,} vectors", percent(space["coverage"])]
    if "recall" in space:  # what isn't searched has no index
        parts += [str(space["index"]), bytes_text(space["bytes"]), f"recall {100 * space['recall']:.1f} %"]
        if space["latency_ms"] is not None:
            parts.append(f"{space['latency_ms']:.1f} ms")
    return parts


def doctor(call: Call) -> Answer:
    """Check the library, and repair what can be rebuilt."""
    repair = call.options.repair
    access = call.access
    document = access.library.doctor(
        repair=repair,
        on_progress=patiently(call.on_progress),
        write=lambda change: access.write(lambda _library: change()),
    )
    lines = [
        ["repaired" if check["repaired"] else "in order" if check["ok"] else "FAULT", check["name"], check["detail"]]
        for check in document["checks"]
    ]
    left = sum(not check["ok"] and not check["repaired"] for check in document["checks"])
    notes = (f"{plural(left, 'fault')} could not be repaired; the lines marked FAULT say what helps.",)
    return Answer(document, table(lines), notes if repair and left else ())
