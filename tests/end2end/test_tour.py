"""The README's promise for machines without a display: the tour does the main job and leaves pictures."""

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.forbidden_network import ForbiddenNetwork
from PIL import Image


@pytest.mark.timeout(280)
def test_tour_does_the_main_job(tmp_path: Path) -> None:
    """It indexes the sample library, finds sunsets for a dropped sunset, builds a playlist, and says so.

    Without trying to reach the network.
    """
    network = ForbiddenNetwork(tmp_path / "network")
    environment = {**network.environment, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("DISPLAY", None)
    command = [sys.executable, "-m", "desktop_app.tour", "--out", str(tmp_path / "pictures")]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=270, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr
    assert network.attempts == []
    assert "Indexed 70 photos and 24 tracks" in answer.stdout
    hits = [line for line in answer.stdout.splitlines() if line.endswith(".jpg") and "%" in line]
    assert len(hits) == 6
    assert all("sunset" in hit for hit in hits)
    assert "A playlist from" in answer.stdout
    pictures = sorted((tmp_path / "pictures").glob("*.png"))
    assert len(pictures) >= 6
    for picture in pictures:
        with Image.open(picture) as image:
            assert len(image.convert("RGB").resize((64, 64)).getcolors(4096) or []) > 8, picture.name
