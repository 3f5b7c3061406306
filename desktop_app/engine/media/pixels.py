"""From a loaded Pillow image in any mode to upright 8-bit sRGB pixels."""

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from desktop_app.errors import UnreadableFileError

PIXEL_LIMIT = 500_000_000

# The limit is ours, told in our words by check_size(); Pillow's own would warn from a fifth of it on.
Image.MAX_IMAGE_PIXELS = None

_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_ICC_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def check_size(width: int, height: int) -> None:
    """Raises UnreadableFileError for no pixels at all, or more than ``PIXEL_LIMIT``."""
    if width < 1 or height < 1:
        raise UnreadableFileError("This picture has no pixels.")
    if width * height > PIXEL_LIMIT:
        raise UnreadableFileError(
            f"This picture is {width:,} × {height:,} pixels, more than Akin opens ({PIXEL_LIMIT // 10**6} megapixels)."
        )


def turned_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height after ``upright``."""
    return (height, width) if orientation >= 5 else (width, height)


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """``pixels`` (h, w, 3) as EXIF ``orientation`` (1..8) means them to be seen."""
    turned = {
        2: lambda: pixels[:, ::-1],
        3: lambda: pixels[::-1, ::-1],
        4: lambda: pixels[::-1],
        5: lambda: pixels.transpose(1, 0, 2),
        6: lambda: np.rot90(pixels, -1),
        7: lambda: pixels[::-1, ::-1].transpose(1, 0, 2),
        8: lambda: np.rot90(pixels, 1),
    }.get(orientation, lambda: pixels)()
    return np.ascontiguousarray(turned)


def rgb_pixels(image: Image.Image, long_side: int | None) -> NDArray[np.uint8]:
    """uint8 (h, w, 3) sRGB of a loaded image, alpha over white; not turned.

    With ``long_side`` reduced by the largest whole factor that keeps the long side at least that.
    """
    factor = max(1, max(image.size) // long_side) if long_side else 1
    if image.mode in _DEEP_MODES:
        return _deep_pixels(image, factor)
    image = _plain_mode(image)
    if factor > 1:
        image = image.reduce(factor)
    if image.mode in ("RGBA", "LA"):
        image = _over_white(image)
    return np.asarray(_to_srgb(image), dtype=np.uint8)


def _plain_mode(image: Image.Image) -> Image.Image:
    """As L, LA, RGB, RGBA, CMYK or another mode that reduces and converts."""
    mode = image.mode
    transparent = "transparency" in image.info
    if mode in ("P", "PA"):
        return image.convert("RGBA" if transparent or mode == "PA" else "RGB")
    if mode in ("RGBa", "La"):
        return image.convert("RGBA" if mode == "RGBa" else "LA")
    if mode in ("L", "RGB", "1") and transparent:
        return image.convert("RGBA")
    return image.convert("L") if mode == "1" else image


def _over_white(image: Image.Image) -> Image.Image:
    """Flattened; the colour profile stays with it."""
    base_mode = "RGB" if image.mode == "RGBA" else "L"
    base = Image.new(base_mode, image.size, "white")
    base.paste(image.convert(base_mode), mask=image.getchannel("A"))
    base.info = image.info
    return base


def _to_srgb(image: Image.Image) -> Image.Image:
    """As RGB, through the embedded profile where there is a usable one that is not sRGB itself."""
    profile: Any = image.info.get("icc_profile")
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_transform()) or image.convert("RGB")
    if isinstance(profile, bytes) and profile and image.mode in _ICC_SPACES:
        transform = _transform(profile, image.mode)
        if transform is not None:
            try:
                return ImageCms.applyTransform(image, transform) or image.convert("RGB")
            except (ImageCms.PyCMSError, ValueError):  # a profile that promises more than it can do
                return image.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From ``profile`` to sRGB; None if it is sRGB, broken, or of another colour space than the pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        profile_data: Any = source.profile
        space = str(profile_data.xcolor_space).strip()
        if space != _ICC_SPACES[mode] or "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")


def _deep_pixels(image: Image.Image, factor: int) -> NDArray[np.uint8]:
    """Grey of more than 8 bits: whole-number samples over their full scale, others over their range."""
    import cv2

    values: NDArray[np.float32] = np.asarray(image, dtype=np.float32)
    if factor > 1:
        height, width = values.shape
        size = (-(-width // factor), -(-height // factor))
        values = np.asarray(cv2.resize(np.nan_to_num(values), size, interpolation=cv2.INTER_AREA), np.float32)
    black, white = _black_and_white(values, image)
    values = np.nan_to_num((values - black) * (255.0 / (white - black)), nan=0.0, posinf=255.0, neginf=0.0)
    grey = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _black_and_white(values: NDArray[np.float32], image: Image.Image) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if image.mode == "F":
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, max(high, low + 1e-6))
    if low >= 0 and high <= 65535:
        return 0.0, float(2 ** _bits(image) - 1)
    return low, max(high, low + 1)


def _bits(image: Image.Image) -> int:
    """Bits a sample: 16, but for TIFFs of 9 to 15 bits."""
    tags: Any = getattr(image, "tag_v2", None)
    bits: Any = tags.get(258) if tags is not None else None
    first = bits[0] if isinstance(bits, tuple) and bits else bits
    return first if isinstance(first, int) and 8 < first < 16 else 16
