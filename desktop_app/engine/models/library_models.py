"""The models of one library: which there are, using one, describing the photos with it, and searching by words."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.models import ModelEntry, ModelInfo, ModelList, ModelState, Speed
from desktop_app.domain.progress import Progress
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.models import download, registry
from desktop_app.engine.models.checking import ModelRefusedError, ModelSource, check_model
from desktop_app.engine.models.encoding import NO_TORCH, has_torch
from desktop_app.engine.models.offers import Offers
from desktop_app.engine.models.preparing import prepared
from desktop_app.engine.models.reading_scale import photo_knots, word_scale
from desktop_app.engine.models.recommending import recommended
from desktop_app.engine.models.runner import ModelFailedError, ModelRunner
from desktop_app.engine.models.sealing import sealed
from desktop_app.engine.models.shelf import Shelf, ShelfState, UsedModel
from desktop_app.engine.models.unsealed import seal_older
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog, CatalogReader
    from desktop_app.engine.file_reading import FileReader
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.media.thumbnails import ThumbnailCache
    from desktop_app.engine.search.fusion import Percent

MEASURED = 20
"""Photos of the user's that a benchmark runs over."""
SAMPLE = 1500
"""Vectors that tell how a model's cosines lie."""


class LibraryModels:
    """``use``, ``describe``, ``remove`` on the writing thread; the rest from any."""

    def __init__(
        self,
        folder: Path,
        catalog: "Catalog",
        store: "IndexStore",
        files: "FileReader",
        thumbnails: "ThumbnailCache",
        reader: "Callable[[], CatalogReader]",
        on_new_space: Callable[[SpaceSpec], None],
        *,
        hub: str = download.HUB,
    ) -> None:
        self._catalog, self._store, self._files, self._thumbnails = catalog, store, files, thumbnails
        self._reader, self._on_new_space = reader, on_new_space
        self._shelf = Shelf(folder / "models.json")
        self.offers = Offers(folder, self._shelf, hub)
        self._runner = ModelRunner()
        self._problems: dict[str, set[ItemId]] = {}
        self._failed: set[str] = set()
        self._samples: dict[str, tuple[int, NDArray[np.float32]]] = {}
        self.tell_spaces()

    def close(self) -> None:
        """End the model's process and any download."""
        self.offers.close()
        self._runner.close()

    # what there is

    def listing(self) -> ModelList:
        """Models on offer and the user's own, with coverage, measured speed and the recommended one."""
        state = self._shelf.state
        reader = self._reader()
        total = reader.find("", limit=0, kind=Kind.PHOTO, state=State.PRESENT)[0]
        advised = recommended(total, state.speeds)
        models = [self._of_entry(each, state, total, advised) for each in registry.ENTRIES]
        models.sort(key=lambda model: not model.recommended)
        own = [model for model in state.models if registry.entry(model.name) is None]
        models += [self._info(_own_entry(model), model, state, total, model.source.folder) for model in own]
        return ModelList(tuple(models), "" if has_torch() else NO_TORCH)

    def _of_entry(self, entry: ModelEntry, state: ShelfState, total: int, advised: tuple[str, str]) -> ModelInfo:
        used = state.named(entry.name)
        info = self._info(entry, used, state, total, self.offers.folder(entry))
        if used is None:
            info = replace(info, state=self.offers.state(entry))
        return replace(info, recommended=advised[1] if advised[0] == entry.name else "")

    def _info(
        self, entry: ModelEntry, used: UsedModel | None, state: ShelfState, total: int, folder: Path | None
    ) -> ModelInfo:
        done, stands = 0, ModelState.READY
        if used is not None:
            done = len(self._reader().vector_items(used.spec.name, used.spec.version))
            fingerprint = used.source.fingerprint
            stands = ModelState.KEPT
            if fingerprint == state.wanted and not used.complete:
                stands = ModelState.BUILDING
            elif fingerprint in (state.answering, state.wanted):
                stands = ModelState.IN_USE
        return ModelInfo(
            entry.name,
            entry.title,
            entry.purpose,
            entry.licence,
            entry.dim if used is None else used.dim,
            entry.bytes if used is None else used.source.bytes,
            stands,
            reads_text=True if used is None else used.source.reads_text,
            is_local=registry.entry(entry.name) is None,
            folder=folder,
            done=done,
            total=total,
            speed=state.speeds.get(entry.name),
        )

    @property
    def answering(self) -> UsedModel | None:
        """The model whose space is searched."""
        return self._answering(self._shelf.state)

    @property
    def reads_words(self) -> bool:
        """Whether photos can be found by what words say."""
        model = self.answering
        return model is not None and model.source.reads_text

    @staticmethod
    def _answering(state: ShelfState) -> UsedModel | None:
        return state.find(state.answering) or state.find(state.wanted)

    # using one

    def examine(self, name: str, cwd: Path | None = None) -> UsedModel:
        """The model of that name or in that folder, loaded and run once. Raises KnownError with the reason."""
        called, source = self._source(name, cwd)
        known = self._shelf.state.find(source.fingerprint)
        inspection = self._runner.inspect(source)
        if inspection.side != source.side:
            source = replace(source, side=inspection.side)
        self._failed.discard(source.fingerprint)
        if known is not None:
            return replace(known, name=called, source=source, device=inspection.device)
        return UsedModel(called, source, inspection.dim, inspection.device)

    def _source(self, name: str, cwd: Path | None) -> tuple[str, ModelSource]:
        entry = registry.entry(name)
        if entry is not None:
            return entry.name, self.offers.source(entry)
        used = self._shelf.state.named(name)
        if used is not None:
            return used.name, sealed(check_model(used.source.folder, used.source.text_folder))
        place = ((cwd or Path.cwd()) / Path(name).expanduser()).resolve()
        if not place.exists():
            names = ", ".join(each.name for each in registry.ENTRIES)
            raise KnownError(f"There is no model and no folder called “{name}”. On offer: {names}.")
        source = sealed(check_model(place))
        return self._free_name(place, source), source

    def _free_name(self, place: Path, source: ModelSource) -> str:
        known = self._shelf.state.find(source.fingerprint)
        if known is not None:
            return known.name
        base = place.stem if place.is_file() else place.name
        taken = {each.name.lower() for each in (*registry.ENTRIES, *self._shelf.state.models)}
        return next(
            name for name in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if name.lower() not in taken
        )

    def use(self, model: UsedModel, *, drop_others: bool = False) -> ChangeSet:
        """Describe the photos with this one from now on; what answers goes on answering until that is done."""
        wanted = model.source.fingerprint
        self._keep(lambda state: replace(state.with_model(model), wanted=wanted, drop_others=drop_others))
        self._on_new_space(model.spec)
        if not len(self._lacking(model)):
            self._complete(model)
        return ChangeSet(membership=True)

    def stop_using(self) -> ChangeSet:
        """No model from now on; vectors and files are kept."""
        self._keep(lambda state: replace(state, wanted="", answering=""))
        return ChangeSet(membership=True)

    def remove(self, name: str) -> ChangeSet:
        """Give up a model's vectors, and its files where Akin fetched them; a folder of the user's is left alone."""
        state = self._shelf.state
        used, entry = state.named(name), registry.entry(name)
        has_files = entry is not None and self.offers.folder(entry) is not None
        if used is None and not has_files:
            raise KnownError(f"There is no model “{name}” here to remove. See “akin models list”.")
        if entry is not None and self.offers.state(entry) is ModelState.DOWNLOADING:
            raise KnownError(f"{entry.name} is being fetched. Cancel that first.")
        if used is not None:
            self._drop([used])
        if entry is not None and has_files:
            self._runner.rest()
            self.offers.delete(entry)
        return ChangeSet(membership=True)

    def drop_vectors(self, name: str) -> ChangeSet:
        """Give up the vectors of a model that is kept, not its files."""
        used = self._shelf.state.named(name)
        if used is None:
            raise KnownError(f"No photo is described with “{name}”.")
        self._drop([used])
        return ChangeSet(membership=True)

    def _drop(self, gone: list[UsedModel]) -> None:
        self._keep(lambda state: state.without(gone))
        for model in gone:
            self._catalog.drop_vectors(model.spec.name, model.spec.version)
            self._store.drop(model.spec)

    # describing

    def describe(self, control: RunControl) -> Iterator[Progress]:
        """All photos that lack a vector: with the model that is wanted, then with the one that answers meanwhile."""
        yield from seal_older(self._shelf, self._runner, control)
        for fingerprint in dict.fromkeys((self._shelf.state.wanted, self._shelf.state.answering)):
            model = self._shelf.state.find(fingerprint)
            if model is None or fingerprint in self._failed or control.cancelled:
                continue
            try:
                yield from self._describe(model, control)
            except (ModelRefusedError, ModelFailedError):  # it would fail again; a full disk may not
                self._failed.add(fingerprint)
                raise

    def _describe(self, model: UsedModel, control: RunControl) -> Iterator[Progress]:
        from desktop_app.engine.models.describing import Describer

        absent = 0
        if len(self._lacking(model)):
            describer = Describer(
                model,
                self._runner,
                self._catalog,
                self._store,
                pool=self._files.pool,
                thumbnails=self._thumbnails,
                problems=self._problems.setdefault(model.source.fingerprint, set()),
            )
            yield from describer.run(control)
            absent = describer.absent
        state, mine = self._shelf.state, model.source.fingerprint
        ended = not control.cancelled and not absent and state.find(mine) == model
        if ended and (not model.complete or (state.wanted == mine != state.answering)):
            self._complete(model)

    def _lacking(self, model: UsedModel) -> NDArray[np.int64]:
        lacking = self._catalog.items_without_vectors(model.spec.name, model.spec.version, Kind.PHOTO)
        problems = self._problems.get(model.source.fingerprint, set())
        return lacking[~np.isin(lacking, np.asarray(sorted(problems), np.int64))]

    def _complete(self, model: UsedModel) -> None:
        """It covers the library: from now on it answers."""
        done = replace(model, complete=True, knots=photo_knots(self._sample(model)))
        mine = model.source.fingerprint

        def change(state: ShelfState) -> ShelfState:
            state = state.with_model(done)
            return replace(state, answering=mine) if state.wanted == mine else state

        state = self._keep(change)
        if state.drop_others and state.answering == mine:
            self._drop([each for each in state.models if each.source.fingerprint != mine])

    def _sample(self, model: UsedModel) -> NDArray[np.float32]:
        """Up to ``SAMPLE`` vectors, spread over the library: (n, dim)."""
        spec, reader = model.spec, self._reader()
        ids = reader.vector_items(spec.name, spec.version)
        ids = ids[:: max(1, -(-len(ids) // SAMPLE))]
        return np.asarray(reader.vectors_of_items(spec.name, spec.version, ids)[1], np.float32)

    def _sample_at_hand(self, model: UsedModel) -> NDArray[np.float32]:
        """The sample, read again once there are a tenth more or fewer vectors: it costs more than the words do."""
        count = self._store.open_space(model.spec).count
        known = self._samples.get(model.source.fingerprint)
        if known is None or abs(count - known[0]) > known[0] // 10:
            known = count, self._sample(model)
            self._samples = {model.source.fingerprint: known}
        return known[1]

    def _keep(self, change: Callable[[ShelfState], ShelfState]) -> ShelfState:
        try:
            state = self._shelf.change(change)
        except OSError as error:
            raise KnownError(f"The choice of model can't be kept: {error.strerror or error}.") from error
        self.tell_spaces()
        return state

    def tell_spaces(self) -> None:
        """Have the library's registry know the models' spaces."""
        state = self._shelf.state
        answering = self._answering(state)
        self._store.spaces.set_models(
            [model.spec for model in state.models],
            None if answering is None else answering.spec,
            whole=answering is not None and answering.complete,
            knots=() if answering is None else answering.knots,
        )

    # searching

    @property
    def answers_at_once(self) -> bool:
        """Whether a photo or words need not wait for a network to be loaded: ONNX is quick, torch takes seconds."""
        model = self.answering
        return model is not None and (model.source.form == "onnx" or self._runner.is_warm(model.source))

    def warm(self) -> None:
        """Have the model that answers loaded soon."""
        model = self.answering
        if model is not None and model.source.fingerprint not in self._failed:
            self._runner.warm(model.source)

    def photo_vector(self, path: Path) -> NDArray[np.float32] | None:
        """(dim,) of a photo outside the library in the space that answers; None without a model."""
        model = self.answering
        if model is None or model.source.fingerprint in self._failed:
            return None
        pixels = self._files.pool.schedule(
            prepared, (path, None, model.source.side, model.source.crop), urgent=True
        ).result()
        return self._runner.image(model.source, pixels)

    def word_vector(self, text: str) -> "tuple[NDArray[np.float32], Percent]":
        """(dim,) of words in the space that answers, and how its cosines with photos read. Raises KnownError."""
        model = self.answering
        if model is None:
            raise KnownError(registry.NO_MODEL)
        if not model.source.reads_text:
            raise KnownError(f"The model in use, {model.name}, sees pictures and reads no words. Use a CLIP or SigLIP.")
        vector = self._runner.text(model.source, text)
        return vector, word_scale(vector, self._sample_at_hand(model))

    # measuring

    def benchmark(self, name: str, cwd: Path | None = None) -> Speed:
        """Images a second over ``MEASURED`` of the library's photos, decoding and all. Raises KnownError."""
        called, source = self._source(name, cwd)
        reader = self._reader()
        found = reader.matching_ids("kind:photo state:present")
        total = 0 if found is None else len(found)
        if found is None or not total:
            raise KnownError("There are no photos in the library to measure with. Add a folder first.")
        chosen = reader.rows(found[:: max(1, total // MEASURED)][:MEASURED])
        inspection = self._runner.inspect(source)
        self._runner.result_of(self._runner.images(source, _blank(len(chosen), inspection.side)))  # warm
        started = time.perf_counter()
        pending = [
            self._files.pool.schedule(
                prepared,
                (row.path, self._thumbnails.path_of(row.content_hash or "0000"), inspection.side, source.crop),
                urgent=True,
            )
            for row in chosen
        ]
        pixels: list[NDArray[np.uint8]] = []
        for future in pending:
            with suppress(KnownError):
                pixels.append(future.result())
        if not pixels:
            raise KnownError("None of the photos can be read at present: are their folders there?")
        self._runner.result_of(self._runner.images(source, np.stack(pixels)))
        rate = len(pixels) / (time.perf_counter() - started)
        speed = Speed(round(rate, 2), round(total / rate, 1), len(pixels), inspection.device, inspection.dtype)
        self._keep(lambda state: replace(state, speeds={**state.speeds, called: speed}))
        return speed


def _blank(count: int, side: int) -> NDArray[np.uint8]:
    return np.zeros((count, side, side, 3), np.uint8)


def _own_entry(model: UsedModel) -> ModelEntry:
    source = model.source
    purpose = f"Your own, from {source.folder}."
    if not source.reads_text:
        purpose = f"Your own image encoder, from {source.folder}; it reads no words."
    return ModelEntry(
        model.name, model.name, purpose, "as its maker says", model.dim, source.side, source.bytes, 1.0, ()
    )
