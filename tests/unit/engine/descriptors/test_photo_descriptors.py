"""Colour, look and perceptual hash: what they hold on to, and that no picture breaks them."""

import cv2
import numpy as np
import pytest
from fixtures.one_file import describe_photo
from fixtures.signals import picture
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.domain.spaces import Metric
from desktop_app.engine.descriptors.colour import bin_colours, describe_colour
from desktop_app.engine.descriptors.pixels import reduced
from desktop_app.engine.descriptors.spaces import SPACES, percent
from desktop_app.engine.samples.scenes import paint


def cosine(first: NDArray[np.uint8], second: NDArray[np.uint8], space: str) -> float:
    return float(describe_photo(first)[space] @ describe_photo(second)[space])


def agreement(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    bits = [np.unpackbits(describe_photo(one)["phash"]) for one in (first, second)]
    return float((bits[0] == bits[1]).mean())


def recompressed(pixels: NDArray[np.uint8], quality: int = 75) -> NDArray[np.uint8]:
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)


def assert_sound(pixels: NDArray[np.uint8]) -> None:
    vectors = describe_photo(pixels)
    assert set(vectors) == {"colour", "look", "phash"}
    for name, vector in vectors.items():
        assert vector.shape == (SPACES[name].dim,)
        if SPACES[name].metric is Metric.COSINE:
            assert vector.dtype == np.float32
            assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)
        else:
            assert vector.dtype == np.uint8


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 1000), (257, 256), (600, 900)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_of_any_shape(shape: tuple[int, int], level: int) -> None:
    assert_sound(np.full((*shape, 3), level, dtype=np.uint8))


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 60), width=st.integers(1, 60), seed=st.integers(0, 9), channels=st.sampled_from([0, 3, 4]))
def test_noise_of_any_shape(height: int, width: int, seed: int, channels: int) -> None:
    shape = (height, width, channels) if channels else (height, width)
    assert_sound(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5, 2), (5,), (2, 2, 2, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        describe_photo(np.zeros(shape, dtype=np.uint8))


def test_reduced_never_enlarges_and_keeps_the_aspect() -> None:
    assert reduced(np.zeros((1000, 500, 3), dtype=np.uint8)).shape == (256, 128, 3)
    assert reduced(np.zeros((20, 10, 3), dtype=np.uint8)).shape == (20, 10, 3)
    assert reduced(np.zeros((1, 5000, 3), dtype=np.uint8)).shape == (1, 256, 3)


@pytest.mark.parametrize(("width", "height"), [(500, 375), (512, 341), (341, 512), (480, 320), (512, 384)])
def test_nearly_halved_it_reads_as_if_reduced_by_areas(width: int, height: int) -> None:
    one = paint("city", 3, width, height)
    small = reduced(one)
    by_area = cv2.resize(one, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
    quick, exact = describe_photo(one), describe_photo(np.asarray(by_area, dtype=np.uint8))
    assert np.abs(small.astype(float) - by_area).mean() < 3
    assert float(quick["look"] @ exact["look"]) >= 0.99
    assert float(quick["colour"] @ exact["colour"]) >= 0.998


@pytest.mark.parametrize("seed", range(6))
def test_a_recompressed_or_resized_copy_reads_as_a_near_duplicate(seed: int) -> None:
    original = picture(seed, 480, 640)
    small = np.asarray(cv2.resize(original, (400, 300), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for copy in (recompressed(original), recompressed(small, 85)):
        assert cosine(original, copy, "look") >= 0.95
        assert cosine(original, copy, "colour") >= 0.97
        assert agreement(original, copy) >= 0.93
        for space in ("look", "colour"):
            assert percent(space, np.array(cosine(original, copy, space))) >= 0.9


def test_other_pictures_lie_apart() -> None:
    described = [describe_photo(picture(seed)) for seed in range(12)]
    for space, limit in (("look", 0.75), ("colour", 0.95)):
        rows = np.stack([one[space] for one in described])
        scores = (rows @ rows.T)[np.triu_indices(12, 1)]
        assert np.median(scores) < limit
    bits = np.unpackbits(np.stack([one["phash"] for one in described]), axis=1)
    same = [(bits[i] == bits[j]).mean() for i in range(12) for j in range(i)]
    assert max(same) < 0.85


def test_mirror_and_crop_stay_nearer_than_other_pictures() -> None:
    original = picture(3, 480, 640)
    others = max(cosine(original, picture(seed, 480, 640), "look") for seed in range(20, 30))
    assert cosine(original, np.ascontiguousarray(original[:, ::-1]), "colour") > 0.999
    assert cosine(original, original[24:-24, 32:-32], "look") > max(others, 0.75)


def test_colour_knows_which_colours_and_not_where() -> None:
    red, blue = np.zeros((60, 60, 3), np.uint8), np.zeros((60, 60, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 200
    left, right = np.hstack([red, blue]), np.hstack([blue, red])
    assert cosine(left, right, "colour") == pytest.approx(1.0, abs=1e-5)
    assert cosine(red, blue, "colour") < 0.05
    lighter = red.copy()
    lighter[..., 0] = 215
    assert cosine(red, lighter, "colour") > 0.8  # neighbouring bins share


@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 128, 0), (20, 40, 200), (250, 250, 250), (0, 0, 0)])
def test_the_strongest_bin_is_the_colour(rgb: tuple[int, int, int]) -> None:
    vector = describe_colour(np.full((4, 4, 3), rgb, dtype=np.uint8))
    lab = cv2.cvtColor(np.full((1, 1, 3), rgb, dtype=np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert np.all(np.abs(bin_colours()[vector.argmax()] - lab) < [10, 12, 13])


def test_the_same_picture_always_gives_the_same_vectors() -> None:
    first, second = describe_photo(picture(1)), describe_photo(picture(1).copy())
    assert all(np.array_equal(first[name], second[name]) for name in first)
