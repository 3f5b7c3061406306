"""A palette as a distribution of colours, how well photos hold it, and the palette of a photo."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.search import PaletteColour
from desktop_app.engine.descriptors.colour import bin_colours
from desktop_app.engine.descriptors.colour_difference import ciede2000
from desktop_app.engine.descriptors.pixels import lab
from desktop_app.engine.search.colour_signature import signatures
from desktop_app.engine.search.colour_transport import transport_costs

ALIKE = 12.0  # ΔE00 at which two colours count as about 60 % the same; beyond 30 as different
SPREAD = 6.0  # ΔE00 that the target for the index is spread over: by measurement, see ARCHITECTURE.md
FREE = 0.5  # the part of a picture that a partial match looks for; the rest may be anything
WHOLE = 0.5  # weight of the match of the whole picture beside the partial one
MOST_COLOURS = 5
DISTINCT = 10.0  # ΔE00 between two colours of a photo's palette, at least
LEAST_SHARE = 0.03  # of a photo, for a colour of its palette


def palette_points(palette: Sequence[PaletteColour]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (k,), of sum 1, and Lab colours (k, 3)."""
    weights = np.array([colour.weight for colour in palette], np.float64)
    pixels = np.array([[colour.rgb for colour in palette]], np.uint8)
    return weights / weights.sum(), lab(pixels)[0].astype(np.float64)


def palette_target(palette: Sequence[PaletteColour]) -> NDArray[np.float32]:
    """What an index of ``colour`` is asked with: its Hellinger histogram (1152,), spread over what looks alike."""
    weights, colours = palette_points(palette)
    nearness = np.exp(-((ciede2000(colours[:, None], bin_colours()[None]) / SPREAD) ** 2) / 2)
    shares = weights @ (nearness / nearness.sum(axis=1, keepdims=True))
    return np.sqrt(shares).astype(np.float32)


def palette_scores(palette: Sequence[PaletteColour], vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """How much of the palette photos hold, (n,) in 0..1, from their ``colour`` vectors (n, 1152).

    1 − the earth mover's distance between palette and main colours of the photo, with a ground distance that saturates:
    what is plainly another colour is as wrong as any other. The mean of two matches, of the whole picture and of a part
    of it: half of a picture in the colours asked for is a good answer, all of it a better one.
    """
    if not len(vectors):
        return np.zeros(0)
    weights, colours = palette_points(palette)
    shares, centres = signatures(vectors)
    costs = unlikeness(colours[None, :, None], centres[:, None])
    supplies = np.tile(weights, (len(vectors), 1))
    part, whole = transport_costs(supplies, shares * (1 + 1e-9), costs, (FREE, 1.0))
    return np.clip(1 - WHOLE * whole - (1 - WHOLE) * part / FREE, 0.0, 1.0)


def unlikeness(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """0 for the same colour, 1 for different ones: Lab (…, 3) against Lab (…, 3), broadcast."""
    return 1 - np.exp(-((ciede2000(first, second) / ALIKE) ** 2) / 2)


def palette_of(vector: NDArray[np.floating]) -> tuple[PaletteColour, ...]:
    """The main colours of a photo, the largest first, five at most, from its ``colour`` vector (1152,)."""
    shares, centres = signatures(np.asarray(vector)[None])
    kept: list[int] = []
    given = np.zeros(shares.shape[1])
    for at in np.argsort(-shares[0, :-1], kind="stable").tolist():
        if shares[0, at] < LEAST_SHARE and kept:
            break
        distances = ciede2000(centres[0, at], centres[0, kept]) if kept else np.zeros(0)
        if len(distances) and distances.min() < DISTINCT:
            given[kept[int(distances.argmin())]] += shares[0, at]
        elif len(kept) < MOST_COLOURS:
            kept.append(at)
            given[at] += shares[0, at]
    total = given.sum()
    return tuple(PaletteColour(rgb_of(centres[0, at]), float(given[at] / total)) for at in kept)


def rgb_of(colour: NDArray[np.floating]) -> tuple[int, int, int]:
    """The sRGB colour, 0..255 each, nearest to a Lab one (3,)."""
    import cv2

    pixel = cv2.cvtColor(np.asarray(colour, np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)
    red, green, blue = (round(float(each) * 255) for each in np.clip(pixel[0, 0], 0.0, 1.0))
    return red, green, blue
