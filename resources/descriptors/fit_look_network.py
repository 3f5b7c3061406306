"""Teach the network of the ``look`` space: `python fit_look_network.py --photos FILE --small FILE --teacher FILE`.

Needs torch and onnx, and ai-edge-litert for the teacher; Akin itself needs none of them. ``--photos`` and ``--small``
are text files that name one picture a line: photos at their own resolution, and many small ones (64 px). ``--teacher``
is a TFLite network with uint8 input of 224 px whose only output is its pooled embedding. Deterministic given data,
order and seed on one thread; writes ``look.onnx``.

The student puts a whole picture where the teacher puts it: G. Hinton and others, "Distilling the knowledge in a neural
network", 2015, with the cosine to the teacher's whitened embedding and the similarities within a batch (W. Park and
others, "Relational knowledge distillation", 2019) in place of class scores.
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import Tensor, nn

SEED = 7
WIDTHS = (32, 64, 128, 256)
POOLED, TAUGHT = 512, 256
BATCH, PHOTO_SHARE = 128, 8  # one picture in so many of a batch is a photo at its own resolution
SIDE, SMALL_SIDE = 96, 64  # what pictures are kept at; it is run at 80, where it knows unseen things as well as at 96
RATE, DECAY, WARM = 3e-3, 0.05, 0.15
SHARPNESS = 10.0  # of the similarities within a batch


class Block(nn.Module):
    """Two convolutions, the first halving the side, beside an averaged shortcut."""

    def __init__(self, given: int, out: int) -> None:
        super().__init__()
        self.a, self.an = nn.Conv2d(given, out, 3, 2, 1, bias=False), nn.BatchNorm2d(out)
        self.b, self.bn = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.c, self.cn = nn.Conv2d(given, out, 1, bias=False), nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        """(n, given, s, s) → (n, out, s/2, s/2)."""
        inner = self.bn(self.b(nnf.relu(self.an(self.a(x)))))
        return nnf.relu(inner + self.cn(self.c(nnf.avg_pool2d(x, 2))))


class Student(nn.Module):
    """3×3 stem, three blocks, 1×1 to 512, mean over the picture, linear to 256."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.sn = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False), nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*[Block(a, b) for a, b in pairwise(WIDTHS)])
        self.head, self.hn = nn.Conv2d(WIDTHS[-1], POOLED, 1, bias=False), nn.BatchNorm2d(POOLED)
        self.out = nn.Linear(POOLED, TAUGHT)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pooled (n, 512) and taught (n, 256) of (n, 3, s, s) pictures in −1..1."""
        inner = self.blocks(nnf.relu(self.sn(self.stem(x))))
        pooled = nnf.relu(self.hn(self.head(inner))).mean((2, 3))
        return pooled, self.out(pooled)


def read(paths: list[str], side: int) -> NDArray[np.uint8]:
    """Pictures squeezed to squares, (n, side, side, 3)."""
    found = np.empty((len(paths), side, side, 3), np.uint8)
    for row, path in enumerate(paths):
        with Image.open(path) as picture:
            found[row] = np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
    return found


def embeddings(teacher: Path, paths: list[str]) -> NDArray[np.float32]:
    """What the teacher says of each picture, (n, d)."""
    from ai_edge_litert.interpreter import Interpreter

    network = Interpreter(str(teacher), num_threads=1)
    network.allocate_tensors()
    given, told = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    rows: list[NDArray[np.float32]] = []
    for path in paths:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR))
        network.set_tensor(given, pixels[None])
        network.invoke()
        rows.append(network.get_tensor(told).ravel().astype(np.float32))
    return np.stack(rows)


def targets(sample: NDArray[np.float32], told: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centred, the 256 leading axes of a sample, divided by the root of the deviation, L2: (n, 256)."""
    mean = sample.mean(axis=0)
    values, axes = np.linalg.eigh((sample - mean).T @ (sample - mean) / len(sample))
    leading = axes[:, ::-1][:, :TAUGHT] / values[::-1][:TAUGHT] ** 0.25
    rows = (told - mean) @ leading
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def augmented(pixels: NDArray[np.uint8], side: int, finer: int, chance: torch.Generator) -> Tensor:
    """Cropped to half the area at least, flipped, brighter or darker, tinted; (n, 3, side, side), about −1..1."""
    n = len(pixels)
    area = torch.empty(n).uniform_(0.5, 1.0, generator=chance)
    proportion = torch.exp(torch.empty(n).uniform_(-0.2, 0.2, generator=chance))
    width, height = (area * proportion).sqrt().clamp(max=1), (area / proportion).sqrt().clamp(max=1)
    across = (torch.rand(n, generator=chance) * 2 - 1) * (1 - width)
    down = (torch.rand(n, generator=chance) * 2 - 1) * (1 - height)
    flip = torch.where(torch.rand(n, generator=chance) < 0.5, -1.0, 1.0)
    gain = torch.empty(n, 1, 1, 1).uniform_(0.7, 1.3, generator=chance)
    gain = gain * torch.empty(n, 3, 1, 1).uniform_(0.9, 1.1, generator=chance)
    shift = torch.empty(n, 1, 1, 1).uniform_(-0.2, 0.2, generator=chance)
    place = torch.zeros(n, 2, 3)
    place[:, 0, 0], place[:, 0, 2], place[:, 1, 1], place[:, 1, 2] = width * flip, across, height, down
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous().float().div_(127.5).sub_(1)
    grid = nnf.affine_grid(place, [n, 3, side * finer, side * finer], align_corners=False)
    seen = nnf.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    return (nnf.avg_pool2d(seen, finer) if finer > 1 else seen) * gain + shift


def taught(
    small: NDArray[np.uint8],
    small_targets: NDArray[np.float32],
    photos: NDArray[np.uint8],
    photo_targets: NDArray[np.float32],
    steps: int,
) -> Student:
    """A student after so many batches: 48 px for three quarters of them, then 64."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    order_of, chance = np.random.default_rng(SEED), torch.Generator().manual_seed(SEED)
    student = Student().to(memory_format=torch.channels_last)
    weights = [each for each in student.parameters() if each.ndim > 1]
    others = [each for each in student.parameters() if each.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}], lr=RATE
    )
    few, many = BATCH // PHOTO_SHARE, BATCH - BATCH // PHOTO_SHARE
    not_itself = torch.eye(BATCH) * 1e4
    order, at = order_of.permutation(len(small)), 0
    for step in range(steps):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(done / WARM + 1e-3, (1 - done) / (1 - WARM))
        if at + many > len(order):
            order, at = order_of.permutation(len(small)), 0
        rows, at = order[at : at + many], at + many
        chosen = order_of.integers(0, len(photos), few)
        side = 48 if done < 0.75 else 64
        batch = torch.cat([augmented(small[rows], side, 1, chance), augmented(photos[chosen], side, 2, chance)])
        aim = torch.from_numpy(np.concatenate([small_targets[rows], photo_targets[chosen]])).float()
        with torch.autocast("cpu", torch.bfloat16):
            _, answer = student(batch.contiguous(memory_format=torch.channels_last))
        answer = nnf.normalize(answer.float(), dim=1)
        told = nnf.log_softmax(answer @ answer.T * SHARPNESS - not_itself, 1)
        wanted = nnf.softmax(aim @ aim.T * SHARPNESS - not_itself, 1)
        loss = 5 * (1 - (answer * aim).sum(1)).mean() + nnf.kl_div(told, wanted, reduction="batchmean")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 200 == 0:
            sys.stdout.write(f"{step} of {steps}: loss {loss.item():.3f}\n")
    return student.eval()


def folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Weights and bias of a convolution with its normalisation in them."""
    assert norm.running_var is not None and norm.running_mean is not None
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    bias = norm.bias.detach() - norm.running_mean * scale
    return (convolution.weight.detach() * scale[:, None, None, None]).half().numpy(), bias.half().numpy()


def export(student: Student, path: Path) -> None:
    """ONNX, opset 17, half precision weights, any number of pictures; its output is pooled and taught joined."""
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, values: NDArray[np.float16]) -> str:
        constants.append(numpy_helper.from_array(values, name))
        return name

    def node(kind: str, inputs: list[str], name: str, **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def convolved(given: str, name: str, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> str:
        weights, bias = folded(convolution, norm)
        inputs = [given, constant(f"{name}_weights", weights), constant(f"{name}_bias", bias)]
        side, margin, stride = convolution.kernel_size[0], int(convolution.padding[0]), convolution.stride[0]
        return node("Conv", inputs, name, kernel_shape=[side, side], strides=[stride, stride], pads=[margin] * 4)

    x = node("Relu", [convolved("picture", "stem", student.stem, student.sn)], "stem_out")
    for number, block in enumerate(student.blocks):
        assert isinstance(block, Block)
        inner = node("Relu", [convolved(x, f"{number}a", block.a, block.an)], f"{number}a_out")
        inner = convolved(inner, f"{number}b", block.b, block.bn)
        short = node("AveragePool", [x], f"{number}_half", kernel_shape=[2, 2], strides=[2, 2])
        short = convolved(short, f"{number}c", block.c, block.cn)
        x = node("Relu", [node("Add", [inner, short], f"{number}_sum")], f"{number}_out")
    x = node("Relu", [convolved(x, "head", student.head, student.hn)], "head_out")
    pooled = node("Flatten", [node("GlobalAveragePool", [x], "mean")], "pooled", axis=1)
    linear = [
        constant("out_weights", student.out.weight.detach().half().numpy()),
        constant("out_bias", student.out.bias.detach().half().numpy()),
    ]
    taught_out = node("Gemm", [pooled, *linear], "taught", transB=1)
    node("Concat", [pooled, taught_out], "look", axis=1)
    graph = helper.make_graph(
        nodes,
        "look",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT16, ["n", 3, "side", "side"])],
        [helper.make_tensor_value_info("look", TensorProto.FLOAT16, ["n", POOLED + TAUGHT])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    """Read, ask the teacher, teach, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--small", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=13_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("look.onnx"))
    options = parser.parse_args()
    photos, small = options.photos.read_text("utf-8").split("\n"), options.small.read_text("utf-8").split("\n")
    photos, small = [each for each in photos if each], [each for each in small if each]
    of_small, of_photos = embeddings(options.teacher, small), embeddings(options.teacher, photos)
    sample = of_small[:20_000]
    student = taught(
        read(small, SMALL_SIDE),
        targets(sample, of_small),
        read(photos, SIDE),
        targets(sample, of_photos),
        options.steps,
    )
    export(student, options.out)


if __name__ == "__main__":
    main()
