"""Camera RAW through LibRaw: the embedded preview, else a demosaic at half size."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from desktop_app.engine.media.pixels import turned_size

_FLIPS = {3: 3, 5: 8, 6: 6}  # LibRaw's turn to EXIF orientation
_NEARLY_FULL = 0.8  # a preview of this part of the sensor's long side serves as the full picture


class NotRawError(Exception):
    """LibRaw doesn't know the file; never leaves the package."""


class Shot:
    """One opened RAW; ``width`` and ``height`` are upright."""

    def __init__(self, raw: rawpy.RawPy) -> None:
        self._raw = raw
        sizes = raw.sizes
        self._sensor = (int(sizes.width), int(sizes.height))
        self._orientation = _FLIPS.get(int(sizes.flip), 1)
        self.width, self.height = turned_size(*self._sensor, self._orientation)

    def preview(self) -> bytes | None:
        """The embedded JPEG, None where there is none."""
        try:
            thumbnail = self._raw.extract_thumb()
        except (rawpy.LibRawError, rawpy.NotSupportedError):
            return None
        data: object = thumbnail.data
        return data if thumbnail.format == rawpy.ThumbFormat.JPEG and isinstance(data, bytes) else None

    def preview_orientation(self, size: tuple[int, int], own: int) -> int:
        """How the preview of ``size`` is to be turned. ``own`` is what its EXIF says; many say nothing and lie as the
        sensor does, some are upright already."""
        orientation = own if own != 1 else self._orientation
        width, height = turned_size(*size, orientation)
        return orientation if (width >= height) == (self.width >= self.height) else 1

    def suffices(self, shape: tuple[int, ...], long_side: int | None) -> bool:
        """Whether preview pixels of ``shape`` serve as the picture at ``long_side``."""
        full = max(self.width, self.height)
        return max(shape[:2]) >= (full * _NEARLY_FULL if long_side is None else min(long_side, full))

    def demosaic(self, long_side: int | None) -> NDArray[np.uint8]:
        """uint8 (h, w, 3) sRGB upright with the camera's white balance; half size where that is enough."""
        half = long_side is not None and max(self._sensor) // 2 >= long_side
        pixels = self._raw.postprocess(use_camera_wb=True, half_size=half, output_bps=8)
        return np.ascontiguousarray(pixels, dtype=np.uint8)


@contextmanager
def opened(path: Path) -> Generator[Shot, None, None]:
    """``path`` as a RAW, closed afterwards. Raises NotRawError."""
    try:
        raw = rawpy.imread(str(path))
    except rawpy.LibRawFileUnsupportedError:
        raise NotRawError from None
    with raw:
        yield Shot(raw)
