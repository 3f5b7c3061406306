"""A model in a real library: chosen, photos described with it, searched by words; switching, killing, removing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from fixtures.media import picture, write_photo
from fixtures.tiny_clip import DIM, make_clip, need_torch

from desktop_app.domain.models import ModelState
from desktop_app.domain.progress import Phase
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.library import Library
from desktop_app.engine.models.runner import ModelRunner
from desktop_app.engine.models.shelf import Shelf
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError
from desktop_app.paths import Profile

COUNT = 45


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two tiny models with other weights."""
    need_torch()
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "first", seed=1), make_clip(folder / "second", seed=2, dim=16)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos, one of them twice."""
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(COUNT - 1):
        write_photo(folder / f"photo{seed:02}.jpg", picture(seed))
    shutil.copy(folder / "photo00.jpg", folder / "copy.jpg")
    return folder


@pytest.fixture
def library(profile: Profile, photos: Path) -> Iterator[Library]:
    """The photos, indexed."""
    with Library.open(profile, jobs=2) as library:
        library.add_root(photos)
        run(library.index(control=RunControl()))
        yield library


def run(steps: Iterator[object]) -> None:
    for _step in steps:
        pass


def use(library: Library, folder: Path, *, drop_others: bool = False) -> None:
    library.models.use(library.models.examine(str(folder)), drop_others=drop_others)


def describe(library: Library) -> list[object]:
    return list(library.describe_photos(control=RunControl()))


def runner_of(library: Library) -> ModelRunner:
    return library.models._runner  # pyright: ignore[reportPrivateUsage]


def vectors(library: Library) -> int:
    spec = library.store.spaces.meaning
    return 0 if spec is None else len(library.reader.vector_items(spec.name, spec.version))


def test_photos_are_described_found_by_words_and_alike(library: Library, clips: tuple[Path, Path]) -> None:
    item = library.find("photo07")[1][0].id
    assert {part.space for part in library.similar(SimilarRequest(items=(item,))).hits[0].parts} <= {"look", "colour"}
    with pytest.raises(KnownError, match="model"):
        library.similar(SimilarRequest(text="a dog"))
    use(library, clips[0])
    steps = describe(library)
    assert any(step.phase is Phase.DESCRIBING and step.total == COUNT for step in steps)  # type: ignore[attr-defined]
    assert vectors(library) == COUNT  # the copy has its vector too
    assert library.store.open_space(library.store.spaces.meaning).count == COUNT  # type: ignore[arg-type]

    reply = library.similar(SimilarRequest(items=(item,), k=5))
    assert "meaning" in {part.space for part in reply.hits[0].parts}
    assert [hit.score for hit in reply.hits] == sorted((hit.score for hit in reply.hits), reverse=True)
    words = library.similar(SimilarRequest(text="dog on the beach", k=5))
    assert len(words.hits) == 5 and words.hits[0].parts[0].space == "meaning"
    other = library.similar(SimilarRequest(text="red house", k=5))
    assert [hit.id for hit in words.hits] != [hit.id for hit in other.hits]
    vector = library.item_vectors(item)["meaning"]
    assert vector.dim == DIM and vector.norm == pytest.approx(1, abs=0.01)


def test_a_file_from_outside_finds_its_copy_in_the_space(
    library: Library, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    use(library, clips[0])
    describe(library)
    outside = write_photo(tmp_path / "outside.png", picture(9))
    reply = library.similar(SimilarRequest(files=(outside,), space="meaning", k=3))
    assert reply.hits[0].path.name == "photo09.jpg" and reply.hits[0].score > 0.7
    warm = library.similar(SimilarRequest(files=(outside,)))
    assert "meaning" in {part.space for part in warm.hits[0].parts} and not warm.notes


def test_a_file_is_compared_without_a_model_that_would_have_to_be_loaded_first(
    library: Library, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    use(library, clips[0])
    describe(library)
    runner_of(library).rest()
    outside = write_photo(tmp_path / "outside.png", picture(9))
    cold = library.similar(SimilarRequest(files=(outside,)))
    assert "meaning" not in {part.space for part in cold.hits[0].parts} and "--space meaning" in cold.notes[0]
    assert not library.models.answers_at_once  # a command that ends does not begin to load it
    library.stay_open()
    assert "being loaded" in library.similar(SimilarRequest(files=(outside,))).notes[0]
    runner_of(library).run(int)  # after what was begun
    assert library.models.answers_at_once
    warm = library.similar(SimilarRequest(files=(outside,)))
    assert "meaning" in {part.space for part in warm.hits[0].parts} and not warm.notes


def test_switching_lets_the_old_one_answer_until_the_new_one_is_whole(
    library: Library, clips: tuple[Path, Path]
) -> None:
    use(library, clips[0])
    describe(library)
    first = library.store.spaces.meaning
    use(library, clips[1])
    assert library.store.spaces.meaning == first
    steps = library.describe_photos(control=RunControl())
    while library.models.listing().models[-1].done == 0:
        next(steps)
    building = library.models.listing()
    assert [model.state for model in building.models[-2:]] == [ModelState.IN_USE, ModelState.BUILDING]
    assert library.similar(SimilarRequest(text="tree", k=1)).hits
    run(steps)
    second = library.store.spaces.meaning
    assert second is not None and second != first and second.dim == 16
    assert [model.state for model in library.models.listing().models[-2:]] == [ModelState.KEPT, ModelState.IN_USE]
    library.models.remove("first")
    assert [model.name for model in library.models.listing().models if model.is_local] == ["second"]
    assert clips[0].is_dir()  # the user's own folder is never touched
    use(library, clips[0], drop_others=True)
    describe(library)
    assert [model.name for model in library.models.listing().models if model.is_local] == ["first"]


def test_a_stopped_build_is_taken_up_in_the_next_session(
    profile: Profile, photos: Path, clips: tuple[Path, Path]
) -> None:
    with Library.open(profile, jobs=2) as library:
        library.add_root(photos)
        run(library.index(control=RunControl()))
        use(library, clips[0])
        steps = library.describe_photos(control=RunControl())
        while vectors(library) == 0:
            next(steps)
        steps.close()  # type: ignore[attr-defined]
        before = vectors(library)
        assert 0 < before < COUNT
    with Library.open(profile, jobs=2) as library:
        run(library.prepare_indexes())
        assert vectors(library) == before
        model = library.models.listing().models[-1]
        assert (model.state, model.done, model.total) == (ModelState.BUILDING, before, COUNT)
        totals = [step.total for step in describe(library)]  # type: ignore[attr-defined]
        assert totals[0] == COUNT - before
        assert library.models.listing().models[-1].coverage == 1.0
    with Library.open(profile, jobs=2) as library:
        run(library.prepare_indexes())
        assert library.store.spaces.whole and describe(library) == []
        assert library.store.open_space(library.store.spaces.meaning).count == COUNT  # type: ignore[arg-type]


def test_the_models_process_killed_while_describing_costs_nothing(library: Library, clips: tuple[Path, Path]) -> None:
    use(library, clips[0])
    steps = library.describe_photos(control=RunControl())
    next(steps)
    worker = max(psutil.Process().children(), key=lambda child: child.memory_info().rss)
    worker.kill()
    run(steps)
    assert vectors(library) == COUNT


def test_new_and_changed_photos_get_their_vector_and_the_old_one_goes(
    profile: Profile, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for seed in range(4):
        write_photo(folder / f"{seed}.jpg", picture(seed))
    with Library.open(profile, jobs=2) as library:
        library.add_root(folder)
        run(library.index(control=RunControl()))
        use(library, clips[0])
        describe(library)
        item = library.find("0.jpg")[1][0].id
        before = library.item_vectors(item)["meaning"].values
        write_photo(folder / "0.jpg", picture(99))
        write_photo(folder / "new.jpg", picture(50))
        run(library.index(control=RunControl()))
        index = library.store.open_space(library.store.spaces.meaning)  # type: ignore[arg-type]
        assert item not in index.ids() and "meaning" not in library.item_vectors(item)
        describe(library)
        assert index.count == 5 and not np.allclose(library.item_vectors(item)["meaning"].values, before)


def test_photos_that_are_away_for_a_moment_are_described_later(
    profile: Profile, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    for seed in range(4):
        write_photo(folder / f"{seed}.jpg", picture(seed))
    with Library.open(profile, jobs=1) as library:
        library.add_root(folder)
        run(library.index(control=RunControl()))
        shutil.rmtree(profile.thumbnail_dir)
        folder.rename(tmp_path / "unplugged")
        use(library, clips[0])
        describe(library)
        assert library.models.listing().models[-1].state is ModelState.BUILDING and vectors(library) == 0
        (tmp_path / "unplugged").rename(folder)
        (folder / "2.jpg").write_bytes(b"no picture any more")
        describe(library)
        assert vectors(library) == 3 and library.models.listing().models[-1].state is ModelState.IN_USE


def test_a_model_that_was_used_before_there_were_seals_is_sealed_once(
    library: Library, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(clips[0], tmp_path / "older"))
    use(library, folder)
    shelf = library.models._shelf  # pyright: ignore[reportPrivateUsage]
    whole = shelf.state.models[0]
    older = replace(whole, source=replace(whole.source, files=()))
    shelf.change(lambda state: state.with_model(older))
    describe(library)
    assert shelf.state.models[0].source.files == whole.source.files
    assert Shelf(library.profile.models_dir / "models.json").state.models[0].source.files == whole.source.files

    shelf.change(lambda state: state.with_model(older))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    runner_of(library).rest()
    describe(library)  # nothing is lacking; what it is refused for is told to the one who asks
    assert shelf.state.models[0].source.files == ()
    with pytest.raises(KnownError, match="has changed since it was chosen"):
        library.models.word_vector("a dog")
