"""Which folders are models: looked at without torch, and refused with a sentence."""

import json
import struct
from pathlib import Path

import pytest

from desktop_app.engine.models.checking import ModelRefusedError, check_model, check_text_encoder


def safetensors(path: Path, *, missing: int = 0, floats: int = 16) -> Path:
    """A whole file, or one whose last bytes are missing."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [floats], "data_offsets": [0, 4 * floats]}}).encode()
    data = struct.pack("<Q", len(header)) + header + bytes(4 * floats)
    path.write_bytes(data[: len(data) - missing])
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """What looks like a CLIP to whoever doesn't run it."""
    folder = tmp_path / "clip"
    folder.mkdir()
    config = {"model_type": "clip", "vision_config": {"image_size": 64}, "text_config": {}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    processor = {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    safetensors(folder / "model.safetensors")
    return folder


def test_a_whole_model_is_described(clip: Path) -> None:
    source = check_model(clip)
    assert (source.family, source.side, source.crop, source.reads_text) == ("clip", 64, True, True)
    assert source.version > 0 and check_model(clip) == source


def test_other_weights_or_other_pixels_make_another_space(clip: Path) -> None:
    before = check_model(clip).version
    (clip / "preprocessor_config.json").write_text(
        json.dumps({"size": {"height": 64, "width": 64}, "do_center_crop": 0})
    )
    stretched = check_model(clip)
    assert not stretched.crop and stretched.version != before
    safetensors(clip / "model.safetensors", floats=17)
    assert check_model(clip).version != stretched.version


def test_a_file_cut_short_is_refused(clip: Path) -> None:
    safetensors(clip / "model.safetensors", missing=5)
    with pytest.raises(ModelRefusedError, match="cut short"):
        check_model(clip)
    (clip / "model.safetensors").write_bytes(b"\x01")
    with pytest.raises(ModelRefusedError, match="cut short"):
        check_model(clip)


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x80\x02}q\x00"])
def test_a_pickle_is_refused_whatever_it_is_called(clip: Path, head: bytes) -> None:
    (clip / "model.safetensors").write_bytes(head + bytes(100))
    with pytest.raises(ModelRefusedError, match="pickle"):
        check_model(clip)
    (clip / "model.safetensors").rename(clip / "pytorch_model.bin")
    with pytest.raises(ModelRefusedError, match="pickle"):
        check_model(clip)


def test_code_of_its_own_is_refused(clip: Path) -> None:
    config = json.loads((clip / "config.json").read_text())
    (clip / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "modeling.Evil"}}))
    with pytest.raises(ModelRefusedError, match="code"):
        check_model(clip)


def test_modules_of_others_and_folders_outside_are_refused(clip: Path, tmp_path: Path) -> None:
    modules = [{"type": "evil.Module", "path": ""}]
    (clip / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelRefusedError, match="code"):
        check_model(clip)
    (clip / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.X", "path": "../.."}]))
    with pytest.raises(ModelRefusedError, match="outside"):
        check_model(clip)
    with pytest.raises(ModelRefusedError, match=r"modules\.json"):
        check_text_encoder(tmp_path)


def test_what_is_no_model_is_said(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelRefusedError, match="no folder"):
        check_model(tmp_path / "nowhere")
    with pytest.raises(ModelRefusedError, match="no model"):
        check_model(tmp_path)
    (clip / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelRefusedError, match="no pictures"):
        check_model(clip)
    (clip / "config.json").write_text("{")
    with pytest.raises(ModelRefusedError, match="damaged"):
        check_model(clip)


def test_a_model_in_parts_needs_them_all(clip: Path) -> None:
    (clip / "model.safetensors").rename(clip / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (clip / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelRefusedError, match="incomplete"):
        check_model(clip)


def test_a_siglip_for_pictures_of_any_shape_is_refused(clip: Path) -> None:
    config = json.loads((clip / "config.json").read_text())
    (clip / "config.json").write_text(json.dumps({**config, "model_type": "siglip2"}))
    with pytest.raises(ModelRefusedError, match="NaFlex"):
        check_model(clip)
