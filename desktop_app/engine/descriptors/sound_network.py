"""The small network of ``sound``: what a stretch of music is like, from its mel spectrogram.

A convolutional network of 0.4 million parameters, run by OpenCV. It was taught to say what a larger tagging network
says of genre, mood and instruments; script, figures and licences lie beside it under ``resources/descriptors``.
"""

import threading
from typing import Any

import numpy as np

from desktop_app.engine.descriptors.spectrum import FRAME, mel_filters
from desktop_app.engine.descriptors.vectors import Floats
from desktop_app.paths import resource_path

NETWORK = "descriptors/sound-network-2.onnx"
BANDS = 64
LOWEST, HIGHEST = 40.0, 10000.0  # Hz: codecs cut what lies above
FLOOR = 1e-6  # of the power: what is softer counts less and less
FRAMES = 112  # of a patch, 2.6 s
PATCHES = 12  # at most, spread evenly over the excerpt
OUTPUTS = 96

_local = threading.local()


def network_filters() -> Floats:
    """What a spectrum of ``FRAME`` samples is brought to its bands with: float32 (bins, BANDS)."""
    return mel_filters(BANDS, FRAME, LOWEST, HIGHEST)


def mel_levels(bands: Floats) -> Floats:
    """float32 (frames, BANDS) ≥ 0, logarithmic, of power in those bands at the usual loudness."""
    levels = bands / np.float32(FLOOR)
    levels += 1.0
    return np.log10(levels, out=levels)


def heard(bands: Floats) -> Floats:
    """Mean answer to patches of power in bands, at least ``FRAMES`` frames: float32 (OUTPUTS,)."""
    levels = mel_levels(bands)
    last = len(levels) - FRAMES
    starts = np.linspace(0, last, max(1, min(PATCHES, len(levels) // FRAMES))).round().astype(int)
    patches = np.stack([levels[start : start + FRAMES] for start in starts])[:, None]
    network = _network()
    network.setInput(patches)
    return np.asarray(network.forward(), dtype=np.float32).reshape(len(patches), OUTPUTS).mean(axis=0)


def _network() -> Any:
    """One for each thread: a network keeps its input between two calls."""
    import cv2

    if not hasattr(_local, "network"):
        _local.network = cv2.dnn.readNetFromONNX(str(resource_path(NETWORK)))
    return _local.network
