"""Picture-like scenes in clear families. Each painter takes a generator and a size and gives RGB, uint8 (h, w, 3)."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.floating[Any]]  # (h, w, 3), about 0..1
Painter = Callable[[np.random.Generator, int, int], Image]


def paint(family: str, seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """One picture of a family, uint8 (height, width, 3) RGB; the same seed gives the same picture."""
    rng = np.random.default_rng([seed, sum(map(ord, family))])
    image = FAMILIES[family](rng, width, height)
    grain = rng.normal(0, 0.008, (height, width, 1)).astype(np.float32)
    return (np.clip(image + grain, 0, 1) * 255).astype(np.uint8)


# ------------------------------------------------------------------------------------------ materials


def _noise(
    rng: np.random.Generator, width: int, height: int, scale: float, octaves: int = 5
) -> NDArray[np.floating[Any]]:
    """Fractal value noise, (h, w) in 0..1; ``scale`` is the number of the largest cells across."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = max(2, int(scale * 2**octave))
        rows = max(2, int(cells * height / width))
        grid = rng.random((rows + 1, cells + 1), dtype=np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def _gradient(height: int, width: int, stops: list[tuple[float, tuple[int, int, int]]]) -> Image:
    """A vertical gradient through colour stops (position 0..1 from the top, sRGB 0..255)."""
    at = np.linspace(0, 1, height)
    positions = [position for position, _ in stops]
    channels = [np.interp(at, positions, [colour[c] / 255 for _, colour in stops]) for c in range(3)]
    column = np.stack(channels, axis=-1).astype(np.float32)
    return np.repeat(column[:, None, :], width, axis=1)


def _jitter(rng: np.random.Generator, colour: tuple[int, int, int], amount: int = 14) -> tuple[int, int, int]:
    red, green, blue = (int(np.clip(c + rng.integers(-amount, amount + 1), 0, 255)) for c in colour)
    return red, green, blue


def _rgb(colour: tuple[int, int, int]) -> NDArray[np.floating[Any]]:
    return np.array(colour, np.float32) / 255


def _blend(image: Image, mask: NDArray[np.floating[Any]], colour: NDArray[np.floating[Any]]) -> Image:
    """The colour, or a picture of colours, laid over where the mask is; most masks are a small part."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return image
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    share = mask[part][..., None]
    blended = image.astype(np.result_type(image, mask, colour))
    blended[part] = image[part] * (1 - share) + (colour[part] if colour.ndim == 3 else colour) * share
    return blended


def _grid(width: int, height: int) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x / width, y / height


def _ridge(rng: np.random.Generator, width: int, roughness: float, scale: float) -> NDArray[np.floating[Any]]:
    """A skyline, (w,) around 0, by summed cosines of falling amplitude."""
    x = np.linspace(0, 1, width, dtype=np.float32)
    line = np.zeros(width, np.float32)
    for octave in range(1, 8):
        line += np.cos(2 * np.pi * (x * scale * 1.9**octave / 2 + rng.random())) * roughness**octave
    return line.astype(np.float32)


# --------------------------------------------------------------------------------------------- scenes


def sunset(rng: np.random.Generator, width: int, height: int) -> Image:
    """A low sun over the sea."""
    horizon = rng.uniform(0.52, 0.66)
    warm = _jitter(rng, (255, 132, 60), 22)
    sky = [
        (0.0, _jitter(rng, (44, 40, 92))),
        (0.35, _jitter(rng, (158, 74, 112))),
        (0.62, warm),
        (1.0, (255, 214, 140)),
    ]
    image = _gradient(height, width, [(p * horizon, c) for p, c in sky] + [(1.0, (255, 214, 140))])
    x, y = _grid(width, height)
    clouds = _noise(rng, width, height, 3) * np.exp(-(((y - horizon * 0.55) / 0.22) ** 2))
    image = _blend(image, np.clip((clouds - 0.42) * 1.6, 0, 0.7), _rgb(_jitter(rng, (250, 150, 110))))
    sun_x, sun_y, radius = rng.uniform(0.25, 0.75), horizon - rng.uniform(0.05, 0.13), rng.uniform(0.04, 0.06)
    distance = np.hypot((x - sun_x) * width / height, y - sun_y)
    image += np.exp(-((distance / 0.22) ** 2))[..., None] * _rgb((90, 60, 20))
    image = _blend(image, np.clip((radius - distance) * 120, 0, 1), _rgb((255, 246, 214)))
    sea = y > horizon
    mirror = image[np.clip((2 * horizon * height - np.arange(height)), 0, height - 1).astype(int)]
    waves = _noise(rng, width, height, 4, 3)
    ripple = np.sin(np.maximum(y - horizon, 0) ** 0.6 * 220 + waves * 9) * 0.5 + 0.5
    water = mirror * (0.55 + 0.15 * ripple[..., None]) + _rgb((8, 16, 34)) * 0.6
    glitter = np.exp(-(((x - sun_x) / (0.03 + (y - horizon) * 0.35)) ** 2)) * (ripple > 0.62)
    water += glitter[..., None] * _rgb((255, 196, 120)) * 0.6
    return np.where(sea[..., None], water, image)


def mountains(rng: np.random.Generator, width: int, height: int) -> Image:
    """Hazy ridges, one behind the other, under a clear sky."""
    image = _gradient(height, width, [(0, _jitter(rng, (84, 142, 204))), (0.6, _jitter(rng, (214, 228, 240)))])
    near, far = _rgb(_jitter(rng, (34, 58, 62))), _rgb(_jitter(rng, (168, 190, 212)))
    _, y = _grid(width, height)
    layers = int(rng.integers(4, 7))
    for layer in range(layers):
        depth = layer / (layers - 1)
        base = 0.36 + 0.5 * depth
        line = base + _ridge(rng, width, 0.52, 1.1 + depth) * (0.16 - 0.07 * depth)
        colour = far * (1 - depth) + near * depth
        shade = 0.9 + 0.2 * _noise(rng, width, height, 10, 4)
        mask = np.clip((y - line[None, :]) * height, 0, 1).astype(np.float32)
        image = _blend(image, mask, colour * shade[..., None])
        if layer == 0:
            snow = mask * np.clip(1 - (y - line[None, :]) * 14 - _noise(rng, width, height, 24, 2), 0, 1)
            image = _blend(image, snow.astype(np.float32), _rgb((246, 250, 255)))
    return image


def forest(rng: np.random.Generator, width: int, height: int) -> Image:
    """Trunks in green mist."""
    image = _gradient(
        height, width, [(0, _jitter(rng, (196, 216, 170))), (0.7, _jitter(rng, (98, 132, 74))), (1, (44, 62, 30))]
    )
    x, y = _grid(width, height)
    for layer in range(4):
        depth = layer / 3
        count = int(16 - 9 * depth)
        colour = _rgb((150, 168, 128)) * (1 - depth) + _rgb(_jitter(rng, (36, 30, 22))) * depth
        for _ in range(count):
            centre, half = rng.uniform(-0.05, 1.05), (0.004 + 0.022 * depth) * rng.uniform(0.7, 1.3)
            bend = centre + rng.uniform(-0.03, 0.03) * y + 0.004 * np.sin(y * 9 + centre * 40)
            mask = np.clip((half * (0.8 + 0.4 * y) - np.abs(x - bend)) * width * 0.7, 0, 1)
            image = _blend(image, mask * np.float32(0.55 + 0.45 * depth), colour)
        leaves = _noise(rng, width, height, 9 + 5 * layer, 4)
        crown = np.clip((leaves - 0.5) * 6, 0, 1) * np.clip(1.05 - y * (2.1 - 0.5 * depth), 0, 1)
        image = _blend(
            image, crown * np.float32(0.5), _rgb(_jitter(rng, (70, 120, 44))) * np.float32(1.2 - 0.5 * depth)
        )
    ground = np.clip((y - 0.86 - 0.03 * _noise(rng, width, height, 6)) * 14, 0, 1)
    return _blend(image, ground, _rgb((58, 76, 32)) * (0.6 + 0.7 * _noise(rng, width, height, 40, 3))[..., None])


def stars(rng: np.random.Generator, width: int, height: int) -> Image:
    """The Milky Way above a dark hill."""
    image = _gradient(
        height, width, [(0, _jitter(rng, (6, 8, 26), 5)), (0.8, _jitter(rng, (22, 34, 76), 8)), (1, (60, 62, 92))]
    )
    x, y = _grid(width, height)
    slope, middle = rng.uniform(-1.4, 1.4), rng.uniform(0.35, 0.65)
    across = (x - middle - slope * (y - 0.4)) / np.sqrt(1 + slope**2)
    cloud = np.exp(-((across / 0.13) ** 2)) * (0.35 + 0.9 * _noise(rng, width, height, 5))
    dust = np.exp(-((across / 0.05) ** 2)) * _noise(rng, width, height, 8)
    image += cloud[..., None] * _rgb(_jitter(rng, (126, 108, 150))) * 0.8 - dust[..., None] * 0.18
    sky = np.zeros((height, width), np.float32)
    count = int(width * height / 260)
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    sky[rows, columns] = rng.pareto(2.2, count).clip(0, 6) * 0.42
    sky = sky + cv2.GaussianBlur(sky, (0, 0), 1.1) * 1.6
    tint = np.stack([0.9 + 0.2 * _noise(rng, width, height, 30, 1), np.ones_like(sky), np.full_like(sky, 1.08)], -1)
    image += sky[..., None] * tint.astype(np.float32)
    line = 0.86 + _ridge(rng, width, 0.5, 1.0) * 0.06
    return _blend(image, np.clip((y - line[None, :]) * height, 0, 1).astype(np.float32), _rgb((5, 6, 12)))


def dunes(rng: np.random.Generator, width: int, height: int) -> Image:
    """Sand dunes with a lit and a shaded side."""
    image = _gradient(height, width, [(0, _jitter(rng, (98, 164, 218))), (0.5, _jitter(rng, (222, 226, 220)))])
    _, y = _grid(width, height)
    light, dark = _rgb(_jitter(rng, (232, 178, 106))), _rgb(_jitter(rng, (146, 88, 44)))
    for layer in range(4):
        base = 0.42 + 0.15 * layer
        line = base + _ridge(rng, width, 0.36, 0.8) * 0.16
        depth = np.clip(y - line[None, :], 0, 1)
        slope = np.gradient(line) * width
        lit = np.clip(0.55 - slope * 1.6, 0, 1)[None, :] * np.exp(-depth * 2.4)
        ripples = 0.04 * np.sin((depth * 240 + line[None, :] * 300) + _noise(rng, width, height, 4) * 8)
        colour = dark + (light - dark) * np.clip(lit + 0.22 + ripples, 0, 1)[..., None]
        image = _blend(image, np.clip(depth * height, 0, 1).astype(np.float32), colour.astype(np.float32))
    return image


def city(rng: np.random.Generator, width: int, height: int) -> Image:
    """A skyline at night with lit windows and its reflection."""
    horizon = rng.uniform(0.66, 0.74)
    image = _gradient(height, width, [(0, (10, 14, 34)), (horizon, _jitter(rng, (86, 52, 96))), (1, (40, 30, 52))])
    for layer in range(3):
        shade = _rgb((44, 40, 66)) * (1 - layer * 0.32)
        left = -0.02
        while left < 1.02:
            wide, tall = rng.uniform(0.035, 0.09), rng.uniform(0.12, 0.5) * (1 - 0.22 * layer)
            x0, x1 = int(max(0, left) * width), int(min(1, left + wide) * width)
            y0, y1 = int((horizon - tall) * height), int(horizon * height)
            if x1 > x0:
                image[y0:y1, x0:x1] = shade
                _light_windows(rng, image, (x0, y0, x1, y1), max(3, width // 130))
            left += wide * rng.uniform(0.9, 1.15)
    water = image[: int(horizon * height)][::-1][: height - int(horizon * height)]
    blurred = cv2.GaussianBlur(water, (0, 0), sigmaX=1.5, sigmaY=height * 0.02)
    image[int(horizon * height) : int(horizon * height) + len(blurred)] = blurred * 0.7 + _rgb((8, 10, 24)) * 0.5
    glow = cv2.GaussianBlur(np.clip(image - 0.45, 0, 1), (0, 0), width / 90)
    return image + glow * 1.4


def _light_windows(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], step: int) -> None:
    x0, y0, x1, y1 = box
    warm = np.array([[1.0, 0.82, 0.46], [1.0, 0.92, 0.7], [0.7, 0.86, 1.0]], np.float32)
    for row in range(y0 + step, y1 - step, step * 2):
        for column in range(x0 + step, x1 - step, step * 2):
            if rng.random() < 0.42:
                image[row : row + step, column : column + step] = warm[rng.integers(0, 3)] * rng.uniform(0.6, 1)


def flowers(rng: np.random.Generator, width: int, height: int) -> Image:
    """Large blossoms before blurred green."""
    blur = _noise(rng, width, height, 5, 3)
    image = _rgb(_jitter(rng, (46, 92, 44))) * (0.55 + 0.9 * blur)[..., None]
    hue = [(226, 64, 96), (240, 158, 46), (186, 92, 206), (238, 222, 92), (236, 236, 240)][int(rng.integers(0, 5))]
    x, y = _grid(width, height)
    aspect = width / height
    for number in range(int(rng.integers(4, 7))):
        size = rng.uniform(0.13, 0.25) * (0.7 + 0.1 * number)
        cx, cy, petals, turn = (
            rng.uniform(0.1, 0.9),
            rng.uniform(0.15, 0.85),
            int(rng.integers(7, 13)),
            rng.random() * 6,
        )
        dx, dy = (x - cx) * aspect, y - cy
        radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx) + turn
        edge = size * (0.62 + 0.38 * np.abs(np.cos(angle * petals / 2)))
        mask = np.clip((edge - radius) * height * 0.25, 0, 1)
        shade = 0.62 + 0.5 * radius / size + 0.12 * np.cos(angle * petals)
        image = image * (1 - 0.35 * np.exp(-((radius / size / 1.15) ** 6)))[..., None]
        image = _blend(image, mask, _rgb(_jitter(rng, hue, 18)) * shade[..., None])
        heart = np.clip((size * 0.2 - radius) * height * 0.25, 0, 1)
        image = _blend(image, heart, _rgb((190, 132, 30)) * (0.7 + 0.6 * _noise(rng, width, height, 60, 1))[..., None])
    return image


def aurora(rng: np.random.Generator, width: int, height: int) -> Image:
    """Green and violet curtains over snow."""
    image = _gradient(height, width, [(0, (8, 10, 32)), (0.75, _jitter(rng, (14, 44, 66), 8)), (1, (30, 60, 80))])
    x, y = _grid(width, height)
    for _ in range(int(rng.integers(2, 4))):
        path = rng.uniform(0.35, 0.6) + 0.12 * np.sin(x * rng.uniform(3, 8) + rng.random() * 6) + 0.05 * np.sin(x * 17)
        rays = 0.45 + 0.55 * cv2.resize(rng.random((1, width // 6), dtype=np.float32), (width, 1)).clip(0, 1)
        above = path - y
        curtain = np.where(above > 0, np.exp(-above * 4.2), np.exp(above * 26)) * rays
        tone = np.clip(above * 3, 0, 1)[..., None]
        image += (
            curtain[..., None] * (_rgb((40, 230, 130)) * (1 - tone) + _rgb(_jitter(rng, (150, 60, 200))) * tone) * 0.62
        )
    sky = np.zeros((height, width), np.float32)
    count = width * height // 1500
    sky[rng.integers(0, height, count), rng.integers(0, width, count)] = rng.random(count) * 0.8
    image += cv2.GaussianBlur(sky, (0, 0), 0.7)[..., None]
    line = 0.84 + _ridge(rng, width, 0.45, 0.7) * 0.05
    snow = _rgb((92, 128, 150)) * (0.5 + 0.4 * _noise(rng, width, height, 5))[..., None]
    return _blend(image, np.clip((y - line[None, :]) * height, 0, 1).astype(np.float32), snow)


def autumn(rng: np.random.Generator, width: int, height: int) -> Image:
    """Fallen leaves in reds and yellows."""
    image = _rgb((66, 44, 26)) * (0.6 + 0.6 * _noise(rng, width, height, 12))[..., None]
    tones = [(198, 62, 26), (226, 140, 34), (236, 190, 62), (150, 40, 28), (176, 104, 40)]
    canvas = np.ascontiguousarray(image.astype(np.float32))
    for _ in range(150):
        size = rng.uniform(0.05, 0.11) * height
        angle = rng.random() * 360
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        red, green, blue = (
            float(c) for c in _rgb(_jitter(rng, tones[int(rng.integers(0, 5))], 16)) * rng.uniform(0.65, 1.1)
        )
        shadow = (centre[0] + int(size * 0.12), centre[1] + int(size * 0.16))
        axes = (int(size), int(size * rng.uniform(0.4, 0.6)))
        cv2.ellipse(canvas, shadow, axes, angle, 0, 360, (0.1, 0.06, 0.04), -1, cv2.LINE_AA)
        cv2.ellipse(canvas, centre, axes, angle, 0, 360, (red, green, blue), -1, cv2.LINE_AA)
        tip = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]) * size
        ends = [(int(centre[0] + s * tip[0]), int(centre[1] + s * tip[1])) for s in (-1.25, 1)]
        cv2.line(canvas, ends[0], ends[1], (red * 0.6, green * 0.6, blue * 0.6), max(1, int(size / 18)), cv2.LINE_AA)
    return canvas * (0.85 + 0.3 * _noise(rng, width, height, 30, 3))[..., None]


def lake(rng: np.random.Generator, width: int, height: int) -> Image:
    """Spruces mirrored in still water."""
    upper = mountains(rng, width, height // 2)
    x_count = int(rng.integers(34, 52))
    y = np.arange(height // 2, dtype=np.float32)[:, None] / (height // 2)
    x = np.arange(width, dtype=np.float32)[None, :] / width
    for _ in range(x_count):
        centre, tall = rng.uniform(0, 1), rng.uniform(0.2, 0.5)
        down = np.clip((y - (1 - tall)) / tall, 0, 1)
        half = down * 0.028 * tall * 2.4 * (0.72 + 0.28 * ((down * 9) % 1))
        mask = np.clip((half - np.abs(x - centre)) * width * 0.6, 0, 1) * (down > 0)
        upper = _blend(upper, mask.astype(np.float32), _rgb(_jitter(rng, (22, 50, 40), 8)))
    lower = cv2.GaussianBlur(upper[::-1].astype(np.float32), (0, 0), sigmaX=0.8, sigmaY=3)
    lower = lower * 0.72 + _rgb((20, 52, 70)) * 0.2
    ripple = 0.05 * np.sin(np.linspace(0, 1, len(lower), dtype=np.float32) ** 2 * 160)[:, None, None]
    image = np.concatenate([upper, lower + ripple * _noise(rng, width, len(lower), 4)[..., None]])
    return np.asarray(cv2.resize(image.astype(np.float32), (width, height)), np.float32)


FAMILIES: dict[str, Painter] = {
    painter.__name__: painter
    for painter in (sunset, mountains, forest, stars, dunes, city, flowers, aurora, autumn, lake)
}
