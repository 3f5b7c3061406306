"""How different two colours look: CIEDE2000.

G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula", Color Research & Application 30 (2005).
"""

import numpy as np
from numpy.typing import NDArray

_CHROMA_7 = 25.0**7


def ciede2000(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """ΔE00 of Lab (…, 3) against Lab (…, 3), broadcast; about 1 is just seen, 100 is black against white."""
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    light, light2 = one[..., 0], two[..., 0]
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2
    stretch = 1.5 - 0.5 * _saturating(mean_chroma)  # of a, since greys were found bluish
    a, a2 = one[..., 1] * stretch, two[..., 1] * stretch
    chroma, chroma2 = np.hypot(a, one[..., 2]), np.hypot(a2, two[..., 2])
    hue, hue2 = _hue(a, one[..., 2]), _hue(a2, two[..., 2])
    grey = chroma * chroma2 == 0
    turn = np.where(grey, 0.0, (hue2 - hue + 180.0) % 360.0 - 180.0)
    hue_step = 2 * np.sqrt(chroma * chroma2) * np.sin(np.radians(turn) / 2)
    # The mean of two hues lies on the shorter arc; next to a grey, the other's hue counts.
    mean_hue = np.where(grey, hue + hue2, _mean_hue(hue, hue2))
    mean_light, mean_chroma = (light + light2) / 2, (chroma + chroma2) / 2
    weight = (
        1
        - 0.17 * np.cos(np.radians(mean_hue - 30))
        + 0.24 * np.cos(np.radians(2 * mean_hue))
        + 0.32 * np.cos(np.radians(3 * mean_hue + 6))
        - 0.20 * np.cos(np.radians(4 * mean_hue - 63))
    )
    off_grey = (mean_light - 50) ** 2
    light_part = (light2 - light) / (1 + 0.015 * off_grey / np.sqrt(20 + off_grey))
    chroma_part = (chroma2 - chroma) / (1 + 0.045 * mean_chroma)
    hue_part = hue_step / (1 + 0.015 * mean_chroma * weight)
    rotation = -2 * _saturating(mean_chroma) * np.sin(np.radians(60 * np.exp(-(((mean_hue - 275) / 25) ** 2))))
    squared = light_part**2 + chroma_part**2 + hue_part**2 + rotation * chroma_part * hue_part
    return np.sqrt(np.maximum(squared, 0.0))


def _saturating(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    power = chroma**7
    return np.sqrt(power / (power + _CHROMA_7))


def _hue(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(np.arctan2(b, a)) % 360.0


def _mean_hue(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    total = one + two
    far = np.abs(one - two) > 180
    return np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
