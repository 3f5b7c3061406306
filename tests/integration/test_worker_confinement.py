"""What a worker of a real library may do and knows: files are decoded there that nobody vouches for."""

import platform
import sys
from pathlib import Path

import pytest
from fixtures import worker_tasks
from fixtures.small_library import write_small_library

from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.confinement import landlock_version
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
SOON = 60.0


def test_a_worker_of_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = Profile.at(tmp_path / "secret profile")
    monkeypatch.setenv("AKIN_PROFILE", str(profile.directory))
    monkeypatch.setattr(sys, "argv", ["akin", "index", "--profile", str(profile.directory)])
    files = FileReader(1)
    with Library.open(profile, files=files) as library:
        library.add_root(write_small_library(tmp_path / "media", tracks=1))
        for _progress in library.index(control=RunControl()):
            pass
        seen = files.pool.submit(worker_tasks.confinement).result(SOON)
        assert any(profile.thumbnail_dir.rglob("*.jpg")) or any(profile.thumbnail_dir.rglob("*.*"))
    assert seen["no_new_privs"] == "1"
    assert seen["core"] == 0
    assert seen["file_size"] == WorkerLimits().file_size
    assert 0 < seen["cpu"] < 1_000
    assert 0 < seen["address_space"] < 64 << 30
    told = [*seen["argv"], *seen["environment"], *seen["environment"].values(), *seen["open"]]
    assert not [text for text in told if profile.directory.name in text]
    assert all(each.startswith(("/dev/null", "pipe:", "socket:", "anon_inode:", "/proc/")) for each in seen["open"])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter for this machine")
def test_the_kernel_refuses_what_no_decoder_needs() -> None:
    with WorkerPool(1) as pool:
        filters = pool.submit(worker_tasks.confinement).result(SOON)["seccomp"]
        if not filters:
            pytest.skip("a kernel without filters")
        found = pool.submit(worker_tasks.reaches_out).result(SOON)
    refused = "PermissionError"
    assert found == {
        "internet": refused, "internet 6": refused, "datagrams": refused, "kernel": refused, "program": refused,
        "local": refused, "pair": refused, "file": "", "thread": refused,
    }  # fmt: skip
    assert filters == {"2"}  # on every thread


@pytest.mark.skipif(landlock_version() < 1, reason="a kernel without Landlock")
def test_the_programs_memory_is_no_file_of_a_worker() -> None:
    """Also where everybody may trace what is theirs, and for root."""
    with WorkerPool(1) as pool:
        found = pool.submit(worker_tasks.reaches_into_the_program).result(SOON)
    refused = "PermissionError"
    assert found == {"read": refused, "written": refused, "thread": refused, "files": refused, "own": ""}


def test_a_file_that_would_fill_the_disk(tmp_path: Path) -> None:
    """The write is refused, and the worker goes on."""
    with WorkerPool(1, WorkerLimits(file_size=1_000_000, preload=())) as pool:
        assert pool.submit(worker_tasks.write_bytes, tmp_path / "large", 3_000_000).result(SOON) <= 1_000_000
        assert pool.submit(worker_tasks.write_bytes, tmp_path / "small", 3_000).result(SOON) == 3_000


def test_each_job_has_so_much_processor_time() -> None:
    """The system itself would end a worker that takes more, also where the pool doesn't see it."""
    with WorkerPool(1, WorkerLimits(preload=())) as pool:
        before = pool.submit(worker_tasks.confinement).result(SOON)["cpu"]
        later = pool.schedule(worker_tasks.confinement, (), timeout=300).result(SOON)["cpu"]
    assert before <= 2 * 90 + 60 + 30 < 2 * 300 <= later
