"""How right similar tracks, tempo and key are, and what describing a track costs, by part."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from fixtures.known_tracks import RATE, known_tracks

from benchmarks.bench_quality import precision
from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.labelled import track_material
from benchmarks.media_files import track_files
from desktop_app.engine.descriptors.harmony import PITCHES
from desktop_app.engine.descriptors.sound_measurements import measured
from desktop_app.engine.descriptors.sound_network import heard
from desktop_app.engine.descriptors.track import analysed, describe_track
from desktop_app.engine.media.audio import decode_excerpt

KNOWN = 48  # made-up tracks, six of each style
RELATED = {
    (7, True): 0.5,
    (5, True): 0.5,
    (0, False): 0.2,
}  # MIREX points by steps between tonics and equality of scale
RELATIVE = 0.3
T = TypeVar("T")


@benchmark("quality-tracks")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Precision of sound on AKIN_EVAL's tracks; tempo and key on made-up ones; the cost of a track, by part."""
    folder = Path(os.environ.get("AKIN_EVAL", "") or "-")
    tracks = track_material(folder, sizes.workspace) if folder.is_dir() else None
    if tracks is None:
        print("  no labelled material: AKIN_EVAL names no folder with tracks.csv; precision is left out")
    else:
        yield from precision(tracks)
    yield from tempo_and_key()
    yield from cost(sizes)


def tempo_and_key() -> Iterator[Figure]:
    """Shares within 4 %, and an octave off; mean of MIREX's points."""
    right, octave, points = 0, 0, 0.0
    for track in known_tracks(KNOWN):
        found = describe_track(track.samples, RATE)[1]
        ratio = (found.tempo or 0.0) / track.tempo
        right += abs(ratio - 1) < 0.04
        octave += any(abs(ratio * factor - 1) < 0.04 for factor in (0.5, 2.0))
        if found.key is not None:
            step, same = (PITCHES.index(found.key) - track.tonic) % 12, (found.scale == "minor") == track.minor
            relative = not same and step == (3 if track.minor else 9)
            points += 1.0 if step == 0 and same else RELATIVE if relative else RELATED.get((step, same), 0.0)
    note = f"{KNOWN} made-up tracks of 30 s in eight styles, 60 to 180 bpm"
    yield Figure("tempo within 4 %", 100 * right / KNOWN, "%", least=90.0, note=note)
    yield Figure("tempo within 4 %, or an octave off", 100 * (right + octave) / KNOWN, "%", least=90.0)
    yield Figure("key, MIREX points", points / KNOWN, "", least=0.75, note="tuned off by up to 40 cents")


def cost(sizes: Sizes) -> Iterator[Figure]:
    """Processor time of one core, median over tracks of four minutes."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        spent = [parts_of(path) for path in sorted(track_files(sizes.workspace, sizes.tracks).glob("*.mp3"))]
    finally:
        cv2.setNumThreads(threads)
    for name in spent[0]:
        most = 0.2 if name == "whole" else None
        value = float(np.median([each[name] for each in spent]))
        yield Figure(f"a track of 4 minutes, {name}", value, "s", most=most)


def parts_of(path: Path) -> dict[str, float]:
    """Seconds of processor time by part."""
    decoding, track = timed(lambda: decode_excerpt(path))
    transforms, spectra = timed(lambda: analysed(track.samples, track.rate))
    network, _ = timed(lambda: heard(spectra.bands))
    statistics, _ = timed(lambda: measured(spectra))
    describing, _ = timed(lambda: describe_track(track.samples, track.rate))
    parts = {"decode": decoding, "transforms": transforms, "network": network, "statistics": statistics}
    return {**parts, "whole": decoding + describing}


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds and result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result
