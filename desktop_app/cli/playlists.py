"""``akin playlist`` and ``akin playlists``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli.commands import Answer, Call, item_name
from desktop_app.cli.output import length, percent, plural, table
from desktop_app.cli.targets import split_seeds
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.musical_keys import key_sign
from desktop_app.domain.playlists import ExportOptions, Imported, Order, PlaylistRequest
from desktop_app.engine.playlists.files import check_ending, is_ours, write_playlist
from desktop_app.errors import UsageError

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


USUAL_LENGTH = 20
"""Tracks, where neither a number nor minutes are asked for."""


def playlist(call: Call) -> Answer:
    """A playlist from seed tracks."""
    options, library = call.options, call.access.library
    if options.minutes is not None and options.length is not None:
        raise UsageError("Give either --length or --minutes.")
    if options.replace and options.save is None:
        raise UsageError("--replace goes with --save NAME.")
    out = None if options.out is None else call.path(options.out)
    if out is not None:
        check_ending(out)
        library.check_output(out, is_ours)
    ids, files = split_seeds(library, options.seeds, call.cwd)
    target = None if options.to is None else split_seeds(library, [options.to], call.cwd)
    built = library.build_playlist(
        PlaylistRequest(
            seeds=tuple(ids),
            seed_files=tuple(files),
            length=options.length or USUAL_LENGTH,
            minutes=options.minutes,
            variety=options.variety,
            artist_gap=max(0, options.artist_gap),
            bpm=options.bpm,
            harmonic=options.harmonic,
            order=Order(options.order),
            target=target[0][0] if target and target[0] else None,
            target_file=target[1][0] if target and target[1] else None,
            query=options.filter,
            minimum=options.minimum / 100,
            with_seeds=not options.without_seeds,
        )
    )
    tracks = [track.id for track in built.tracks]
    done = ""
    document: dict[str, Any] = {
        "seeds": list(built.seeds),
        "tracks": [
            {
                "id": track.id,
                "path": track.path,
                "title": track.title,
                "artist": track.artist,
                "seconds": track.seconds,
                "bpm": track.bpm,
                "key": track.key,
                "similarity": round(track.similarity, 4),
                "seed": track.is_seed,
            }
            for track in built.tracks
        ],
        "minutes": round(built.minutes, 3),
        "statistics": {
            name: round(float(getattr(built.statistics, name)), 4)
            for name in ("average_similarity", "min_similarity", "max_similarity", "similarity_range", "mean_step")
        },
        "notes": list(built.notes),
    }
    lines = [
        [
            str(number),
            "seed" if track.is_seed else percent(track.similarity),
            f"{track.title} — {track.artist}" if track.artist else track.title,
            length(track.seconds),
            "" if track.bpm is None else f"{track.bpm:.0f}",
            key_sign(track.key),
        ]
        for number, track in enumerate(built.tracks, 1)
    ]
    if out is not None:
        write_playlist(out, built.tracks, ExportOptions())
        document["file"] = out
        done += f"written to {out}\n"
    if options.save is not None:
        document["saved"] = _saved(call, tracks)
        done += f"saved as “{document['saved']}”\n"
    count = f"{plural(len(tracks), 'track')}, {length(built.minutes * 60)}\n"
    return Answer(document, table(lines, right=(0, 1, 3, 4)) + count + done, built.notes)


def _saved(call: Call, tracks: list[ItemId]) -> str:
    """Save under the name asked for, or a numbered one where that is taken and is not to be replaced; the name."""
    name = " ".join(call.options.save.split())
    names: list[str] = []

    def write(library: "Library") -> ChangeSet:
        names.append(name if call.options.replace or not name else library.free_playlist_name(name))
        return library.save_playlist(names[0], tracks)

    call.access.write(write)
    return names[0]


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
        text += f"; {plural(len(found.missing), 'entry')} not in the library" if found.missing else ""
        return Answer({"name": found.name, "tracks": found.tracks, "missing": list(found.missing)}, text + "\n")
    playlist = library.playlist_id(options.name)
    call.access.write(lambda library: library.delete_playlist(playlist))
    return Answer({"name": options.name, "deleted": 1}, f"“{options.name}” deleted; its tracks are untouched\n")


def _imported(call: Call, source: Path) -> Imported:
    """The write returns its change, as every write does; what came of it is taken along."""
    tracks, found = call.access.library.read_playlist(source), list[Imported]()

    def write(library: "Library") -> ChangeSet:
        change, imported = library.save_read_playlist(tracks)
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
    lines = [[str(n), item_name(row), length(row.duration), str(row.path)] for n, row in enumerate(rows, 1)]
    document = {"name": call.options.name, "tracks": tracks, "minutes": round(minutes, 3)}
    return Answer(document, table(lines, right=(0, 2)))
