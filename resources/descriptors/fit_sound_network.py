"""Teach the small network of ``sound``: `fit_sound_network.py FOLDER… --teacher FOLDER [--pieces FILE] [--out FILE]`.

Takes three-second pieces of all tracks under the folders, asks the teacher (sound_teacher.py) what it makes of each,
and fits the network to say the same, without any labels. Needs torch, librosa and onnx, one processor core and some
twenty minutes; the same tracks and seed give the same network. ``--pieces`` keeps pieces and answers for the next time.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import soundfile
import soxr
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from sound_teacher import PENULTIMATE, TAGS, Teacher
from torch import nn
from torch.nn import functional

from desktop_app.engine.descriptors.sound_network import BANDS, FRAMES, NETWORK, OUTPUTS, mel_levels, network_filters
from desktop_app.engine.descriptors.spectrum import FRAME, HOP, RATE, band_power, prepared

ENDINGS = {".ogg", ".mp3", ".flac", ".opus", ".wav"}
SMALLEST = 400_000  # bytes of a long track: what is smaller is an effect, not music
PIECE = 3 * RATE  # samples
KEPT = 126  # frames of a piece
SHORT = 40.0  # seconds: of shorter tracks all pieces are taken, of others this many
PIECES = 4
SHORT_WEIGHT = 2.0  # how often pieces of short excerpts are drawn, in units of the others
WIDTHS = (24, 40, 72, 128)
LAST = 256
STEPS, BATCH, RATE_OF_LEARNING, DECAY = 1000, 64, 2e-3, 0.05
WARM = 0.1  # of the steps
LAST_LAYERS, TAG_LAYERS = 0.7, 1.3  # weights of the teacher's layers in what is to be said
SEED = 0

Array = NDArray[np.float32]


class Block(nn.Module):
    """Two convolutions, halving, beside an averaged shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.short = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.second(self.first(levels)) + self.short(levels))


class Network(nn.Module):
    """(n, 1, FRAMES, BANDS) → (n, OUTPUTS)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.BatchNorm2d(1), nn.Conv2d(1, WIDTHS[0], 3, 2, 1, bias=False), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU()
        )
        self.body = nn.Sequential(*(Block(a, b) for a, b in pairwise(WIDTHS)))
        self.last = nn.Sequential(nn.Conv2d(WIDTHS[-1], LAST, 1, bias=False), nn.BatchNorm2d(LAST), nn.ReLU())
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(LAST, OUTPUTS)

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        return self.head(self.drop(self.last(self.body(self.stem(levels))).mean((2, 3))))


def pieces(path: Path) -> Iterator[Array]:
    """Mono pieces of PIECE samples; of long tracks one out of each quarter, drawn by the name."""
    with soundfile.SoundFile(path) as file:
        seconds = file.frames / file.samplerate
        if seconds < SHORT:
            starts = np.arange(0.0, seconds - 3.0, 2.992)
        elif path.stat().st_size < SMALLEST:
            return
        else:
            rng = np.random.default_rng(int(hashlib.md5(str(path).encode(), usedforsecurity=False).hexdigest()[:8], 16))
            edges = np.linspace(min(3.0, 0.05 * seconds), seconds - min(6.0, 0.1 * seconds) - 3.2, PIECES + 1)
            starts = rng.uniform(edges[:-1], edges[1:])
        for start in starts:
            file.seek(int(start * file.samplerate))
            samples = file.read(int(3.1 * file.samplerate), dtype="float32", always_2d=True).mean(axis=1)
            piece = soxr.resample(samples, file.samplerate, RATE)[:PIECE]
            if len(piece) == PIECE and float(np.sqrt(np.mean(np.square(piece)))) > 3e-3:
                yield piece


def asked(folders: list[Path], teacher: Teacher) -> tuple[Array, Array, Array]:
    """Mel levels (n, KEPT, BANDS), the teacher's answers (n, 500), how often each is drawn (n,)."""
    levels: list[Array] = []
    answers: list[Array] = []
    weights: list[float] = []
    for path in sorted(each for folder in folders for each in folder.rglob("*") if each.suffix.lower() in ENDINGS):
        try:
            found = list(pieces(path))
        except soundfile.LibsndfileError:
            continue
        if found:
            signals = (prepared(each, RATE) for each in found)
            levels += [mel_levels(band_power(each, FRAME, HOP, network_filters()))[:KEPT] for each in signals]
            answers.append(teacher.says(np.stack(found), RATE))
            short = soundfile.info(path).duration < SHORT
            weights += [SHORT_WEIGHT if short else 1.0] * len(found)
    return np.stack(levels), np.concatenate(answers), np.array(weights, dtype=np.float32)


def targets(answers: Array) -> Array:
    """The answers' main components (n, OUTPUTS), of mean length about 1."""
    last = np.full(2 * PENULTIMATE, LAST_LAYERS / np.sqrt(2 * PENULTIMATE))
    tags = np.full(2 * TAGS, TAG_LAYERS / np.sqrt(2 * TAGS))
    scaled = (answers - answers.mean(axis=0)) * np.concatenate([last, tags]) / answers.std(axis=0)
    _, axes = np.linalg.eigh(scaled.T @ scaled)
    wanted = scaled @ axes[:, ::-1][:, :OUTPUTS]
    return (wanted / np.sqrt(np.square(wanted).sum(axis=1).mean())).astype(np.float32)


def altered(levels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Another start, loudness and tone colour, and half of the time a gap."""
    start = int(rng.integers(0, KEPT - FRAMES + 1))
    levels = levels[:, start : start + FRAMES]
    shape = (len(levels), 1, 1)
    across = np.linspace(0, 2 * np.pi, BANDS)[None, None]
    gains = rng.normal(0, 3, shape) + rng.normal(0, 2, shape) * np.linspace(-1, 1, BANDS)[None, None]
    gains = gains + rng.normal(0, 1.5, shape) * np.cos(across + rng.uniform(0, 2 * np.pi, shape))
    levels = torch.log10((10**levels - 1) * 10 ** torch.tensor(gains / 10).float() + 1)
    if rng.random() < 0.5:
        gap = int(rng.integers(0, FRAMES - 24))
        levels[:, gap : gap + int(rng.integers(4, 24))] = levels.mean()
    return levels


def taught(levels: Array, wanted: Array, weights: Array, steps: int) -> Network:
    """The mean of the network's weights over its last steps."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    network = Network().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), RATE_OF_LEARNING, weight_decay=DECAY)
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    chances = weights / weights.sum(dtype=np.float64)
    for step in range(steps):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(done / WARM + 0.02, 1.0, (1 - done) / (1 - WARM))
        chosen = rng.choice(len(levels), BATCH, p=chances)
        batch = altered(torch.tensor(levels[chosen].astype(np.float32)), rng)
        goal = torch.tensor(wanted[chosen])
        if rng.random() < 0.3:
            share, others = float(rng.beta(0.4, 0.4)), rng.permutation(BATCH)
            batch, goal = share * batch + (1 - share) * batch[others], share * goal + (1 - share) * goal[others]
        with torch.autocast("cpu", torch.bfloat16):
            said = network(batch[:, None].contiguous(memory_format=torch.channels_last))
        said = said.float()
        loss = (said - goal).square().sum(1).mean() + 2 * (1 - functional.cosine_similarity(said, goal)).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                averaged[name].lerp_(value, 0.2 if step < 200 else 0.01)
        if step % 100 == 0:
            sys.stdout.write(f"step {step} of {steps}: {float(loss):.3f}\n")
            sys.stdout.flush()
    network.load_state_dict(averaged)
    return network.eval()


def export(network: Network, path: Path) -> None:
    """As ONNX for any number of patches, weights in half precision."""
    sample = torch.zeros(1, 1, FRAMES, BANDS)
    axes = {"levels": {0: "patches"}, "said": {0: "patches"}}
    names = {"input_names": ["levels"], "output_names": ["said"]}
    torch.onnx.export(
        network.to(memory_format=torch.contiguous_format), (sample,), str(path), dynamo=False, opset_version=17,
        dynamic_axes=axes, **names,
    )  # fmt: skip
    model = onnx.load(path)
    casts = []
    for weights in list(model.graph.initializer):
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size > 64:
            model.graph.initializer.remove(weights)
            model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), weights.name + "_half"))
            casts.append(onnx.helper.make_node("Cast", [weights.name + "_half"], [weights.name], to=1))
    for number, node in enumerate(casts):
        model.graph.node.insert(number, node)
    onnx.save(model, path)


def main() -> None:
    """Listen, ask, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--pieces", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(Path(NETWORK).name))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.pieces and options.pieces.is_file():
        with np.load(options.pieces) as stored:
            levels, answers, weights = stored["levels"], stored["answers"], stored["weights"]
    elif options.teacher and options.folders:
        levels, answers, weights = asked(options.folders, Teacher(options.teacher))
        if options.pieces:
            np.savez(options.pieces, levels=levels.astype(np.float16), answers=answers, weights=weights)
    else:
        sys.exit("Say where the tracks and the teacher are, or give a file of pieces.")
    export(taught(levels, targets(answers), weights, options.steps), options.out)


if __name__ == "__main__":
    main()
