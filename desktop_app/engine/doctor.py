"""Checks of a library, and the repair of what can be rebuilt."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from desktop_app.domain.health import HealthCheck
from desktop_app.domain.kinds import State
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.media.thumbnails import ThumbnailCache

T = TypeVar("T")

LOW_ROOM = 500 * 1000 * 1000
SAMPLED = 2000
"""So many originals and thumbnails are looked for, spread over the library."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    profile: Profile
    catalog: "Catalog"
    store: "IndexStore"
    thumbnails: "ThumbnailCache"
    remake_thumbnails: Callable[[Sequence[int]], int]


def examine(patient: Patient, *, repair: bool) -> dict[str, Any]:
    """The document of ``akin doctor``; ``ok`` is of after the repair."""
    checks = [HealthCheck(f"catalogue: {found.name}", found.ok, found.detail) for found in patient.catalog.check()]
    checks += [_index(patient, spec, repair=repair) for spec in patient.store.spaces.searched()]
    checks.append(_thumbnails(patient, repair=repair))
    checks += _originals(patient)
    checks.append(_room(patient))
    return {"ok": all(check.ok or check.repaired for check in checks), "checks": [asdict(check) for check in checks]}


def _index(patient: Patient, spec: SpaceSpec, *, repair: bool) -> HealthCheck:
    index = patient.store.open_space(spec)
    name = f"index: {spec.name}"
    wanted = patient.catalog.vector_items(spec.name, spec.version)
    if index.damage is None and np.array_equal(np.sort(index.ids()), wanted):
        found = HealthCheck(name, True, f"{len(wanted):,} vectors, as the catalogue")
    elif index.damage is not None:
        found = HealthCheck(name, False, f"the file is damaged: {index.damage}")
    else:
        found = HealthCheck(name, False, f"{index.count:,} vectors, the catalogue has {len(wanted):,}")
    if repair:
        from desktop_app.engine.index.reconcile import reconcile

        if not found.ok:
            index.clear()
        for step in reconcile(index, patient.catalog, spec):
            if step.replaced or step.rebuilt:
                found = replace(found, ok=False, detail="some vectors were not those of the catalogue")
        index.save(patient.catalog.sequence)
        if not found.ok:
            return replace(found, repaired=True, detail=f"{found.detail}; built anew")
    return found


def _thumbnails(patient: Patient, *, repair: bool) -> HealthCheck:
    _total, rows = patient.catalog.find("", limit=None, state=State.PRESENT)
    wanted = [row for row in _spread(rows) if row.has_thumbnail and row.content_hash]
    lost = [row.id for row in wanted if not patient.thumbnails.has(row.content_hash or "")]
    if not lost:
        return HealthCheck("thumbnails", True, f"{len(wanted):,} looked for, all there")
    detail = f"{len(lost):,} of {len(wanted):,} {'is' if len(lost) == 1 else 'are'} lost"
    if not repair:
        return HealthCheck("thumbnails", False, detail)
    everything = [row.id for row in rows if row.has_thumbnail]
    made = patient.remake_thumbnails(everything)
    return HealthCheck("thumbnails", False, f"{detail}; {made:,} made again", repaired=True)


def _originals(patient: Patient) -> list[HealthCheck]:
    checks: list[HealthCheck] = []
    for root in patient.catalog.roots():
        name = f"folder: {root.path}"
        if not os.access(root.path, os.R_OK | os.X_OK):
            checks.append(HealthCheck(name, False, "it can't be reached; its items are kept"))
            continue
        known = patient.catalog.known_files(root.id)
        places = [path for path, state in zip(known.relpath, known.state, strict=True) if state == State.PRESENT]
        gone = sum(not os.path.lexists(root.path / place) for place in _spread(places))
        detail = f"{_files(len(places))}, {'all there' if not gone else _gone(gone)}"
        checks.append(HealthCheck(name, not gone, detail))
    return checks


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _gone(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'} gone: index the folder again"


def _room(patient: Patient) -> HealthCheck:
    free = shutil.disk_usage(patient.profile.directory).free
    return HealthCheck("disk room", free > LOW_ROOM, f"{free / 1e9:.1f} GB free")


def _spread(things: Sequence[T]) -> Sequence[T]:
    """At most ``SAMPLED`` of them, evenly."""
    return things[:: max(1, len(things) // SAMPLED)]
