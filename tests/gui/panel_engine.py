"""An in-memory double of the engine's client for tests of single panels: answers come queued, as the real ones do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.domain.browsing import Counted, LibraryTree, ListingReply
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.health import HealthCheck, LibraryHealth
from desktop_app.domain.items import ItemDetail, ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata, Waveform
from desktop_app.domain.models import ModelList
from desktop_app.domain.notices import JobError, PreviewImage
from desktop_app.domain.playlists import Playlist, PlaylistRequest, PlaylistStatistics, PlaylistTrack
from desktop_app.domain.search import Hit, PaletteColour, SearchReply, SimilarRequest, SpaceScore
from desktop_app.settings import Settings


class PanelEngine(QObject):
    """The same signals and methods; ``calls`` keeps what was asked."""

    opened = Signal()
    listing_ready = Signal(int, object)
    rows_ready = Signal(int, object)
    detail_ready = Signal(int, object)
    tree_ready = Signal(int, object)
    similar_ready = Signal(int, object)
    palette_ready = Signal(int, object)
    playlist_ready = Signal(int, object)
    waveform_ready = Signal(int, object)
    preview_ready = Signal(int, object)
    health_ready = Signal(int, object)
    models_ready = Signal(int, object)
    download_progressed = Signal(object)
    examined = Signal(int, object)
    done = Signal(int, object)
    failed = Signal(int, object)
    items_changed = Signal(object)
    progress_changed = Signal(object)
    run_finished = Signal(object)
    notified = Signal(object)
    undo_changed = Signal(str, str)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.details: dict[int, ItemDetail] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.settings = Settings()
        self.waveform: Waveform | None = None
        self.roots: list[Root] = []
        self.playlist_notes: tuple[str, ...] = ()
        self.health: LibraryHealth | None = None
        self.checks: tuple[HealthCheck, ...] = ()
        self.fail_next = ""
        self._count = 0

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """The calls of one method, without its name."""
        return [call[1:] for call in self.calls if call[0] == name]

    # items to show
    def add_photo(self, number: int, **changes: Any) -> ItemDetail:
        path = self.folder / f"IMG_{number:04d}.jpg"
        row = ItemRow(
            id=number, kind=Kind.PHOTO, state=State.PRESENT, path=path, title=path.name, content_hash=f"{number:064x}",
            rating=3, has_thumbnail=True, width=4032, height=3024, taken="2024-06-12T18:41:05+02:00", size=3_400_000,
            tags=("beach", "summer"),
        )  # fmt: skip
        photo = PhotoMetadata(
            width=4032, height=3024, format="JPEG", taken=row.taken, camera="Canon EOS R5", lens="RF35mm F1.8 MACRO",
            exposure_seconds=1 / 250, aperture=2.8, iso=400, focal_length_mm=35, latitude=48.85837, longitude=2.29448,
        )  # fmt: skip
        return self._add(row, photo=photo, changes=changes)

    def add_track(self, number: int, **changes: Any) -> ItemDetail:
        path = self.folder / f"{number:02d} Song.mp3"
        row = ItemRow(
            id=number, kind=Kind.TRACK, state=State.PRESENT, path=path, title=f"Song {number}",
            content_hash=f"{number:064x}", rating=4, has_thumbnail=False, artist="The Examples", album="First Light",
            genre="Electronic", year=2019, duration=245.0, tempo=124.0, key="A minor", size=8_100_000, tags=("night",),
        )  # fmt: skip
        track = TrackMetadata(
            duration=245.0, sample_rate=44100, channels=2, bit_rate=320000, format="MP3", title=row.title,
            artist=row.artist, album=row.album, genre=row.genre, year=2019, track_number=number,
        )  # fmt: skip
        analysis = TrackAnalysis(tempo=124.2, tempo_confidence=0.9, key="A", scale="minor", key_confidence=0.4)
        return self._add(row, track=track, analysis=analysis, changes=changes)

    def _add(self, row: ItemRow, *, changes: dict[str, Any], **parts: Any) -> ItemDetail:
        row = replace(row, **changes)
        detail = ItemDetail(
            row=row, root_id=1, size=row.size or 0, modified=1.7e9, added=1.71e9, payload_hash="p", tags=row.tags or (),
            photo=parts.get("photo"), track=parts.get("track"), analysis=parts.get("analysis"),
            loudness=-9.4 if "track" in parts else None, spaces=("look",),
        )  # fmt: skip
        self.details[row.id] = detail
        return detail

    # the client's methods
    def _answer(self, signal: Any, make: Callable[[], object], *call: Any) -> int:
        self._count += 1
        request = self._count
        self.calls.append(call)
        failure, self.fail_next = self.fail_next, ""

        def send() -> None:
            if failure:
                self.failed.emit(request, JobError(failure))
                return
            try:
                result = make()
            except KeyError:
                self.failed.emit(request, JobError("This item is no longer in the library."))
            else:
                signal.emit(request, result)

        QTimer.singleShot(0, self, send)
        return request

    def fetch_detail(self, item: int, *, channel: str = "detail") -> int:
        return self._answer(self.detail_ready, lambda: self.details[item], "fetch_detail", item)

    def fetch_rows(self, ids: Sequence[int]) -> int:
        wanted = list(ids)
        return self._answer(
            self.rows_ready, lambda: [self.details[i].row for i in wanted if i in self.details], "fetch_rows", wanted
        )

    def fetch_models(self) -> int:
        return self._answer(self.models_ready, lambda: ModelList(()), "fetch_models")

    def fetch_tree(self) -> int:
        return self._answer(self.tree_ready, self._tree, "fetch_tree")

    def _tree(self) -> LibraryTree:
        names = sorted({name for detail in self.details.values() for name in detail.tags})
        tags = tuple(Counted(name, name, 1) for name in names)
        return LibraryTree(
            photos=0, tracks=0, recent_photos=0, problems=0, dates=(), cameras=(), artists=(), albums=(), genres=(),
            folders=(), playlists=(), roots=tuple(self.roots), tags=tags,
        )  # fmt: skip

    def list_items(self, listing: Any, *, channel: str = "grid") -> int:
        import numpy as np

        return self._answer(
            self.listing_ready, lambda: ListingReply(listing, np.zeros(0, np.int64)), "list_items", listing
        )

    def find_similar(self, request: SimilarRequest, *, channel: str = "similar") -> int:
        return self._answer(self.similar_ready, lambda: self.reply_to(request), "find_similar", request, channel)

    def reply_to(self, request: SimilarRequest) -> SearchReply:
        """All other items of the kind, ever less similar."""
        seeds = [self.details[i] for i in request.items]
        kind = seeds[0].row.kind if seeds else Kind.PHOTO
        others = [d.row for d in self.details.values() if d.row.kind is kind and d.row.id not in request.items]
        hits = tuple(
            Hit(row.id, row.path, 0.96 - 0.06 * place, (SpaceScore("look", 0.9 - 0.06 * place, 1.0),))
            for place, row in enumerate(others[: request.k])
        )
        queries = (*request.files, *(d.row.path for d in seeds))
        return SearchReply(request, kind, "fused", queries, hits, 0.02)

    def fetch_palette(self, item: int) -> int:
        colours = (PaletteColour((70, 120, 190), 0.6), PaletteColour((230, 200, 150), 0.4))
        return self._answer(self.palette_ready, lambda: colours, "fetch_palette", item)

    def fetch_waveform(self, item: int) -> int:
        return self._answer(self.waveform_ready, lambda: self.waveform, "fetch_waveform", item)

    def fetch_preview(self, item_or_path: int | Path, long_side: int) -> int:
        return self._answer(
            self.preview_ready, lambda: picture(800, 600, 4032, 3024), "fetch_preview", item_or_path, long_side
        )

    def build_playlist(self, request: PlaylistRequest) -> int:
        return self._answer(self.playlist_ready, lambda: self.playlist_for(request), "build_playlist", request)

    def playlist_for(self, request: PlaylistRequest) -> Playlist:
        """The seeds, then the other tracks in order of their ids."""
        rows = [d.row for d in self.details.values() if d.row.kind is Kind.TRACK]
        rows.sort(key=lambda row: (row.id not in request.seeds, row.id))
        if request.minutes is not None:
            rows = rows[: max(1, round(request.minutes / 4))]
        else:
            rows = rows[: request.length]
        tracks = tuple(
            PlaylistTrack(
                row.id, row.path, row.title, row.artist, row.album, row.duration or 0, row.tempo, row.key,
                1.0 if row.id in request.seeds else 0.9 - place * 0.03, row.id in request.seeds,
            )
            for place, row in enumerate(rows)
        )  # fmt: skip
        return Playlist(
            tracks, request.seeds, PlaylistStatistics(0.71, 0.5, 0.9, 0.4, 0.1), sum(t.seconds for t in tracks) / 60,
            notes=self.playlist_notes,
        )  # fmt: skip

    def fetch_health(self) -> int:
        return self._answer(self.health_ready, lambda: self.health, "fetch_health")

    def examine(self, *, repair: bool) -> int:
        return self._answer(self.examined, lambda: self.checks, "examine", repair)

    def stop_examining(self) -> None:
        self.calls.append(("stop_examining",))

    def thumbnail_path(self, content_hash: str) -> Path:
        return self.folder / f"{content_hash}.png"

    def _write(self, changes: ChangeSet, *call: Any) -> int:
        request = self._answer(self.done, lambda: changes, *call)
        QTimer.singleShot(0, self, lambda: self.items_changed.emit(changes))
        return request

    def rate(self, ids: Sequence[int], stars: int) -> int:
        for each in ids:
            detail = self.details[each]
            self.details[each] = replace(detail, row=replace(detail.row, rating=stars))
        return self._write(ChangeSet(frozenset(ids), undo="Rate"), "rate", list(ids), stars)

    def tag(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
        for each in ids:
            detail = self.details[each]
            kept = [name for name in detail.tags if name not in remove]
            tags = tuple(dict.fromkeys([*kept, *add]))
            self.details[each] = replace(detail, tags=tags, row=replace(detail.row, tags=tags))
        return self._write(ChangeSet(frozenset(ids), tags=True), "tag", list(ids), list(add), list(remove))

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        self.settings = change(self.settings)
        self.calls.append(("change_settings", self.settings))

    def __getattr__(self, name: str) -> Any:
        """Any other write: remembered, and answered with an empty change set."""
        writes = {
            "save_playlist", "export_tracks", "export_playlist", "add_folders", "remove_folder", "set_folder_paused",
            "add_sample_library", "add_to_playlist", "retry_problems", "prefer", "refresh_thumbnails", "rescan",
        }  # fmt: skip
        if name not in writes:
            raise AttributeError(name)
        return lambda *arguments, **named: self._write(ChangeSet(), name, *arguments, *named.values())


def picture(width: int, height: int, full_width: int, full_height: int) -> PreviewImage:
    """A gradient from blue to sand."""
    import numpy as np

    rows = np.linspace(0, 1, height)[:, None, None]
    colours = np.array([70, 120, 190]) * (1 - rows) + np.array([230, 200, 150]) * rows
    pixels = np.broadcast_to(colours, (height, width, 3)).astype(np.uint8)
    return PreviewImage(width, height, pixels.tobytes(), full_width, full_height)
