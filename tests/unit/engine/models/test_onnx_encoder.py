"""An image encoder that is a lone ONNX file: run by OpenCV, without torch."""

import json
from pathlib import Path

import numpy as np
import pytest
from fixtures.tiny_onnx import DIM, write_embedder

from desktop_app.engine.models.checking import ModelRefusedError, check_model
from desktop_app.engine.models.encoding import OnnxEncoder, load


def pictures(count: int, side: int) -> np.ndarray:
    """(count, side, side, 3)"""
    return np.random.default_rng(3).integers(0, 255, (count, side, side, 3), np.uint8)


def test_a_lone_file_becomes_an_encoder_that_finds_its_own_side(tmp_path: Path) -> None:
    source = check_model(write_embedder(tmp_path / "mine.onnx", side=64))
    assert (source.form, source.reads_text, source.side) == ("onnx", False, 0)
    encoder = load(source)
    assert isinstance(encoder, OnnxEncoder) and (encoder.side, encoder.device) == (64, "cpu")
    found = encoder.images(pictures(3, 64))
    assert found.shape == (3, DIM) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.allclose(encoder.images(pictures(3, 64)[1:2])[0], found[1], atol=1e-5)
    with pytest.raises(ModelRefusedError, match="reads no words"):
        encoder.texts(["a dog"])


def test_a_folder_says_how_pixels_are_normalised(tmp_path: Path) -> None:
    network = write_embedder(tmp_path / "model.onnx")
    plain = load(check_model(network)).images(pictures(1, 32))
    settings = {"size": {"height": 32, "width": 32}, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(settings))
    source = check_model(tmp_path)
    assert (source.side, source.crop, source.mean, source.std) == (32, False, (0, 0, 0), (1, 1, 1))
    found = load(source).images(pictures(1, 32))
    assert not np.allclose(found, plain, atol=0.01)


def test_what_is_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match="doesn't turn a picture into one vector"):
        load(check_model(write_embedder(tmp_path / "map.onnx", pooled=False)))
    whole = write_embedder(tmp_path / "cut.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelRefusedError):
        load(check_model(tmp_path / "cut.onnx"))
    (tmp_path / "text.onnx").write_bytes(b"not a network at all" * 10)
    with pytest.raises(ModelRefusedError, match="damaged, or no network"):
        load(check_model(tmp_path / "text.onnx"))
