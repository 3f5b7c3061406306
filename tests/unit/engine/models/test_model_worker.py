"""Pictures and words through the real loading code, in a process of its own, with random weights."""

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
from fixtures.tiny_clip import DIM, SIDE, as_sentence_transformers

from desktop_app.engine.models.checking import ModelRefusedError, check_model
from desktop_app.engine.models.runner import ModelRunner
from desktop_app.engine.models.sealing import sealed


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """(count, SIDE, SIDE, 3)"""
    return np.random.default_rng(seed).integers(0, 255, (count, SIDE, SIDE, 3), np.uint8)


def test_pictures_and_words_become_unit_vectors_of_one_space(clip_folder: Path, runner: ModelRunner) -> None:
    source = check_model(clip_folder)
    assert (source.side, source.crop, source.reads_text, source.form) == (SIDE, True, True, "transformers")
    inspection = runner.inspect(source)
    assert (inspection.dim, inspection.side) == (DIM, SIDE) and inspection.dtype in ("float32", "bfloat16")
    found = runner.result_of(runner.images(source, pictures(5)))
    assert found.shape == (5, DIM) and found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    assert np.linalg.matrix_rank(found, tol=0.02) > 1
    words = runner.texts(source, ["dog on the beach", "red house"])
    assert words.shape == (2, DIM) and not np.allclose(words[0], words[1])
    assert np.allclose(runner.image(source, pictures(1)[0]), found[0], atol=0.03)


def test_both_layouts_give_the_same_vectors(clip_folder: Path, runner: ModelRunner, tmp_path: Path) -> None:
    other = check_model(as_sentence_transformers(clip_folder, tmp_path / "st"))
    assert other.form == "sentence-transformers" and other.side == SIDE
    first = runner.result_of(runner.images(check_model(clip_folder), pictures(3)))
    second = runner.result_of(runner.images(other, pictures(3)))
    rounded = 0.02  # each load measures anew whether bfloat16 is faster, and that rounds
    assert np.allclose(first, second, atol=rounded)
    words = [runner.text(each, "green tree") for each in (check_model(clip_folder), other)]
    assert np.allclose(words[0], words[1], atol=rounded)


def test_a_worker_killed_in_the_middle_loses_nothing(clip_folder: Path, runner: ModelRunner) -> None:
    source = check_model(clip_folder)
    expected = [runner.result_of(runner.images(source, pictures(8, seed))) for seed in range(6)]
    others = set(psutil.Process().children())
    with closing(ModelRunner()) as fragile:
        waiting = [fragile.images(source, pictures(8, seed)) for seed in range(6)]
        waiting[1].result()
        (worker,) = set(psutil.Process().children()) - others
        worker.kill()
        for future, vectors in zip(waiting, expected, strict=True):
            assert np.allclose(fragile.result_of(future), vectors, atol=0.02)
        assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


def test_weights_that_do_not_fit_their_configuration_are_a_sentence(
    clip_folder: Path, runner: ModelRunner, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(clip_folder, tmp_path / "odd"))
    config = (folder / "config.json").read_text("utf-8")
    (folder / "config.json").write_text(config.replace('"clip"', '"no_such_family"'), "utf-8")
    with pytest.raises(ModelRefusedError, match=r"can't be loaded"):
        runner.inspect(check_model(folder))
    assert runner.inspect(check_model(clip_folder)).dim == DIM  # the worker goes on


def test_files_that_changed_since_the_model_was_chosen_are_not_loaded(clip_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(clip_folder, tmp_path / "sealed"))
    (folder / "pytorch_model.bin").write_bytes(b"not opened")
    source = sealed(check_model(folder))
    assert {Path(name).name for name, _checksum in source.files} >= {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
    }
    assert not any(name.endswith(".bin") for name, _checksum in source.files)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    with closing(ModelRunner()) as runner:
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(ModelRefusedError, match=r"model\.safetensors .* has changed"):
            runner.inspect(source)
        (folder / "tokenizer.json").unlink()
        weights.write_bytes(whole)
        with pytest.raises(ModelRefusedError, match="can't be read any more"):
            runner.inspect(source)
        (folder / "tokenizer.json").write_bytes((clip_folder / "tokenizer.json").read_bytes())
        for name in ("modules.json", "1_Dense/model.safetensors", "added_tokens.json"):
            added = folder / name
            added.parent.mkdir(exist_ok=True)
            added.write_bytes(b"{}")
            with pytest.raises(ModelRefusedError, match=rf"{added.name} .* was not there"):
                runner.inspect(source)
            added.unlink()
        for name in ("notes.md", "._config.json"):
            (folder / name).write_text("read by nobody", "utf-8")
        assert runner.inspect(source).dim == DIM


def test_a_model_without_a_seal_is_loaded_only_with_the_weights_that_were_chosen(
    clip_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(clip_folder, tmp_path / "older"))
    source = check_model(folder)
    with closing(ModelRunner()) as runner:
        assert runner.result_of(runner.seal(source)) == sealed(source)
        assert not runner.is_warm(source), "sealing loads nothing"
        weights = folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(ModelRefusedError, match="has changed since it was chosen"):
            runner.result_of(runner.seal(source))
        with pytest.raises(ModelRefusedError, match="has changed since it was chosen"):
            runner.inspect(source)
