"""``akin backup``, ``restore``, ``export`` and ``import``."""

import logging
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import bytes_text, patiently, plural, table
from desktop_app.cli.targets import absolute
from desktop_app.domain.backups import WITHOUT_SETTINGS, Backup, Reason, tags_text
from desktop_app.domain.progress import Progress
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryLockedError, UsageError
from desktop_app.paths import Profile

log = logging.getLogger(__name__)
WHY = {
    Reason.DAILY: "made by itself",
    Reason.ASKED: "asked for",
    Reason.MIGRATION: "before an update",
    Reason.REPAIR: "before a repair",
    Reason.RESTORE: "before a restore",
}


def backup(call: Call) -> Answer:
    """One file with all that people made."""
    options = call.options
    backups = call.access.library.backups
    if options.list:
        return _listed(backups.listing())
    target = None if options.file is None else call.path(options.file)
    made = backups.make(target, full=options.full, on_progress=patiently(call.on_progress))
    return Answer(
        _document(made),
        f"{made.path}\n{_contents(made)}, {bytes_text(made.bytes)}; checked\n",
    )


def restore_while_open(_call: Call) -> Answer:
    """Another process holds the library, and asks it: that one has to let go of it first."""
    raise LibraryLockedError("Akin is open. Close it first, or restore in its window: File ▸ Library ▸ Restore.")


def restore(options: Namespace, cwd: Path, profile: Profile, on_progress: Callable[[Progress], None]) -> Answer:
    """Bring a backup back, without opening the library. Raises KnownError."""
    from desktop_app.engine.backups import keeping, restoring

    if options.list:
        return _listed(keeping.backups_in(profile.backup_dir))
    if [options.new, options.salvage, options.file is not None].count(True) > 1:
        raise UsageError("Give only one of FILE, --new and --salvage.")
    if options.salvage:
        kept = restoring.salvage(profile)
        return Answer(
            {"file": None, "kept": kept}, f"All but the last changes are there. The library as it was is kept: {kept}\n"
        )
    if options.new:
        aside = restoring.start_anew(profile)
        said = f"The old library is kept: {aside}\n" if aside else "There was no library.\n"
        return Answer({"file": None, "kept": aside, "items": 0}, f"{said}The next start makes an empty one.\n")
    if options.file is not None:
        source = absolute(options.file, cwd)
    else:
        latest = keeping.latest_good(profile.backup_dir)
        if latest is None:
            raise KnownError(f"There is no backup in {profile.backup_dir} yet: name a FILE.")
        source = latest.path
    restored = restoring.restore(profile, source, on_progress=patiently(on_progress))
    _follow_with_indexes(profile, on_progress)
    made = restored.backup
    lines = [f"Restored: the backup of {_day(made)}, {_contents(made)}"]
    if restored.previous is not None:
        what = "The damaged library" if restored.was_damaged else "What was there before"
        lines.append(f"{what} is kept: {restored.previous}")
    if restored.without_settings:
        lines.append(WITHOUT_SETTINGS)
    lines.append("“akin index” reads what has changed since then.")
    document = {**_document(made), "previous": restored.previous, "settings": not restored.without_settings}
    return Answer(document, "\n".join(lines) + "\n")


def _follow_with_indexes(profile: Profile, on_progress: Callable[[Progress], None]) -> None:
    """Bring the search indexes in line at once, as the window does when it opens what was restored.

    Whatever fails here, the library is restored.
    """
    from desktop_app.engine.library import Library

    try:
        with Library.open(profile) as library:
            tell = patiently(on_progress)
            for progress in library.prepare_indexes():
                tell(progress)
    except Exception:
        log.warning("the indexes follow with the next search", exc_info=True)


def export(call: Call) -> Answer:
    """The collection with metadata, vectors and all that people made, for other tools."""
    target = call.path(call.options.file)
    count = call.access.library.collection.export(target, patiently(call.on_progress))
    return Answer({"items": count, "file": target}, f"{plural(count, 'item')} written to {target}\n")


def import_collection(call: Call) -> Answer:
    """Add what an exported collection says of the items that are in the library."""
    source = call.path(call.options.file)
    collection = call.access.library.collection.read(source, patiently(call.on_progress))
    merged = call.access.write(lambda library: library.collection.merge(collection))
    added = [
        plural(count, noun)
        for count, noun in (
            (merged.ratings, "rating"),
            (merged.tags, "tag"),
            (merged.playlists, "playlist"),
            (merged.vectors, "vector"),
        )
        if count
    ]
    lines = [f"{plural(merged.items, 'item')} found in the library; {', '.join(added) or 'nothing'} new"]
    if merged.renamed:
        lines.append(f"Another playlist has the name, so it is called {', '.join(merged.renamed)}.")
    notes: list[str] = []
    if elsewhere := merged.unknown - merged.replaced:
        unknown = plural(elsewhere, "item")
        notes.append(f"Not in the library: {unknown} of the file. Index their folders, then import again.")
    if merged.replaced:
        replaced = plural(merged.replaced, "item")
        notes.append(f"Where {replaced} of the file lay, another photo or track lies now; it was left as it is.")
    if merged.uncompared:
        unsure = plural(merged.uncompared, "item")
        notes.append(f"{unsure} changed since the export and can't be compared: taken for the same by the place alone.")
    document = {
        "items": merged.items,
        "unknown": merged.unknown,
        "replaced": merged.replaced,
        "uncompared": merged.uncompared,
        "ratings": merged.ratings,
        "tags": merged.tags,
        "playlists": merged.playlists,
        "vectors": merged.vectors,
    }
    return Answer(document, "\n".join(lines) + "\n", tuple(notes))


def with_offer(error: LibraryDamagedError, profile: Profile) -> LibraryDamagedError:
    """The error with the command that mends it."""
    from desktop_app.engine.backups.keeping import latest_good

    latest = latest_good(profile.backup_dir)
    if error.in_log:
        return LibraryDamagedError(
            f"{error} “akin restore --salvage” keeps what was changed before; "
            f"“akin restore” brings back a backup{'' if latest is None else f' ({_day(latest)})'}."
        )
    if latest is None:
        return LibraryDamagedError(f"{error} There is no backup of it; “akin restore --new” begins an empty library.")
    return LibraryDamagedError(
        f"{error} “akin restore” brings back the backup of {_day(latest)} ({_contents(latest)}); "
        "what is there now is kept."
    )


def _listed(found: list[Backup]) -> Answer:
    rows = [
        [_day(each), WHY[each.reason], bytes_text(each.bytes), each.faulty or _contents(each), str(each.path)]
        for each in found
    ]
    documents = [{**_document(each), "reason": each.reason.value, "faulty": each.faulty} for each in found]
    return Answer({"backups": documents}, table(rows, right=(2,)) or "There is no backup yet.\n")


def _document(made: Backup) -> dict[str, Any]:
    return {
        "file": made.path,
        "bytes": made.bytes,
        "items": made.items,
        "ratings": made.ratings,
        "tags": made.tags,
        "playlists": made.playlists,
        "full": made.full,
        "made": made.made_at,
    }


def _contents(made: Backup) -> str:
    parts = [plural(made.items, "item"), plural(made.ratings, "rating"), tags_text(made) or plural(0, "tag")]
    return ", ".join([*parts, plural(made.playlists, "playlist")])


def _day(made: Backup) -> str:
    return time.strftime("%d %B %Y, %H:%M", time.localtime(made.made_at)).lstrip("0")
