"""What a worker's address space is limited to, by what it has mapped."""

import pytest

from desktop_app.engine.workers import resources
from desktop_app.engine.workers.resources import TOUCHED_LATER, mapped_memory

MB = 1 << 20


def region(size: int, rights: str, file: str = "", resident: int | None = None) -> list[str]:
    """One of ``/proc/self/maps``, in MB; with ``resident`` of ``smaps``."""
    head = f"100000-{0x100000 + size * MB:x} {rights} 00000000 08:01 {77 if file else 0}   {file}".rstrip()
    return [head] if resident is None else [head, f"Rss:       {resident << 10} kB", "Private_Dirty:  0 kB"]


def test_what_counts_as_memory() -> None:
    lines = [
        *region(30, "rw-p", resident=1),
        *region(8, "---p", resident=0),  # may become a heap's
        *region(20, "---p", "/lib/a.so", resident=0),
        *region(5, "rw-p", "/lib/a.so", resident=2),
        *region(160, "r-xp", "/lib/a.so", resident=17),
        *region(224, "r--p", "/usr/lib/locale/locale-archive", resident=1),
    ]
    assert mapped_memory(lines) == (447 * MB, (30 + 8 + 5 + 17 + 1) * MB + TOUCHED_LATER)


def test_files_count_whole_where_nothing_says_what_is_resident() -> None:
    lines = [*region(160, "r-xp", "/lib/a.so"), *region(20, "---p", "/lib/a.so"), *region(30, "rw-p", "")]
    assert mapped_memory(lines) == (210 * MB, 190 * MB)


def test_half_of_the_memory_is_for_jobs_whatever_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources.Path, "read_text", lambda *_words: "\n".join(region(5000, "rw-p", resident=1)))
    assert resources.most_address_space(1_500_000_000) == 5000 * MB + 750_000_000
