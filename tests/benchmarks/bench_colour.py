"""Photos by palette: how right the first ten are, and how long an answer takes in a large library."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.big_library import big_library
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.search import PaletteColour, SimilarRequest
from desktop_app.engine.descriptors.colour_difference import ciede2000
from desktop_app.engine.descriptors.pixels import lab
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile

PALETTES, OF_EACH, OTHERS = 40, 12, 700
APART = 24.0  # ΔE00 between two colours of one palette, at least
QUESTIONS = 40
LIMIT_MS = {100_000: 450.0, 1_000_000: 150.0}


@dataclass(frozen=True, slots=True)
class Painted:
    """A photo to be: colours uint8 (n, 3) and their shares (n,)."""

    colours: NDArray[np.uint8]
    shares: NDArray[np.float64]

    def paint(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Blobs in these shares, with light, noise and soft edges, sRGB uint8 (160, 240, 3)."""
        import cv2

        field = cv2.GaussianBlur(rng.normal(size=(160, 240)), (0, 0), float(rng.uniform(6, 30)))
        order = rng.permutation(len(self.shares))
        edges = np.quantile(field, np.clip(np.cumsum(self.shares[order])[:-1], 0, 1))
        pixels = self.colours[order][np.searchsorted(edges, field)].astype(np.float64)
        light = cv2.GaussianBlur(rng.normal(size=(160, 240)), (0, 0), 40)
        pixels *= 1 + 0.06 * (light / np.abs(light).max())[..., None]
        pixels = cv2.GaussianBlur(pixels, (0, 0), 1.2) + rng.normal(0, 5, pixels.shape)
        return np.clip(pixels, 0, 255).astype(np.uint8)


def some_colours(rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Colours (count, 3) that are plainly different."""
    while True:
        colours = rng.integers(0, 256, (count, 3)).astype(np.uint8)
        points = lab(colours[None])[0]
        apart = ciede2000(points[:, None], points[None])[np.triu_indices(count, 1)]
        if apart.min(initial=np.inf) >= APART:
            return colours


def variations(rng: np.random.Generator, wanted: Painted) -> Iterator[Painted]:
    """Photos that hold the palette: weights and colours a little off, up to a quarter of the picture something else."""
    for _ in range(OF_EACH):
        shares = wanted.shares * rng.uniform(0.85, 1.15, len(wanted.shares))
        colours = np.clip(wanted.colours + rng.normal(0, 4, wanted.colours.shape), 0, 255).astype(np.uint8)
        rest = float(rng.uniform(0, 0.25))
        joined = np.concatenate([colours, some_colours(rng, 1)])
        yield Painted(joined, np.append(shares / shares.sum() * (1 - rest), rest))


def others(rng: np.random.Generator, palettes: list[Painted]) -> Iterator[Painted]:
    """What is not meant: other colours, the same in other amounts, and one colour of them replaced."""
    for number in range(OTHERS):
        asked = palettes[number % len(palettes)]
        count = len(asked.shares)
        if number % 3 == 0 or count == 1:
            made = int(rng.integers(1, 6))
            yield Painted(some_colours(rng, made), rng.dirichlet(np.full(made, 2.0)))
        elif number % 3 == 1:
            colours = asked.colours.copy()
            colours[int(np.argmax(asked.shares))] = some_colours(rng, 1)[0]
            yield Painted(colours, asked.shares)
        elif np.ptp(asked.shares) > 0.3:
            yield Painted(asked.colours, np.sort(asked.shares)[::-1][np.argsort(np.argsort(asked.shares))])


def painted_palettes(rng: np.random.Generator) -> list[Painted]:
    """One to five colours, evenly, two to one, or nine to one."""
    palettes: list[Painted] = []
    for number in range(PALETTES):
        count = number % 5 + 1
        shares = [np.ones(count), np.arange(1.0, count + 1), np.append(np.full(count - 1, 1.0), 9.0)][number % 3]
        palettes.append(Painted(some_colours(rng, count), shares / shares.sum()))
    return palettes


def asked_with(palette: Painted, k: int) -> SimilarRequest:
    """The request."""
    colours = tuple(
        PaletteColour((int(red), int(green), int(blue)), float(share))
        for (red, green, blue), share in zip(palette.colours, palette.shares, strict=True)
    )
    return SimilarRequest(colours=colours, k=k)


@benchmark("colour")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Photos by palette: precision at 10 on painted photos, and time in a large library."""
    yield from precision(sizes.workspace / "painted")
    yield from latency(sizes)


def precision(folder: Path) -> Iterator[Figure]:
    """Painted, written as JPEG, indexed, asked for."""
    rng = np.random.default_rng(5)
    palettes = painted_palettes(rng)
    pictures = folder / "photos"
    pictures.mkdir(parents=True, exist_ok=True)
    for number, palette in enumerate(palettes):
        for place, each in enumerate(variations(rng, palette)):
            Image.fromarray(each.paint(rng)).save(pictures / f"{number:02d}-{place:02d}.jpg", quality=85)
    for number, each in enumerate(others(rng, palettes)):
        Image.fromarray(each.paint(rng)).save(pictures / f"other-{number:03d}.jpg", quality=85)
    with Library.open(Profile.at(folder / "profile")) as library:
        library.add_root(pictures)
        for _progress in library.index(control=RunControl()):
            pass
        right: list[float] = []
        for number, palette in enumerate(palettes):
            reply = library.similar(asked_with(palette, 10))
            right.append(float(np.mean([hit.path.name.startswith(f"{number:02d}-") for hit in reply.hits])))
    chance = OF_EACH / len(list(pictures.iterdir()))
    yield Figure(
        "palette, precision at 10 on painted photos",
        float(np.mean(right)),
        "",
        chance,
        "chance",
        least=0.9,
        note=f"{PALETTES} palettes of 1 to 5 colours, worst {min(right):.1f}",
    )


def latency(sizes: Sizes) -> Iterator[Figure]:
    """The time of a whole answer, rows and all, with everything warm."""
    made = big_library(sizes.workspace, sizes.items)
    rng = np.random.default_rng(6)
    requests = [asked_with(each, 20) for each in painted_palettes(rng)[:QUESTIONS]]
    with Library.open(made.profile) as library:
        for request in requests[:3]:
            library.similar(request)
        seconds: list[float] = []
        stages: dict[str, float] = {}
        for request in requests:
            started = time.perf_counter()
            reply = library.similar(request)
            seconds.append(time.perf_counter() - started)
            for stage, spent in reply.timings.items():
                stages[stage] = stages.get(stage, 0.0) + spent * 1000 / len(requests)
    most = next((limit for size, limit in sorted(LIMIT_MS.items()) if sizes.items <= size), None)
    told = ", ".join(f"{stage} {spent:.0f}" for stage, spent in stages.items() if spent >= 1)
    yield Figure(f"palette, p50 of {QUESTIONS} at {sizes.items:,} items", float(np.median(seconds) * 1000), "ms")
    yield Figure(
        f"palette, p95 of {QUESTIONS} at {sizes.items:,} items",
        float(np.percentile(seconds, 95) * 1000),
        "ms",
        most=most,
        note=f"mean of the stages: {told}",
    )
