"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("AKIN_NO_LAUNCHER", "1")

from desktop_app.paths import Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """An empty profile of its own."""
    made = Profile.at(tmp_path / "profile")
    made.make()
    return made
