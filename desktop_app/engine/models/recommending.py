"""Which model suits a library: the smaller it is, the larger the model that it can afford."""

from collections.abc import Mapping

import psutil

from desktop_app.domain.models import ModelEntry, Speed
from desktop_app.engine.models.registry import ENTRIES
from desktop_app.engine.workers.pool import usable_cores

PATIENCE = 3 * 3600.0
"""Seconds that describing a whole library may take."""
RATE_PER_CORE = 10.0
"""Images a second and core of clip-ViT-B-32 where nothing was measured (float32)."""
CANDIDATES = ("clip-ViT-L-14", "siglip2-base", "clip-ViT-B-32")
"""The most exact first; the others are for special wishes."""


def recommended(photos: int, speeds: Mapping[str, Speed]) -> tuple[str, str]:
    """(name, why) of the most exact model that is done with so many photos in some hours on this machine."""
    memory = psutil.virtual_memory().total
    for name in CANDIDATES:
        entry = next(each for each in ENTRIES if each.name == name)
        seconds = photos / expected_rate(entry, speeds)
        if seconds <= PATIENCE and entry.bytes * 4 <= memory:
            return name, f"about {_span(seconds)} for {counted(photos)} on this computer"
    entry = ENTRIES[0]
    return entry.name, f"the quickest; about {_span(photos / expected_rate(entry, speeds))} for {counted(photos)}"


def expected_rate(entry: ModelEntry, speeds: Mapping[str, Speed]) -> float:
    """Images a second: measured, or from another model's measurement by their costs, or assumed by cores."""
    if entry.name in speeds:
        return max(speeds[entry.name].images_per_second, 1e-3)
    for other in ENTRIES:
        if other.name in speeds:
            return max(speeds[other.name].images_per_second * other.cost / entry.cost, 1e-3)
    return RATE_PER_CORE * usable_cores() / entry.cost


def counted(photos: int) -> str:
    """In words."""
    return "1 photo" if photos == 1 else f"{photos:,} photos"


def _span(seconds: float) -> str:
    """In words."""
    if seconds < 90:
        return "a minute"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    hours = round(seconds / 3600)
    return f"{max(2, hours)} hours"
