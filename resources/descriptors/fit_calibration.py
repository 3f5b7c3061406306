"""Fit the 0–100 % scale of each space, and the weights of the default search, from labelled photos and tracks.

    PYTHONPATH=.:tests python resources/descriptors/fit_calibration.py FOLDER [--workspace DIR] [--check]

FOLDER holds ``photos.csv`` and ``tracks.csv`` (``path,label``). Run it again whenever the version of a space is raised;
the vectors are computed once and kept in the workspace. Deterministic. ``--check`` writes nothing: it fits on every
other class and says how the pairs of the remaining classes read. Spaces without material keep their scale.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.labelled import Material, photo_material, searched_scores, track_material
from numpy.typing import NDArray

from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.search.fusion import raw_scores

TARGET = Path(__file__).with_name("calibration.json")
NEAR_COPIES = {"phash": ("re-encoded", "resized")}  # alterations that a space is made to see through; others: all
CLOSEST = 5  # of an item's own class: what people are shown of it first
UNRELATED, ALIKE, SAME = 0.27, 0.68, 0.955  # what the 95th percentile, the median, the 5th percentile are to read
LEAST_GAP = 0.01  # between two knots, in raw scores
COLOUR_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
COST = 0.01  # of precision that a share of colour may cost on objects, for what it does for scenes: relative


@dataclass(frozen=True, slots=True)
class Pairs:
    """Raw scores of one space: unrelated pairs, pairs of one class, an item's closest of its class, near duplicates."""

    unrelated: NDArray[np.float32]
    one_class: NDArray[np.float32]
    closest: NDArray[np.float32]
    near: NDArray[np.float32]


def pairs_of(material: Material, spec: SpaceSpec, chosen: NDArray[np.bool_]) -> Pairs:
    """Among the chosen items (n,) of the material."""
    rows, labels = material.vectors[spec.name][chosen], material.labels[chosen]
    scores = searched_scores(spec, rows, rows, own=True)
    upper = np.triu(np.ones(scores.shape, bool), 1)
    same = labels[:, None] == labels[None]
    own = np.where(same & ~np.eye(len(rows), dtype=bool), scores, -np.inf)
    nearest = np.sort(own, axis=1)[:, ::-1][:, :CLOSEST]
    kept = chosen[material.copied]
    near: list[NDArray[np.float32]] = []
    for name, vectors in material.copies.items():
        if name in NEAR_COPIES.get(spec.name, (name,)):
            originals = material.vectors[spec.name][material.copied[kept]]
            near += [
                raw_scores(spec, a[None], b[None])[0] for a, b in zip(originals, vectors[spec.name][kept], strict=True)
            ]
    return Pairs(scores[upper & ~same], scores[upper & same], nearest[np.isfinite(nearest)], np.concatenate(near))


def knots_of(pairs: Pairs) -> list[tuple[float, float]]:
    """The bends of the scale, both columns ascending."""
    low, middle, high = np.quantile(pairs.unrelated, (0.02, 0.5, 0.95))
    same = float(np.quantile(pairs.near, 0.05))
    wanted = [(float(low), 0.0), (float(middle), 0.1), (float(high), UNRELATED)]
    # The median pair of one class where the space tells classes apart at all, else what it finds of them first.
    for alike in (float(np.median(pairs.one_class)), float(np.median(pairs.closest))):
        if high + LEAST_GAP < alike < same - LEAST_GAP:
            wanted.append((alike, ALIKE))
            break
    wanted += [(same, SAME), (1.0, 1.0)]
    knots: list[tuple[float, float]] = []
    for raw, read in wanted:
        if knots and raw < knots[-1][0] + 1e-4:
            raw = knots[-1][0] + 1e-4  # noqa: PLW2901
        knots.append((round(raw, 4), read))
    return knots


def read(knots: list[tuple[float, float]], raw: NDArray[Any]) -> NDArray[np.float64]:
    """What people read."""
    return np.interp(raw, [x for x, _ in knots], [y for _, y in knots])


def told(knots: list[tuple[float, float]], pairs: Pairs) -> str:
    """How pairs read, in a line."""
    unrelated, one_class, closest, near = (
        read(knots, part) for part in (pairs.unrelated, pairs.one_class, pairs.closest, pairs.near)
    )
    return (
        f"unrelated: median {np.median(unrelated):.2f}, below 0.30 {np.mean(unrelated < 0.3):.1%}; "
        f"one class: quartiles {np.quantile(one_class, 0.25):.2f} {np.median(one_class):.2f} "
        f"{np.quantile(one_class, 0.75):.2f}; its closest {np.quantile(closest, 0.25):.2f} {np.median(closest):.2f} "
        f"{np.quantile(closest, 0.75):.2f}; near duplicates: 5th percentile {np.quantile(near, 0.05):.3f}, "
        f"median {np.median(near):.3f}, at least 0.95 {np.mean(near >= 0.95):.1%}"
    )


def checked(materials: list[Material]) -> None:
    """Fit on every other class, read the others."""
    for material in materials:
        for name in material.vectors:
            for half in (0, 1):
                known = pairs_of(material, SPACES[name], material.labels % 2 == half)
                unseen = pairs_of(material, SPACES[name], material.labels % 2 != half)
                sys.stdout.write(f"{name}, other classes: {told(knots_of(known), unseen)}\n")


def colour_share(material: Material, scales: dict[str, list[tuple[float, float]]]) -> float:
    """The largest share of ``colour`` beside ``look`` that costs next to nothing on objects."""
    parts = {
        name: read(scales[name], searched_scores(SPACES[name], *[material.vectors[name]] * 2, own=True))
        for name in ("look", "colour")
    }
    found: dict[float, float] = {}
    for share in COLOUR_SHARES:
        scores = (1 - share) * parts["look"] + share * parts["colour"]
        np.fill_diagonal(scores, -1)
        nearest = np.argpartition(-scores, 10, axis=1)[:, :10]
        found[share] = float((material.labels[nearest] == material.labels[:, None]).mean())
    sys.stdout.write(
        "precision at 10 by share of colour: " + ", ".join(f"{s:g} {p:.3f}" for s, p in found.items()) + "\n"
    )
    return max(share for share, precision in found.items() if precision >= (1 - COST) * max(found.values()))


def main() -> None:
    """Read, fit, write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = options.workspace or Path(temporary)
        materials = [photo_material(options.folder, workspace), track_material(options.folder, workspace)]
    found = [material for material in materials if material is not None]
    if options.check:
        checked(found)
        return
    stored = json.loads(TARGET.read_text("utf-8"))
    scales: dict[str, list[tuple[float, float]]] = {}
    for material in found:
        for name in material.vectors:
            pairs = pairs_of(material, SPACES[name], np.ones(len(material.labels), bool))
            scales[name] = knots_of(pairs)
            stored["spaces"][name] = {"version": SPACES[name].version, "knots": scales[name]}
            sys.stdout.write(f"{name}: {scales[name]}\n  {told(scales[name], pairs)}\n")
        if "look" in material.vectors:
            share = colour_share(material, scales)
            stored["weights"]["photo"] = {"look": round(1 - share, 2), "colour": share}
    TARGET.write_text(_document(stored), "utf-8")


def _document(stored: dict[str, Any]) -> str:
    """One line a space."""
    spaces = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in stored["spaces"].items())
    weights = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in stored["weights"].items())
    return f'{{\n "spaces": {{\n{spaces}\n }},\n "weights": {{\n{weights}\n }}\n}}\n'


if __name__ == "__main__":
    main()
