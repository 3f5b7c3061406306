"""Decompression bombs, wrong names, empty files and real broken ones: indexed, or a problem in plain words."""

import os
from pathlib import Path

import pytest
from fixtures import worker_tasks
from reliability.bombs import BOMBS, HEAVY, jpeg_of_many_scans, other_endings
from reliability.forms import LONG, note
from reliability.fuzzing import FORMATS, valid_file
from reliability.originals import Originals
from reliability.program import Program, assert_plain
from reliability.small_media import write_small_photo
from reliability.worker_watch import memory_watched, read_through

from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import FileJob
from desktop_app.engine.media.formats import kind_of_name
from desktop_app.engine.workers.calls import read_in_company
from desktop_app.engine.workers.outcomes import WorkerHungError, WorkerMemoryError
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits

WORKER_BYTES = 1_500_000_000
BOMB_SECONDS = 60.0


def test_bombs_stay_within_a_workers_limits(
    tmp_path: Path, originals: Originals, capfd: pytest.CaptureFixture[str]
) -> None:
    """One after the other, through one worker: however large it says to be, a file takes what a file may take."""
    made = [make(tmp_path) for make in (BOMBS + HEAVY if LONG else BOMBS)]
    originals.keep(made)
    with WorkerPool(1, WorkerLimits(timeout=BOMB_SECONDS)) as pool, memory_watched() as peak:
        for path in made:
            before, peak.resident = peak.resident, 0
            (outcome,) = read_through(pool, [path], patience=3 * BOMB_SECONDS)
            if outcome.problem is not None:
                assert_plain(outcome.problem)
            assert not outcome.hung and not outcome.crashed, outcome
            note(f"{path.name}: {peak.resident / 1e6:.0f} MB, {outcome.problem or 'indexed'}")
            peak.resident = max(before, peak.resident)
    assert peak.resident <= WORKER_BYTES
    assert capfd.readouterr() == ("", ""), "a decoder's message reached the terminal"


def test_endless_work_is_given_up(tmp_path: Path) -> None:
    """A picture that would take minutes costs its time limit twice, and nobody after it anything."""
    endless, fine = jpeg_of_many_scans(tmp_path), write_small_photo(tmp_path / "fine.jpg", 1)
    with WorkerPool(1, WorkerLimits(timeout=BOMB_SECONDS)) as pool:
        job = FileJob(endless, Kind.PHOTO, want_vectors=True, thumbnails=None)
        given_up = pool.schedule(read_in_company, (job,), timeout=0.7)
        (outcome,) = read_through(pool, [fine], patience=BOMB_SECONDS)
        with pytest.raises(WorkerHungError) as told:
            given_up.result(BOMB_SECONDS)
    assert outcome.problem is None
    assert_plain(told.value.user_text)


def test_a_worker_takes_no_more_than_it_may() -> None:
    with WorkerPool(1) as pool, memory_watched() as peak:
        with pytest.raises(WorkerMemoryError):
            pool.submit(worker_tasks.eat, 4_000).result(60)
        assert pool.submit(worker_tasks.double, 2).result(60) == 4
    assert 1_000_000_000 < peak.resident <= WORKER_BYTES


def test_the_program_lists_what_it_could_not_read(
    program: Program, roots: Path, originals: Originals, tmp_path: Path
) -> None:
    """The whole way: every file is indexed or a problem with its reason, and nothing is said on the terminal."""
    valid = {ending: valid_file(tmp_path, ending) for ending in FORMATS}
    for name, data in other_endings(valid):
        (roots / name).write_bytes(data)
    for ending, data in valid.items():
        (roots / f"good.{ending}").write_bytes(data)
        (roots / f"half.{ending}").write_bytes(data[: len(data) // 2])
    originals.settle()
    report = program.answer("index", roots, "--jobs", 1)
    assert report["seen"] == len(list(roots.iterdir())) == report["photos"] + report["tracks"] + report["problems"]
    for path, item in program.items().items():
        assert item["state"] in ("present", "problem"), path
        if item["state"] == "problem":
            assert_plain(item["reason"])
        assert item["state"] == "present" or "good" not in path, (path, item["reason"])
        assert item["state"] == "problem" or "nothing" not in path


@pytest.mark.skipif("AKIN_EVAL" not in os.environ, reason="AKIN_EVAL names no folder of real broken files")
def test_real_broken_files(originals: Originals, capfd: pytest.CaptureFixture[str]) -> None:
    folder = Path(os.environ["AKIN_EVAL"]) / "malformed"
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and kind_of_name(path.name))
    if not paths:
        pytest.skip("there is no folder “malformed” with media in it")
    originals.keep(paths)
    problems = 0
    with WorkerPool(2, WorkerLimits(timeout=BOMB_SECONDS)) as pool, memory_watched() as peak:
        for outcome in read_through(pool, paths, patience=5 * BOMB_SECONDS):
            assert not outcome.hung, outcome
            problems += outcome.problem is not None
            if outcome.problem is not None:
                assert_plain(outcome.problem)
    assert peak.resident <= WORKER_BYTES
    assert capfd.readouterr() == ("", ""), "a decoder's message reached the terminal"
    note(f"{len(paths)} real broken files: {problems} problems, worker at most {peak.resident / 1e6:.0f} MB")
