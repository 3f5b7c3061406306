"""Checks of a library, one after the other, and the repair of what can be mended or made again."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from desktop_app.domain.backups import Reason
from desktop_app.domain.health import HealthCheck
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.scanner import is_gone
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryUnavailableError, refused_by_system
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.backups.library_backups import LibraryBackups
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.media.thumbnails import ThumbnailCache
    from desktop_app.engine.runs import RunControl

log = logging.getLogger(__name__)
T = TypeVar("T")

LOW_ROOM: Final = 500 * 1000 * 1000
SAMPLED: Final = 2000
"""So many originals and thumbnails are looked for, spread over the library."""
OLD_BACKUP: Final = 14 * 24 * 3600.0
RECENT: Final = 3600.0
"""Seconds; a thumbnail so new may be of a file that is just being written to the catalogue."""
UNUSED: Final = 1000
"""Fewer payloads that nothing has are not worth a word, nor is a tenth of all."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at. ``write`` carries something out on the thread that may write, and waits for it."""

    profile: Profile
    catalog: "Catalog"
    store: "IndexStore"
    thumbnails: "ThumbnailCache"
    backups: "LibraryBackups"
    remake_thumbnails: Callable[[Sequence[int], "RunControl"], Iterator[Progress]]
    write: Callable[[Callable[[], Any]], Any]


class Doctor:
    """Looks at one library; from any thread. ``control`` stops it between two checks and within long ones."""

    def __init__(self, patient: Patient, control: "RunControl", *, repair: bool) -> None:
        self._patient = patient
        self._control = control
        self._repair = repair
        self._backed_up = False

    def examine(self, on_progress: Callable[[Progress], None] = lambda _progress: None) -> tuple[HealthCheck, ...]:
        """All checks, those that were come to before it was stopped."""
        self._told = on_progress
        steps: list[Callable[[], Iterator[HealthCheck]]] = [
            self._catalogue,
            self._unused,
            self._indexes,
            self._thumbnails,
            self._orphaned_thumbnails,
            self._originals,
            self._models,
            self._backups,
            self._room,
        ]
        found: list[HealthCheck] = []
        for number, step in enumerate(steps):
            if self._control.cancelled:
                break
            on_progress(Progress(Phase.CHECKING, number, len(steps)))
            try:
                found += step()
            except LibraryDamagedError as error:
                found.append(HealthCheck("catalogue", False, str(error)))
                break  # of what else is said nothing could be believed
            except LibraryUnavailableError:
                raise
            except (KnownError, OSError) as error:  # a full disk, as a rule; what was found so far is told
                log.warning("a check could not be ended", exc_info=True)
                name = step.__name__.strip("_").replace("_", " ")
                found.append(HealthCheck(f"{name}: unfinished", False, str(refused_by_system(error) or error)))
        return tuple(found)

    def _catalogue(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.catalog import checks, repairing

        database = self._patient.catalog.database
        fault = checks.readable(database)
        if fault is not None:
            raise LibraryDamagedError(fault)
        yield HealthCheck("catalogue", True, "every value can be read")
        for finding in self._patient.catalog.check():
            check = HealthCheck(f"catalogue: {finding.name}", finding.ok, finding.detail)
            if self._repair and not finding.ok:
                self._back_up_first()
                mended = self._patient.write(lambda name=finding.name: repairing.repair(database, name))
                again = {each.name: each for each in self._patient.catalog.check()}.get(finding.name)
                if mended and (again is None or again.ok):
                    check = replace(check, repaired=True, detail=f"{check.detail}; mended")
            yield check

    def _unused(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.catalog import repairing

        database = self._patient.catalog.database
        unused, known = repairing.unused_payloads(database)
        name = "vectors of removed files"
        if unused <= max(UNUSED, known // 10):
            yield HealthCheck(name, True, f"{unused:,}, kept in case the files come back")
            return
        check = HealthCheck(name, False, f"{unused:,} of {known:,} belong to no file any more and only take room")
        if self._repair:
            self._back_up_first()
            gone = self._patient.write(lambda: repairing.prune_payloads(database))
            check = replace(check, repaired=True, detail=f"{check.detail}; {gone:,} removed")
        yield check

    def _indexes(self) -> Iterator[HealthCheck]:
        for spec in self._patient.store.spaces.searched():
            yield self._index(spec)

    def _index(self, spec: SpaceSpec) -> HealthCheck:
        patient = self._patient
        index = patient.store.open_space(spec)
        name = f"index: {spec.name}"

        def compare() -> HealthCheck:
            wanted = patient.catalog.vector_items(spec.name, spec.version)
            if index.damage is not None:
                return HealthCheck(name, False, f"the file is damaged: {index.damage}")
            if np.array_equal(np.sort(index.ids()), wanted):
                return HealthCheck(name, True, f"{len(wanted):,} items, as in the catalogue")
            return HealthCheck(name, False, f"{index.count:,} items, the catalogue has {len(wanted):,}")

        found = compare()
        if not found.ok:
            found = patient.write(compare)  # between two writes: nothing is on its way from one to the other
        if not self._repair:
            return found
        from desktop_app.engine.index.reconcile import reconcile

        if not found.ok:
            patient.write(index.clear)
        steps = reconcile(index, patient.catalog, spec)
        while (step := patient.write(lambda: next(steps, None))) is not None:
            if step.replaced or step.rebuilt:
                found = replace(found, ok=False, detail="some vectors were not those of the catalogue")
            self._told(Progress(Phase.CHECKING, step.done, step.total))
        patient.write(lambda: index.save(patient.catalog.sequence))
        return found if found.ok else replace(found, repaired=True, detail=f"{found.detail}; built anew")

    def _thumbnails(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.catalog import repairing

        patient = self._patient
        everything = repairing.thumbnails_wanted(patient.catalog.database)
        wanted = _spread(everything)
        lost = [item for item, content in wanted if not patient.thumbnails.has(content)]
        if not lost:
            yield HealthCheck("thumbnails", True, f"{len(wanted):,} looked for, all there")
            return
        detail = f"{len(lost):,} of {len(wanted):,} {'is' if len(lost) == 1 else 'are'} lost"
        if not self._repair:
            yield HealthCheck("thumbnails", False, detail)
            return
        for progress in patient.remake_thumbnails([item for item, _content in everything], self._control):
            self._told(replace(progress, phase=Phase.CHECKING))
        made = len(self._control.take_changes().items)
        stopped = self._control.cancelled
        detail = f"{detail}; {made:,} made again" + (", then it was stopped" if stopped else "")
        yield HealthCheck("thumbnails", False, detail, repaired=not stopped)

    def _orphaned_thumbnails(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.catalog import repairing

        patient = self._patient

        def known_names() -> set[str]:
            contents = repairing.known_contents(patient.catalog.database)
            return {patient.thumbnails.path_of(content).name for content in contents}

        known, before = known_names(), time.time() - RECENT
        files = orphans = size = 0
        gone: list[Path] = []
        for path, length, made_at in _files_below(patient.profile.thumbnail_dir):
            files += 1
            if path.name not in known and made_at < before:
                orphans, size = orphans + 1, size + length
                gone.append(path)
            if self._control.cancelled:
                return
        name = "thumbnails of removed files"
        if orphans <= max(UNUSED, files // 10):
            yield HealthCheck(name, True, f"{orphans:,} of {files:,}; the oldest go by themselves when room is needed")
            return
        check = HealthCheck(name, False, f"{orphans:,} of {files:,} belong to no file any more ({size / 1e6:,.0f} MB)")
        if self._repair:
            known = known_names()  # what was indexed while the folder was gone through
            for path in gone:
                if path.name not in known:
                    with suppress(OSError):
                        path.unlink()
            check = replace(check, repaired=True, detail=f"{check.detail}; removed")
        yield check

    def _originals(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.catalog import repairing

        for root in self._patient.catalog.roots():
            name = f"folder: {root.path}"
            if not os.access(root.path, os.R_OK | os.X_OK):
                yield HealthCheck(name, False, "it can't be reached; its items are kept")
                continue
            places = repairing.present_places(self._patient.catalog.database, root.id)
            gone = sum(is_gone(root.path / place) for place in _spread(places))
            yield HealthCheck(name, not gone, f"{_files(len(places))}, {_gone(gone) if gone else 'all there'}")

    def _models(self) -> Iterator[HealthCheck]:
        state = self._patient.profile.models_dir / "models.json"
        if not state.is_file():
            return
        from desktop_app.engine.models.checking import check_model
        from desktop_app.engine.models.sealing import check_seal
        from desktop_app.engine.models.shelf import Shelf

        for model in Shelf(state).state.models:
            name = f"model: {model.name}"
            try:
                found = check_model(model.source.folder, model.source.text_folder)
                check_seal(model.source)
            except KnownError as error:
                yield HealthCheck(name, False, f"{error} Fetch or choose it again under Preferences ▸ Models.")
                continue
            same = found.fingerprint == model.source.fingerprint
            yield HealthCheck(name, same, "its files are as they were" if same else "its files are other ones now")

    def _backups(self) -> Iterator[HealthCheck]:
        from desktop_app.engine.backups.archive import Archive

        listing = self._patient.backups.listing()
        faulty: list[Path] = [each.path for each in listing if each.faulty]
        sound = [each for each in listing if not each.faulty]
        for backup in sound:
            try:
                with Archive(backup.path) as archive:
                    archive.verify()
            except KnownError:
                faulty.append(backup.path)
        sound = [each for each in sound if each.path not in faulty]
        if faulty:
            names = ", ".join(path.name for path in faulty[:3]) + (" and more" if len(faulty) > 3 else "")
            check = HealthCheck("backups: soundness", False, f"{len(faulty):,} of {len(listing):,} damaged: {names}")
            if self._repair:
                for path in faulty:
                    path.rename(path.with_name(f"damaged-{path.name}"))
                check = replace(check, repaired=True, detail=f"{check.detail}; set aside")
            yield check
        else:
            yield HealthCheck("backups: soundness", True, f"{len(sound):,}, every byte as it was written")
        age = time.time() - sound[0].made_at if sound else None
        if age is None and not faulty:
            yield HealthCheck("backups: age", True, "none yet; one is made every day while Akin is open")
        elif age is not None and age <= OLD_BACKUP:
            yield HealthCheck("backups: age", True, f"the last one is {_age(age)} old")
        else:
            detail = "there is none that is sound" if age is None else f"the last one is {_age(age)} old"
            check = HealthCheck("backups: age", False, detail)
            if self._repair:
                self._patient.backups.make()
                check = replace(check, repaired=True, detail=f"{detail}; one was made")
            yield check

    def _room(self) -> Iterator[HealthCheck]:
        free = shutil.disk_usage(self._patient.profile.directory).free
        yield HealthCheck("disk room", free > LOW_ROOM, f"{free / 1e9:.1f} GB free")

    def _back_up_first(self) -> None:
        if not self._backed_up:
            self._patient.backups.make(reason=Reason.REPAIR)
            self._backed_up = True


def document(checks: Sequence[HealthCheck]) -> dict[str, Any]:
    """What ``akin doctor`` says; ``ok`` is of after the repair."""
    return {"ok": all(check.ok or check.repaired for check in checks), "checks": [asdict(check) for check in checks]}


def _files_below(top: Path) -> Iterator[tuple[Path, int, float]]:
    """Each file with its size in bytes and when it was written."""
    for folder, _below, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            with suppress(OSError):
                status = path.stat()
                yield path, status.st_size, status.st_mtime


def _age(seconds: float) -> str:
    days = round(seconds / 86_400)
    return "less than a day" if days < 1 else "a day" if days == 1 else f"{days:,} days"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _gone(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'} gone: index the folder again"


def _spread(things: Sequence[T]) -> Sequence[T]:
    """At most ``SAMPLED`` of them, evenly."""
    return things[:: max(1, len(things) // SAMPLED)]
