"""The spaces of one library: those that Akin brings along, and those of the models its user has chosen.

Each model's space is called ``meaning`` and told from the others by its version, which is of the model's weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec

if TYPE_CHECKING:
    from desktop_app.engine.search.fusion import Fusion

MEANING = "meaning"

Knots = tuple[tuple[float, float], ...]

# With a model, by judgement and not by measurement: no real weights could be had where this was written. The published
# precision of CLIP on classes of objects lies far above that of ``look``, which still knows layout and near duplicates.
WEIGHTS_WITH_MEANING: Mapping[str, float] = MappingProxyType({MEANING: 0.6, "look": 0.32, "colour": 0.08})


def meaning_space(version: int, dim: int) -> SpaceSpec:
    """The space of a model."""
    return SpaceSpec(MEANING, version, Kind.PHOTO, dim, Metric.COSINE, dim, "Meaning")


@dataclass(frozen=True, slots=True)
class _Models:
    """``answering`` is searched as ``meaning``; ``whole``: it covers the library, so the default search uses it."""

    specs: tuple[SpaceSpec, ...] = ()
    answering: SpaceSpec | None = None
    whole: bool = False
    knots: Knots = field(default=())


class SpaceRegistry:
    """Which spaces there are at this moment. Safe from any thread: a change is one assignment."""

    def __init__(self) -> None:
        self._models = _Models()

    def set_models(
        self, specs: Sequence[SpaceSpec], answering: SpaceSpec | None, *, whole: bool, knots: Knots = ()
    ) -> None:
        """The models' spaces that have or get vectors, the one that answers, and how its cosines read to people."""
        self._models = _Models(tuple(specs), answering, whole and answering is not None, knots)

    @property
    def of_models(self) -> tuple[SpaceSpec, ...]:
        """Every model's space, also those that are kept or only being built."""
        return self._models.specs

    @property
    def meaning(self) -> SpaceSpec | None:
        """The model's space that answers."""
        return self._models.answering

    @property
    def whole(self) -> bool:
        """Whether the default search counts on ``meaning``."""
        return self._models.whole

    def named(self) -> dict[str, SpaceSpec]:
        """By the names that people use; ``meaning`` is the one that answers."""
        from desktop_app.engine.descriptors.spaces import SPACES

        found = dict(SPACES)
        if (meaning := self._models.answering) is not None:
            found[MEANING] = meaning
        return found

    def all_named(self) -> dict[str, SpaceSpec]:
        """The same, with the spaces of models that don't answer at present, which go by their version."""
        others = {f"{spec.name}-{spec.version}": spec for spec in self.of_models if spec != self.meaning}
        return {**self.named(), **others}

    def searched(self) -> list[SpaceSpec]:
        """Every space that has an index."""
        from desktop_app.engine.descriptors.spaces import SPACES

        return [*(spec for spec in SPACES.values() if spec.metric is not Metric.NONE), *self._models.specs]

    def percent(self, space: str, score: NDArray[np.floating]) -> NDArray[np.float32]:
        """Raw scores → 0..1; those of a model by what its cosines are between the photos of this library."""
        from desktop_app.engine.descriptors.spaces import percent

        knots = self._models.knots
        if space != MEANING or not knots:
            return percent(space, score)
        raw = np.nan_to_num(np.asarray(score, np.float64), nan=-1.0)
        return np.interp(raw, [x for x, _ in knots], [y for _, y in knots]).astype(np.float32)

    def fusion(self) -> "Fusion":
        """For a search that begins now."""
        from desktop_app.engine.descriptors.spaces import DEFAULT_WEIGHTS
        from desktop_app.engine.search.fusion import Fusion

        weights = dict(DEFAULT_WEIGHTS)
        if self._models.whole:
            weights[Kind.PHOTO] = WEIGHTS_WITH_MEANING
        return Fusion(self.named(), weights, self.percent)
