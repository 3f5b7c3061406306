"""The layouts that the public models have on their hub, through the real code: pictures, words, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from fixtures.model_layouts import DENSE, as_published_clip, make_siglip, make_words
from fixtures.tiny_clip import DIM, SIDE, need_torch

from desktop_app.engine.models.checking import ModelRefusedError, check_model
from desktop_app.engine.models.runner import ModelRunner
from desktop_app.engine.models.sealing import sealed


@pytest.fixture(scope="module")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``clip``, ``siglip`` and ``words``."""
    need_torch()
    folder = tmp_path_factory.mktemp("layouts")
    as_published_clip(folder / "clip")
    make_siglip(folder / "siglip")
    make_words(folder / "words")
    return folder


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 255, (count, SIDE, SIDE, 3), np.uint8)


def differ(vectors: np.ndarray) -> bool:
    """Whether no two rows are the same direction."""
    alike = vectors @ vectors.T
    return bool((alike[~np.eye(len(vectors), dtype=bool)] < 0.9999).all())


def test_clip_as_sentence_transformers_publishes_it(layouts: Path, runner: ModelRunner) -> None:
    source = sealed(check_model(layouts / "clip"))
    assert (source.form, source.family, source.side, source.crop) == ("sentence-transformers", "clip", SIDE, True)
    assert any(name.endswith("0_CLIPModel/model.safetensors") for name, _sum in source.files)
    assert runner.inspect(source).dim == DIM
    assert differ(runner.result_of(runner.images(source, pictures(3))))
    assert differ(runner.texts(source, ["dog", "red house", "tree on the beach"]))


def test_siglip_stretches_pictures_and_pads_words_as_it_was_trained(layouts: Path, runner: ModelRunner) -> None:
    source = sealed(check_model(layouts / "siglip"))
    assert (source.family, source.side, source.crop, source.reads_text) == ("siglip", SIDE, False, True)
    assert runner.inspect(source).dim == DIM
    found = runner.result_of(runner.images(source, pictures(3)))
    assert differ(found) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    words = runner.texts(source, ["dog", "red house", "Dog"])
    assert not np.allclose(words[0], words[1], atol=1e-3)
    assert np.allclose(words[0], words[2], atol=1e-6)  # in lower case
    together, alone = words[1], runner.text(source, "red house")
    assert np.allclose(together, alone, atol=2e-2)  # padded to one length, whatever is beside them


def test_siglips_numbers_are_those_of_its_own_library(layouts: Path, runner: ModelRunner) -> None:
    torch = pytest.importorskip("torch")
    from PIL import Image
    from transformers import AutoModel, AutoProcessor

    folder = layouts / "siglip"
    model, processor = AutoModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    shown = pictures(2)
    with torch.no_grad():
        inputs = processor(images=[Image.fromarray(each) for each in shown], return_tensors="pt")
        images = model.vision_model(**inputs).pooler_output.numpy()
        inputs = processor(text=["red house"], padding="max_length", max_length=64, return_tensors="pt")
        text = model.text_model(input_ids=inputs["input_ids"]).pooler_output.numpy()
    source = check_model(folder)
    mine = runner.result_of(runner.images(source, shown))
    assert (mine * images / np.linalg.norm(images, axis=1, keepdims=True)).sum(axis=1).min() > 0.99
    assert float(runner.text(source, "red house") @ text[0] / np.linalg.norm(text[0])) > 0.99


def test_words_of_another_network_lie_in_the_space_of_the_pictures(layouts: Path, runner: ModelRunner) -> None:
    source = sealed(check_model(layouts / "clip", layouts / "words"))
    assert source.reads_text and source.fingerprint != check_model(layouts / "clip").fingerprint
    assert {Path(name).parent.name for name, _sum in source.files} >= {"0_CLIPModel", "words", DENSE}
    assert runner.inspect(source).dim == DIM
    assert np.allclose(
        runner.image(source, pictures(1)[0]), runner.image(check_model(layouts / "clip"), pictures(1)[0]), atol=1e-5
    )
    words = runner.texts(source, ["Hund", "Strand", "dog"])
    assert words.shape == (3, DIM) and differ(words)
    assert not np.allclose(words[2], runner.text(check_model(layouts / "clip"), "dog"), atol=0.1)


def test_words_of_another_size_than_the_pictures_are_refused(
    layouts: Path, runner: ModelRunner, tmp_path: Path
) -> None:
    other = make_words(tmp_path / "words", dim=DIM + 8)
    with pytest.raises(ModelRefusedError, match="don't belong together"):
        runner.inspect(check_model(layouts / "clip", other))
