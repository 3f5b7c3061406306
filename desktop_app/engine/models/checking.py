"""Whether a folder holds a model that Akin can run: looked at without torch, and before anything is loaded.

Weights are read from safetensors or ONNX. A pickle can run any program when it is opened, and so can code that a model
brings along: both are refused.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from desktop_app.errors import KnownError

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
PREPARATION = 1  # of how pixels are made ready here; other pixels make other vectors
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_HEADER_LIMIT = 100_000_000  # bytes; that of the format itself


class ModelRefusedError(KnownError):
    """A folder that is no usable model; the text says why."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """What the worker loads. ``side`` in pixels; ``crop`` cuts a square from the middle, else the picture is stretched.

    ``fingerprint`` is of the weights and of how pixels are prepared: another one makes another space. ``files`` are
    paths with the checksums that they have to have (``sealing``).
    """

    folder: Path
    form: str  # "sentence-transformers", "transformers" or "onnx"
    family: str  # "clip", "siglip", …
    side: int
    crop: bool
    reads_text: bool
    fingerprint: str
    text_folder: Path | None = None
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    bytes: int = 0
    files: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> int:
        """Of the space that this model makes: 31 bits of the fingerprint, never 0."""
        return (int(self.fingerprint[:8], 16) & 0x7FFFFFFF) or 1


def check_model(place: Path, text_folder: Path | None = None) -> ModelSource:
    """The model in a folder (or one .onnx file). Raises ModelRefusedError with the reason."""
    if not place.exists():
        raise ModelRefusedError(f"There is no folder {place}.")
    if place.is_file():
        if place.suffix.lower() != ".onnx":
            raise ModelRefusedError(f"{place.name} is no folder with a model, and no ONNX file.")
        return _onnx(place, place.parent)
    if text_folder is not None:
        check_text_encoder(text_folder)
    if (place / "modules.json").is_file():
        return _sentence_transformers(place, text_folder)
    if (place / "config.json").is_file() and not _only_onnx(place):
        return _transformers(place, place, "transformers", text_folder)
    networks = _onnx_files(place)
    if networks:
        return _onnx(_image_network(networks), place)
    _refuse_pickles(place)
    raise ModelRefusedError(
        f"There is no model in {place}: neither a config.json with safetensors weights nor an ONNX file."
    )


def _sentence_transformers(place: Path, text_folder: Path | None) -> ModelSource:
    modules = _module_folders(place)
    for folder in modules:
        if (folder / "config.json").is_file() and "vision_config" in _json(folder / "config.json"):
            source = _transformers(folder, place, "sentence-transformers", text_folder)
            for other in modules:
                _refuse_pickles(other)
            return source
    raise ModelRefusedError(f"The model in {place} reads no pictures. Choose a CLIP or SigLIP model.")


def check_text_encoder(place: Path) -> None:
    """A sentence-transformers folder whose network reads words. Raises ModelRefusedError."""
    if not (place / "modules.json").is_file():
        raise ModelRefusedError(f"The text encoder in {place} has no modules.json.")
    for folder in _module_folders(place):
        _refuse_pickles(folder)
        for weights in folder.glob("*.safetensors"):
            _check_safetensors(weights)


def _module_folders(place: Path) -> list[Path]:
    modules = _json(place / "modules.json")
    if not isinstance(modules, list):
        raise ModelRefusedError(f"The modules.json in {place} is damaged.")
    folders: list[Path] = []
    for module in cast("list[Any]", modules):
        kind = str(module.get("type", "")) if isinstance(module, dict) else ""
        if not kind.startswith("sentence_transformers."):
            raise ModelRefusedError(f"The model in {place} brings its own program code, which Akin does not run.")
        folder = (place / str(module.get("path", ""))).resolve()
        if not folder.is_relative_to(place.resolve()):
            raise ModelRefusedError(f"The model in {place} points outside its own folder.")
        _refuse_code(folder)
        folders.append(folder)
    return folders


def _transformers(folder: Path, place: Path, form: str, text_folder: Path | None) -> ModelSource:
    _refuse_code(folder)
    config = _json(folder / "config.json")
    if not isinstance(config, dict) or "vision_config" not in config:
        raise ModelRefusedError(f"The model in {place} reads no pictures. Choose a CLIP or SigLIP model.")
    config = cast("dict[str, Any]", config)
    family = str(config.get("model_type", ""))
    if family == "siglip2":  # pictures of any shape as lists of patches, and words go astray
        raise ModelRefusedError(
            f"The model in {place} is a SigLIP 2 of the NaFlex kind, which Akin can't run. "
            "Choose one for a fixed size, such as siglip2-base-patch16-224."
        )
    weights = _weights(folder)
    if not weights:
        _refuse_pickles(folder)
        raise ModelRefusedError(f"The weights of the model in {place} are missing: there is no safetensors file.")
    for file in weights:
        _check_safetensors(file)
    processor = _processor(folder)
    side, crop = _input_size(processor, config)
    reads_text = "text_config" in config
    if reads_text and text_folder is None and not _has_tokenizer(folder):
        raise ModelRefusedError(f"The model in {place} is incomplete: its tokenizer is missing.")
    return ModelSource(
        place,
        form,
        family,
        side,
        crop,
        reads_text or text_folder is not None,
        _fingerprint(weights, side, crop, text_folder),
        text_folder,
        bytes=sum(file.stat().st_size for file in weights),
    )


def _onnx(network: Path, place: Path) -> ModelSource:
    if network.stat().st_size < 64:
        raise ModelRefusedError(f"{network.name} is no ONNX network, or was cut short.")
    processor = _processor(place)
    side, crop = _input_size(processor, {}) if processor else (0, True)
    mean = _three(processor.get("image_mean"), CLIP_MEAN)
    std = _three(processor.get("image_std"), CLIP_STD)
    print_of = _fingerprint([network], side, crop, None)
    return ModelSource(
        network, "onnx", "onnx", side, crop, False, print_of, None, mean, std, bytes=network.stat().st_size
    )


def _three(value: Any, default: tuple[float, float, float]) -> tuple[float, float, float]:
    if isinstance(value, list) and len(cast("list[Any]", value)) == 3:
        first, second, third = (float(part) for part in cast("list[Any]", value))
        return first, second, third
    return default


def _onnx_files(place: Path) -> list[Path]:
    return sorted([*place.glob("*.onnx"), *place.glob("onnx/*.onnx")])


def _only_onnx(place: Path) -> bool:
    return bool(_onnx_files(place)) and not any(place.glob("*.safetensors"))


def _image_network(networks: list[Path]) -> Path:
    """Of several the one that sees: exports name it vision_model or visual."""
    if len(networks) == 1:
        return networks[0]
    seeing = [file for file in networks if file.stem in ("vision_model", "visual", "image_encoder", "model")]
    if not seeing:
        raise ModelRefusedError(f"There are several ONNX files in {networks[0].parent}; name the image encoder itself.")
    return min(seeing, key=lambda file: ("vision_model", "visual", "image_encoder", "model").index(file.stem))


def _weights(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        document = _json(index)
        parts = cast("Mapping[str, str]", document.get("weight_map", {})) if isinstance(document, dict) else {}
        files = [folder / name for name in sorted(set(parts.values()))]
        for file in files:
            if not file.is_file():
                raise ModelRefusedError(f"The model in {folder} is incomplete: {file.name} is missing.")
        return files
    single = folder / "model.safetensors"
    return [single] if single.is_file() else []


def _check_safetensors(file: Path) -> None:
    """The header names every tensor's place in the file: a file cut short, or one of another kind, is found out."""
    damaged = ModelRefusedError(f"{file.name} in {file.parent} is damaged or was cut short. Download the model again.")
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(8)
        if head[:2] in (b"PK", b"\x80\x02", b"\x80\x04", b"\x80\x05"):
            raise ModelRefusedError(f"{file.name} in {file.parent} is a Python pickle, which Akin does not open.")
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 2 <= length <= min(_HEADER_LIMIT, size - 8):
            raise damaged
        try:
            header = json.loads(stream.read(length))
            ends = [int(part["data_offsets"][1]) for name, part in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged from error
    if not ends or max(ends) + 8 + length != size:
        raise damaged


def _refuse_pickles(folder: Path) -> None:
    """Where the only weights are pickles."""
    if any(folder.glob("*.safetensors")):
        return
    pickled = next((file for file in sorted(folder.glob("*")) if file.suffix.lower() in PICKLES), None)
    if pickled is not None:
        raise ModelRefusedError(
            f"The weights in {pickled.name} are a Python pickle, which can run any program when it is opened. "
            "Choose a model with safetensors weights."
        )


def _refuse_code(folder: Path) -> None:
    for name in ("config.json", "processor_config.json", "preprocessor_config.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            document = _json(folder / name)
            if isinstance(document, dict) and "auto_map" in document:
                raise ModelRefusedError(f"The model in {folder} brings its own program code, which Akin does not run.")


def _has_tokenizer(folder: Path) -> bool:
    names = ("tokenizer.json", "vocab.json", "vocab.txt", "spiece.model", "tokenizer.model")
    return any((folder / name).is_file() for name in names)


def _processor(folder: Path) -> dict[str, Any]:
    """The settings of the image processor, in either of the two files that may hold them."""
    for at in (folder, folder.parent):
        for name in ("preprocessor_config.json", "processor_config.json"):
            if (at / name).is_file():
                document = _json(at / name)
                if isinstance(document, dict):
                    found = cast("dict[str, Any]", document)
                    inner = found.get("image_processor", found)
                    if isinstance(inner, dict) and ("size" in inner or "image_mean" in inner):
                        return cast("dict[str, Any]", inner)
    return {}


def _input_size(processor: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[int, bool]:
    """Side in pixels, and whether a square is cut out (else the whole picture is stretched)."""
    size, crop = processor.get("size"), processor.get("crop_size")
    vision = config.get("vision_config")
    side, cuts = 0, bool(processor.get("do_center_crop", True))
    if cuts and isinstance(crop, dict):
        side = int(cast("dict[str, Any]", crop).get("height", 0))
    elif cuts and isinstance(crop, int):
        side = crop
    elif isinstance(size, dict) and "height" in size:
        side, cuts = int(cast("dict[str, Any]", size)["height"]), False
    elif isinstance(size, dict):
        side = int(cast("dict[str, Any]", size).get("shortest_edge", 0))
    elif isinstance(size, int):
        side = size
    if not side and isinstance(vision, dict):
        side = int(cast("dict[str, Any]", vision).get("image_size", 224))
    side = side or 224
    if not 16 <= side <= 1024:
        raise ModelRefusedError(f"A model that sees {side} pixels is not one that Akin can run.")
    return side, cuts


def _fingerprint(weights: list[Path], side: int, crop: bool, text_folder: Path | None) -> str:
    """Of all weights that make image vectors, and of the pixels that they get; 32 hexadecimal digits."""
    digest = hashlib.blake2b(f"{PREPARATION} {side} {crop} {text_folder is not None}".encode(), digest_size=16)
    for file in weights:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(1 << 22):
            yield block


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelRefusedError(f"{file.name} in {file.parent} is damaged: it is no JSON.") from error
