"""One tiny CLIP and one model worker for all tests of a module: importing torch takes seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.tiny_clip import make_clip, need_torch

from desktop_app.engine.models.checking import check_model
from desktop_app.engine.models.runner import ModelRunner


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformers folder with a CLIP of random weights. Not to be changed."""
    need_torch()
    return make_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="module")
def runner(clip_folder: Path) -> Iterator[ModelRunner]:
    """A model worker that has loaded the tiny CLIP."""
    runner = ModelRunner()
    runner.inspect(check_model(clip_folder))
    yield runner
    runner.close()
