"""The small network behind ``look``: what is in a picture, as 768 numbers.

A residual network of 1.5 million weights, taught by a larger public one to put alike pictures together
(``resources/descriptors/fit_look_network.py``); run by OpenCV on one core, without any other library.
"""

import threading
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.vectors import Floats
from desktop_app.paths import resource_path

WEIGHTS = "descriptors/look.onnx"
SIDE = 80  # pictures are squeezed to squares: the whole picture counts, its proportions don't
FEATURES = 768  # 512 pooled, 256 put out
BATCH = 8  # more at once is no faster, and takes more memory

_running = threading.Lock()  # a network holds its activations: one forward pass at a time


def network_features(pictures: Sequence[NDArray[np.uint8]]) -> Floats:
    """float32 (n, 768) of sRGB uint8 (h, w, 3) pictures of any sizes: the mean of a picture's and its mirror image's.

    What is in a picture doesn't depend on its side; the mean also errs less than either.
    """
    found = np.zeros((len(pictures), FEATURES), dtype=np.float32)
    for start in range(0, len(pictures), BATCH):
        plain = network_input(pictures[start : start + BATCH])
        with _running:
            network = _network()
            network.setInput(np.concatenate([plain, plain[..., ::-1]]))
            both = np.asarray(network.forward(), dtype=np.float32)
        found[start : start + len(plain)] = (both[: len(plain)] + both[len(plain) :]) / 2
    return found


def network_input(pictures: Sequence[NDArray[np.uint8]]) -> Floats:
    """What the network takes: float32 (n, 3, 80, 80), −1..1."""
    batch = np.empty((len(pictures), 3, SIDE, SIDE), dtype=np.float32)
    for place, picture in enumerate(pictures):
        square = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.float32)
        batch[place] = square.transpose(2, 0, 1)
    batch /= 127.5
    batch -= 1.0
    return batch


@cache
def _network() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(resource_path(WEIGHTS)))
