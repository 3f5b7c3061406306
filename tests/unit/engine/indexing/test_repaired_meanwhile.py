"""Whatever the doctor takes out while a run goes on, what is in the library has its vectors at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.reading import FileJob
from desktop_app.domain.spaces import DESCRIBED, SpaceSpec
from desktop_app.engine.catalog import repairing
from desktop_app.engine.descriptors.spaces import SPACES

LOOK, PHASH = SPACES["look"], SPACES["phash"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """One root with some described photos."""
    made = IndexedLibrary(tmp_path)
    for number in range(3):
        write(made.root / f"{number}.jpg", f"picture {number}")
    made.index()
    yield made
    made.close()


def assert_described(library: IndexedLibrary) -> None:
    there = sorted(library.present().values())
    for spec in (LOOK, PHASH):
        assert there and library.catalog.vector_items(spec.name, spec.version).tolist() == there


def spoil(library: IndexedLibrary, spec: SpaceSpec) -> None:
    """All vectors are faulty, and the doctor takes them out."""
    database = library.catalog.database
    database.run(f"UPDATE vector_{spec.name}_{spec.version} SET data = 'x'::BLOB")
    assert repairing.repair(database, f"vectors {spec.name}")


def test_after_a_repair_the_next_run_describes(library: IndexedLibrary) -> None:
    spoil(library, LOOK)
    assert library.index().embedded == 3
    assert_described(library)
    assert library.index().embedded == 0


def test_a_repair_in_the_middle_of_describing(library: IndexedLibrary) -> None:
    """The run knows already what is lacking; then the doctor takes out more."""
    library.catalog.put_meta(DESCRIBED, "look-0")
    library.catalog.database.run(f"DELETE FROM vector_look_{LOOK.version} WHERE payload_id = 1")
    jobs: list[FileJob] = []

    def before(job: FileJob) -> None:
        jobs.append(job)
        if len(jobs) == 1:
            spoil(library, PHASH)

    library.pool.before = before
    assert library.index().embedded == 3
    assert_described(library)


def test_vectors_that_a_run_counts_on_are_pruned(library: IndexedLibrary) -> None:
    """A copy is not described, since its payload is; then the other item is taken out for good."""
    first, pruned = library.id_of(library.root / "0.jpg"), []
    write(library.root / "copy.jpg", "picture 0", "other tags")

    def before(job: FileJob) -> None:
        if job.path.name == "copy.jpg" and job.want_metadata and not job.want_vectors and not pruned:
            (library.root / "0.jpg").unlink()
            library.catalog.remove_items([first])
            pruned.append(repairing.prune_payloads(library.catalog.database))

    library.pool.before = before
    library.index()
    assert pruned == [1]
    library.index()
    assert_described(library)
