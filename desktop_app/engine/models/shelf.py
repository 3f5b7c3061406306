"""Which models a library uses: a small JSON file in its profile, beside the models' own folders."""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from desktop_app.domain.models import Speed
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.models.checking import ModelSource
from desktop_app.engine.models.download import Pins
from desktop_app.engine.spaces import Knots, meaning_space
from desktop_app.files import replacing

VERSION = 1


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model with vectors in the catalogue, or about to get them. ``complete``: it once covered the whole library."""

    name: str
    source: ModelSource
    dim: int
    device: str = "cpu"
    complete: bool = False
    knots: Knots = ()

    @property
    def spec(self) -> SpaceSpec:
        """Its space."""
        return meaning_space(self.source.version, self.dim)


@dataclass(frozen=True, slots=True)
class ShelfState:
    """``wanted`` and ``answering`` are fingerprints; they differ while the wanted one is being built.

    ``pins``: what the public models consisted of when they were first fetched, by name.
    """

    models: tuple[UsedModel, ...] = ()
    wanted: str = ""
    answering: str = ""
    drop_others: bool = False
    speeds: dict[str, Speed] = field(default_factory=dict[str, Speed])
    pins: dict[str, Pins] = field(default_factory=dict[str, Pins])

    def find(self, fingerprint: str) -> UsedModel | None:
        """The model with that fingerprint."""
        return next((model for model in self.models if model.source.fingerprint == fingerprint), None)

    def named(self, name: str) -> UsedModel | None:
        """The model of that name, whatever the case."""
        return next((model for model in self.models if model.name.lower() == name.lower()), None)

    def with_model(self, changed: UsedModel) -> "ShelfState":
        """With this model added, or in the place of the one with its fingerprint."""
        others = tuple(m for m in self.models if m.source.fingerprint != changed.source.fingerprint)
        return replace(self, models=(*others, changed))

    def without(self, gone: Iterable[UsedModel]) -> "ShelfState":
        """Without these, which no longer answer either."""
        prints = {model.source.fingerprint for model in gone}
        return replace(
            self,
            models=tuple(model for model in self.models if model.source.fingerprint not in prints),
            wanted="" if self.wanted in prints else self.wanted,
            answering="" if self.answering in prints else self.answering,
        )


class Shelf:
    """Reads the state once and writes it whole; losing the file costs the choice, never a vector."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changing = threading.Lock()
        self.state = self._read()

    def change(self, change: Callable[[ShelfState], ShelfState]) -> ShelfState:
        """Keep what ``change`` makes of the state. Raises OSError."""
        with self._changing:
            state = change(self.state)
            self._write(state)
            self.state = state
            return state

    def _write(self, state: ShelfState) -> None:
        document = {
            "version": VERSION,
            "wanted": state.wanted,
            "answering": state.answering,
            "drop_others": state.drop_others,
            "models": [_plain(model) for model in state.models],
            "speeds": {name: asdict(speed) for name, speed in state.speeds.items()},
            "pins": {name: asdict(pins) for name, pins in state.pins.items()},
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._path, private=True) as part:
            part.write_text(json.dumps(document, indent=1), "utf-8")

    def _read(self) -> ShelfState:
        try:
            document = json.loads(self._path.read_text("utf-8"))
            if document["version"] != VERSION:
                return ShelfState()
            return ShelfState(
                tuple(_model(each) for each in document["models"]),
                str(document["wanted"]),
                str(document["answering"]),
                bool(document.get("drop_others", False)),
                {name: Speed(**speed) for name, speed in document.get("speeds", {}).items()},
                {name: Pins(_pairs(p["commits"]), _pairs(p["files"])) for name, p in document.get("pins", {}).items()},
            )
        except (OSError, ValueError, KeyError, TypeError):
            return ShelfState()


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(first), str(second)) for first, second in rows)


def _plain(model: UsedModel) -> dict[str, Any]:
    source = asdict(model.source)
    source["folder"] = str(model.source.folder)
    source["text_folder"] = None if model.source.text_folder is None else str(model.source.text_folder)
    return {**{name: getattr(model, name) for name in ("name", "dim", "device", "complete", "knots")}, "source": source}


def _model(document: dict[str, Any]) -> UsedModel:
    given = cast("dict[str, Any]", document["source"])
    text = given["text_folder"]
    fields: dict[str, Any] = {
        **given,
        "folder": Path(given["folder"]),
        "text_folder": None if text is None else Path(text),
        "mean": tuple(given["mean"]),
        "std": tuple(given["std"]),
        "files": _pairs(given.get("files", [])),
    }
    source = ModelSource(**fields)
    knots = tuple((float(x), float(y)) for x, y in document["knots"])
    return UsedModel(
        str(document["name"]), source, int(document["dim"]), document["device"], bool(document["complete"]), knots
    )
