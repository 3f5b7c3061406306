"""An imported row at whose place lies another content: an edit of the same photo or track, or another one."""

import json
from pathlib import Path

import numpy as np
from fixtures.readings import photo, track

from desktop_app.domain.collection import Merged
from desktop_app.domain.reading import FileReading, Vector
from desktop_app.domain.spaces import Metric
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.merging import read_collection
from desktop_app.engine.collection import resembling
from desktop_app.engine.descriptors.spaces import SPACES

VERSIONS = {spec.name: spec.version for spec in SPACES.values() if spec.metric is Metric.COSINE}
EXPORTED, ANOTHER, _CHANGE = np.eye(3, 8, dtype=np.float32)
EDITED = 2 * EXPORTED + _CHANGE


def opened(folder: Path, *files: tuple[str, FileReading, Vector | None]) -> Catalog:
    """A catalogue of files in one and the same folder; each with its vector in all its spaces, or none."""
    catalog = Catalog.open(folder / "catalog.duckdb")
    root = catalog.add_root(folder.parent / "Pictures")
    catalog.upsert_readings([ItemWrite(None, root.id, name, reading) for name, reading, _ in files])
    for name, version in VERSIONS.items():
        for _, reading, vector in files:
            if vector is not None and SPACES[name].kind is reading.kind:
                catalog.put_vectors(name, version, [str(reading.payload_hash)], vector[None])
    return catalog


def exported(folder: Path, form: str, *files: tuple[str, FileReading, Vector | None]) -> Path:
    """A collection of such files, all with five stars."""
    path = folder / f"all.{form}"
    with opened(folder / "one", *files) as catalog:
        catalog.log.rate(list(range(1, len(files) + 1)), 5)
        catalog.export(path, VERSIONS)
    return path


def merged(catalog: Catalog, path: Path) -> tuple[Merged, set[str]]:
    """What came of it, and the names of the files that have stars now."""
    collection = read_collection(path, lambda _rows: None)
    result = catalog.merge(collection, resembling(catalog, collection))[0]
    return result, {row.path.name for row in catalog.find("", limit=None)[1] if row.rating}


def test_another_photo_or_track_at_the_same_place_gets_nothing(tmp_path: Path) -> None:
    names = ("another.jpg", "edited.jpg", "new here.jpg", "new there.jpg")
    before, after = (EXPORTED, EXPORTED, EXPORTED, None), (ANOTHER, EDITED, None, ANOTHER)
    then = [*zip(names, map(photo, "abcd"), before, strict=True), ("song.mp3", track("e"), EXPORTED)]
    now = [*zip(names, map(photo, "vwxy"), after, strict=True), ("song.mp3", track("z"), ANOTHER)]
    path = exported(tmp_path, "parquet", *then)
    with opened(tmp_path / "two", *now) as catalog:
        result, rated = merged(catalog, path)
        assert rated == {"edited.jpg", "new here.jpg", "new there.jpg"}
        assert (result.items, result.unknown, result.replaced, result.uncompared) == (3, 2, 2, 2)


def test_a_list_of_places_means_what_lies_there(tmp_path: Path) -> None:
    """Another program wrote one of the rows, and says nothing of its content."""
    path = exported(tmp_path, "json", ("a.jpg", photo("a"), EXPORTED), ("b.jpg", photo("b"), EXPORTED))
    first, second = json.loads(path.read_text())
    path.write_text(json.dumps([first, {key: second[key] for key in ("path", "rating")}]))
    with opened(tmp_path / "two", ("a.jpg", photo("x"), ANOTHER), ("b.jpg", photo("y"), ANOTHER)) as catalog:
        result, rated = merged(catalog, path)
        assert rated == {"b.jpg"}
        assert (result.items, result.unknown, result.replaced, result.uncompared) == (1, 1, 1, 0)
