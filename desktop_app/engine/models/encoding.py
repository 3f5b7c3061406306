"""Inside the model worker: networks that turn pixels and words into vectors. The only module that imports torch.

Loads through ``SentenceTransformer`` from a local folder: safetensors, no remote code, no network.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.models.checking import ModelRefusedError, ModelSource

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]

ONNX_SIDES = (224, 256, 288, 336, 384, 448, 512, 128, 96, 64, 32)
"""Tried in this order where a bare ONNX file doesn't come with the settings of its processor."""
FASTER = 1.2
"""So many times faster bfloat16 has to be to be used: it rounds."""
FEW = 4
"""So many texts are worth more than one core."""


class Encoder(Protocol):
    """A loaded network."""

    device: str
    dtype: str
    side: int

    def images(self, pixels: Pixels) -> Vectors:
        """(n, side, side, 3) sRGB → (n, dim) float32."""
        ...

    def texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) float32, in the same space."""
        ...


def load(source: ModelSource) -> Encoder:
    """Raises ModelRefusedError with a sentence, also where torch is not installed."""
    if source.form == "onnx":
        return OnnxEncoder(source)
    if not has_torch():
        raise ModelRefusedError(NO_TORCH)
    try:
        return SentenceEncoder(source)
    except ModelRefusedError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise ModelRefusedError(f"The model in {source.folder} can't be loaded: {_first_line(error)}") from error


def has_torch() -> bool:
    """Whether what neural models need is installed; imports nothing."""
    return all(find_spec(name) is not None for name in ("torch", "sentence_transformers"))


NO_TORCH = (
    "Models of this kind need PyTorch, which is not installed: run “pip install 'akin[models]'”. "
    "An ONNX image encoder works without it."
)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


class SentenceEncoder:
    """CLIP, SigLIP and their kind, through sentence-transformers."""

    def __init__(self, source: ModelSource) -> None:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._quiet()
        import torch
        from sentence_transformers import SentenceTransformer

        self.device = _device()
        kind = _fastest_type(self.device)
        self.dtype = str(kind).removeprefix("torch.")
        self.side = source.side
        self._source = source
        options: dict[str, Any] = {"use_safetensors": True, "dtype": kind}
        self.network = SentenceTransformer(
            str(source.folder),
            device=self.device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs=options,
        )
        self._text = self.network
        if source.text_folder is not None:
            self._text = SentenceTransformer(
                str(source.text_folder),
                device=self.device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        torch.set_grad_enabled(False)

    @staticmethod
    def _quiet() -> None:
        import threading

        from tqdm import tqdm
        from transformers.utils import logging as messages

        tqdm.set_lock(
            threading.RLock()
        )  # its own would be a semaphore that nobody takes away when this process is ended
        messages.set_verbosity_error()
        with contextlib.suppress(AttributeError):
            messages.disable_progress_bar()

    def images(self, pixels: Pixels) -> Vectors:
        """The processor's own resizing has nothing left to do: the pixels come in the network's size."""
        from PIL import Image

        pictures: list[Any] = [Image.fromarray(picture) for picture in pixels]
        return self._encoded(self.network, pictures)

    def texts(self, texts: Sequence[str]) -> Vectors:
        """As the family was trained: SigLIP on lower case, padded to 64, with nothing of that masked."""
        if self._source.family.startswith("siglip") and self._source.text_folder is None:
            how = {"padding": "max_length", "max_length": 64, "truncation": True, "return_attention_mask": False}
            padded: dict[str, Any] = {"text": how}
            return self._encoded(self._text, [text.lower() for text in texts], processing_kwargs=padded)
        return self._encoded(self._text, list(texts))

    def _encoded(self, model: Any, inputs: list[Any], **options: Any) -> Vectors:
        import torch

        if self.device == "cpu":  # a few words on one core: two would wait for each other wherever others compute, too
            torch.set_num_threads(1 if len(inputs) < FEW and isinstance(inputs[0], str) else _cores())
        found = model.encode(
            inputs,
            batch_size=max(1, len(inputs)),
            show_progress_bar=False,
            convert_to_numpy=True,
            **options,
        )
        return unit(np.asarray(found, np.float32))  # in float32: bfloat16 would round lengths, too


class OnnxEncoder:
    """An ONNX image embedder run by OpenCV: no torch, no words."""

    device, dtype = "cpu", "float32"

    def __init__(self, source: ModelSource) -> None:
        import cv2

        self._cv2 = cv2
        try:
            self._net = cv2.dnn.readNetFromONNX(str(source.folder))
        except cv2.error as error:
            raise ModelRefusedError(f"{source.folder.name} is damaged, or no network that OpenCV can run.") from error
        self._mean = np.asarray(source.mean, np.float32) * 255
        self._scale = 1 / (np.asarray(source.std, np.float32) * 255)
        self.side = self._side(source)

    def _side(self, source: ModelSource) -> int:
        for side in (source.side,) if source.side else ONNX_SIDES:
            with contextlib.suppress(self._cv2.error, ValueError):
                found = self.images(np.zeros((1, side, side, 3), np.uint8))
                if found.ndim == 2 and 8 <= found.shape[1] <= 4096:
                    return side
        raise ModelRefusedError(
            f"{source.folder.name} doesn't turn a picture into one vector; it is no image encoder that Akin can run."
        )

    def images(self, pixels: Pixels) -> Vectors:
        """Normalised as the processor's settings say."""
        self._cv2.setNumThreads(_cores())
        batch = (pixels.astype(np.float32) - self._mean) * self._scale
        rows: list[NDArray[np.float32]] = []
        for picture in batch:  # exported networks often have a fixed batch of one
            self._net.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
            found = np.asarray(self._net.forward(), np.float32)
            if found.size != max(found.shape, default=0):
                raise ValueError("a map of features is no vector")
            rows.append(found.reshape(1, -1))
        return unit(np.concatenate(rows))

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Raises ModelRefusedError: there is no such network."""
        raise ModelRefusedError("This model sees pictures and reads no words. Use a CLIP or SigLIP model for that.")


def unit(vectors: Vectors) -> Vectors:
    """Each row at L2 length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    torch.set_num_threads(_cores())
    return "cpu"


def _fastest_type(device: str) -> Any:
    """bfloat16 where a matrix product of a network's size is faster with it, by measuring; else float32."""
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device != "cpu":
        return torch.float32
    left, right = torch.randn(800, 768), torch.randn(768, 3072)
    seconds = {kind: _seconds(left.to(kind), right.to(kind)) for kind in (torch.float32, torch.bfloat16)}
    return torch.bfloat16 if seconds[torch.bfloat16] * FASTER < seconds[torch.float32] else torch.float32


def _seconds(left: Any, right: Any) -> float:
    """The best of a few products."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        _ = left @ right
        best = min(best, time.perf_counter() - started)
    return best
