"""Mutations of valid files of every format through the real workers: read, or a problem that a person understands."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.forms import LONG, note, rounds
from reliability.fuzzing import FORMATS, PHOTO_FORMATS, TRACK_FORMATS, mutated, valid_file
from reliability.program import assert_plain
from reliability.worker_watch import memory_watched, read_through

from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits

FIRST_SEED = 0
"""Mutation n of a format is ``mutated(valid_file(…), FIRST_SEED + n)``: the numbers are all there is to keep."""

MUTATIONS = int(os.environ.get("AKIN_MUTATIONS", rounds(10, 10_000)))
FILE_SECONDS = 30.0
WORKER_BYTES = 1_500_000_000


GROUPS = [(ending,) for ending in FORMATS] if LONG else [PHOTO_FORMATS, TRACK_FORMATS]


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(rounds(1, 2), WorkerLimits(timeout=FILE_SECONDS)) as pool:
        yield pool


@pytest.mark.parametrize("endings", GROUPS, ids=lambda group: " ".join(group))
def test_mutations_are_read_or_told(
    endings: tuple[str, ...], pool: WorkerPool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for ending in endings:
        with memory_watched() as peak:
            told = _put_through(ending, pool, tmp_path)
        assert peak.resident <= WORKER_BYTES
        assert sum(told.values()) == MUTATIONS
        note(f"{ending}: {MUTATIONS} mutations, worker at most {peak.resident / 1e6:.0f} MB, {dict(told)}")
    assert capfd.readouterr() == ("", ""), "a decoder's message reached the terminal"


def _put_through(ending: str, pool: WorkerPool, folder: Path) -> Counter[str]:
    """How often each sentence was told."""
    valid = valid_file(folder, ending)
    whole = folder / f"whole.{ending}"
    whole.write_bytes(valid)
    assert [each.problem for each in read_through(pool, [whole], patience=120)] == [None]

    written: dict[Path, int] = {}

    def files() -> Iterator[Path]:
        for seed in range(FIRST_SEED, FIRST_SEED + MUTATIONS):
            path = folder / f"{seed}.{ending}"
            path.write_bytes(mutated(valid, seed))
            written[path] = path.stat().st_mtime_ns
            yield path

    told: Counter[str] = Counter()
    for outcome in read_through(pool, files(), patience=4 * FILE_SECONDS, vectors=False):
        assert not outcome.hung, f"seed {outcome.path.stem} of {ending}"
        if outcome.problem is not None:
            assert_plain(outcome.problem)
        told[outcome.problem or "read"] += 1
        assert outcome.path.stat().st_mtime_ns == written.pop(outcome.path), "the original was written"
        outcome.path.unlink()
    return told
