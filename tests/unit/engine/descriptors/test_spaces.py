"""The table of spaces, the scale that people read, and what the index holds."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric
from desktop_app.engine.descriptors.spaces import DEFAULT_WEIGHTS, SPACES, percent, project


def test_the_built_in_spaces() -> None:
    assert set(SPACES) == {"colour", "look", "phash", "sound", "fingerprint"}
    assert SPACES["colour"].dim == 1152 and SPACES["colour"].index_dim <= 128
    assert SPACES["look"].dim <= 512 and SPACES["sound"].dim <= 128
    assert SPACES["phash"].metric is Metric.HAMMING and SPACES["phash"].dim == 32
    assert SPACES["fingerprint"].metric is Metric.NONE and SPACES["fingerprint"].dim == 0
    assert all(name == spec.name for name, spec in SPACES.items())


@pytest.mark.parametrize("kind", list(Kind))
def test_default_weights_name_spaces_of_their_kind(kind: Kind) -> None:
    weights = DEFAULT_WEIGHTS[kind]
    assert sum(weights.values()) == pytest.approx(1.0)
    assert all(SPACES[name].kind is kind for name in weights)


@pytest.mark.parametrize("space", [*SPACES, "unknown"])
@given(scores=st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=20))
def test_percent_is_monotone_and_bounded(space: str, scores: list[float]) -> None:
    read = percent(space, np.sort(np.array(scores)))
    assert read.dtype == np.float32
    assert np.all(np.diff(read) >= 0) and read.min() >= 0 and read.max() <= 1


@pytest.mark.parametrize("space", list(SPACES))
def test_identical_is_one_and_nonsense_is_nothing(space: str) -> None:
    assert percent(space, np.array([[1.0, np.nan]])).tolist() == [[1.0, 0.0]]


def test_project_shrinks_colour_and_leaves_the_rest() -> None:
    rows = np.abs(np.random.default_rng(0).normal(size=(3, 1152))).astype(np.float32)
    projected = project("colour", rows)
    assert projected.shape == (3, SPACES["colour"].index_dim) and projected.dtype == np.float32
    assert np.linalg.norm(projected, axis=1) == pytest.approx(1.0, abs=1e-5)
    look = np.ones((2, SPACES["look"].dim), dtype=np.float32)
    assert project("look", look) is look


def test_project_of_nothing_is_no_direction_but_finite() -> None:
    projected = project("colour", np.zeros((2, 1152), dtype=np.float32))
    assert np.linalg.norm(projected, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert project("colour", np.zeros((0, 1152), dtype=np.float32)).shape == (0, SPACES["colour"].index_dim)


def test_the_table_of_spaces_loads_no_heavy_library() -> None:
    code = (
        "import sys, desktop_app.engine.descriptors.spaces;"
        "print([name for name in ('cv2', 'scipy', 'librosa') if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert seen.stdout.strip() == "[]"
