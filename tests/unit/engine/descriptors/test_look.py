"""``look``: what a picture's copies keep of it, on painted scenes."""

import cv2
import numpy as np
import pytest
from fixtures.one_file import describe_photo
from numpy.typing import NDArray

from desktop_app.engine.descriptors.gradient_layout import gradient_layout
from desktop_app.engine.descriptors.look_network import FEATURES, network_features
from desktop_app.engine.descriptors.photo import describe_photos
from desktop_app.engine.samples.scenes import paint

FAMILIES = ("sunset", "mountains", "forest", "city", "flowers", "lake")
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def scenes() -> list[Picture]:
    """Two of each family, 512 × 384."""
    return [paint(family, seed, 512, 384) for family in FAMILIES for seed in (1, 2)]


def looks(pictures: list[Picture]) -> NDArray[np.float32]:
    return np.stack([one["look"] for one in describe_photos(pictures)])


def cosines(first: list[Picture], second: list[Picture]) -> NDArray[np.float32]:
    return np.sum(looks(first) * looks(second), axis=1)


def test_a_mirror_image_looks_the_same(scenes: list[Picture]) -> None:
    mirrored = [np.ascontiguousarray(one[:, ::-1]) for one in scenes]
    assert cosines(scenes, mirrored).min() >= 0.97


def test_a_crop_of_a_tenth_looks_alike(scenes: list[Picture]) -> None:
    cropped = [np.ascontiguousarray(one[19:-19, 26:-26]) for one in scenes]
    assert np.median(cosines(scenes, cropped)) >= 0.9


@pytest.mark.parametrize("quality", [90, 75])
def test_saved_again_it_looks_the_same(scenes: list[Picture], quality: int) -> None:
    coded = [
        np.asarray(cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8)
        for one in scenes
    ]
    assert np.median(cosines(scenes, coded)) >= 0.98


def test_scenes_of_one_family_lie_together(scenes: list[Picture]) -> None:
    rows = looks(scenes)
    scores = rows @ rows.T
    np.fill_diagonal(scores, -1)
    nearest = scores.argmax(axis=1)
    assert (nearest // 2 == np.arange(len(scenes)) // 2).mean() >= 0.75


def test_several_at_once_are_described_as_one_by_one(scenes: list[Picture]) -> None:
    together = looks(scenes)
    alone = np.stack([describe_photo(one)["look"] for one in scenes])
    assert np.allclose(together, alone, atol=1e-5)
    assert describe_photos([]) == []


def test_features_have_their_shape_and_ignore_the_side(scenes: list[Picture]) -> None:
    features = network_features(scenes[:3])
    assert features.shape == (3, FEATURES) and np.isfinite(features).all()
    turned = network_features([np.ascontiguousarray(one[:, ::-1]) for one in scenes[:3]])
    assert np.allclose(features, turned, atol=0.05)


def test_edges_know_upright_from_lying_and_not_left_from_right() -> None:
    bars = np.zeros((120, 120, 3), np.uint8)
    bars[:, ::12] = bars[:, 1::12] = 255
    lying = np.ascontiguousarray(bars.transpose(1, 0, 2))
    assert gradient_layout(bars) @ gradient_layout(lying) < 0.5
    corner = np.zeros((120, 120, 3), np.uint8)
    cv2.line(corner, (0, 0), (60, 90), (255, 255, 255), 5)
    other = np.ascontiguousarray(corner[:, ::-1])
    assert gradient_layout(corner) @ gradient_layout(other) == pytest.approx(1.0, abs=1e-4)
