"""An index file for which there is no room: told as such, and nothing is said on the terminal."""

import sys
from pathlib import Path

import numpy as np
import pytest

from desktop_app.engine.index.files import write_durably
from desktop_app.engine.index.segments import BitSegment, HalfSegment
from desktop_app.errors import StorageFullError

FULL = Path("/dev/full")


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
@pytest.mark.parametrize("rows", [3, 40_000])
def test_no_room_for_vectors(tmp_path: Path, capfd: pytest.CaptureFixture[str], rows: int) -> None:
    """Of few FAISS would notice nothing before it closes the file, of many while it writes."""
    ids = np.arange(rows)
    halves = HalfSegment.build(ids, 8, [np.zeros((rows, 8), np.float32)])
    bits = BitSegment.build(ids, 8, [np.zeros((rows, 8), np.uint8)])
    path = tmp_path / "1.vectors"
    for segment in (halves, bits):
        (tmp_path / "1.vectors.tmp").symlink_to(FULL)
        with pytest.raises(StorageFullError, match="disk is full"):
            write_durably(path, segment.write)
        assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
