"""That the files of a model are still those that were chosen: each by its checksum, before every load."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from desktop_app.engine.models.checking import ModelRefusedError, ModelSource, check_model
from desktop_app.paths import MODEL_MARK

READ = (".json", ".txt", ".model", ".safetensors", ".onnx")
"""What a model is loaded from; whatever else lies in its folder is not opened."""
DEEP = 2  # folders below its own
_BLOCK = 1 << 22


def sealed(source: ModelSource, known: Iterable[tuple[Path, str]] = ()) -> ModelSource:
    """With the checksums of its files: those that a download was checked by, else what they are now.

    Raises ModelRefusedError.
    """
    files = tuple((str(path), checksum) for path, checksum in known)
    if not files:
        try:
            files = tuple((str(path), checksum_of(path, "sha256")) for path in sorted(set(_files(source))))
        except OSError as error:
            raise ModelRefusedError(
                f"The model in {source.folder} can't be read: {error.strerror or error}."
            ) from error
    return replace(source, files=files)


def sealed_late(source: ModelSource) -> ModelSource:
    """A model that was chosen before files were sealed: if its weights are those that were chosen, what it is now.

    Raises ModelRefusedError.
    """
    if check_model(source.folder, source.text_folder).fingerprint != source.fingerprint:
        raise ModelRefusedError(
            f"The model in {source.folder} has changed since it was chosen. "
            "Choose the model again if that was you; else download it again."
        )
    return sealed(source)


def check_seal(source: ModelSource) -> None:
    """Raises ModelRefusedError where a file is gone, another one, or has come in; of no seal, where weights differ."""
    if not source.files:
        sealed_late(source)
        return
    named = {Path(name) for name, _checksum in source.files}
    added = sorted(path for path in set(_files(source)) if path not in named)
    if added:
        raise ModelRefusedError(
            f"{added[0].name} in {added[0].parent} was not there when the model was chosen. "
            "Choose the model again if that was you; else take the file away."
        )
    for name, checksum in source.files:
        path = Path(name)
        try:
            same = checksum_of(path, checksum.partition(":")[0]) == checksum
        except OSError as error:
            raise ModelRefusedError(
                f"{path.name} in {path.parent} can't be read any more. Choose the model again, or download it again."
            ) from error
        if not same:
            raise ModelRefusedError(
                f"{path.name} in {path.parent} has changed since the model was chosen. "
                "Choose the model again if that was you; else download it again."
            )


def checksum_of(path: Path, kind: str) -> str:
    """ "sha256:…", or "git:…" as git names a file's content. Raises OSError."""
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return f"{kind}:{digest.hexdigest()}"


def _files(source: ModelSource) -> Iterable[Path]:
    if source.folder.is_file():
        yield source.folder
        return
    for root in (source.folder, source.text_folder):
        if root is not None:
            for depth in range(DEEP + 1):
                yield from (path for path in root.glob("*/" * depth + "*") if _is_read(path, root))


def _is_read(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)  # left by systems, read by nobody
    return path.suffix.lower() in READ and path.name != MODEL_MARK and not hidden and path.is_file()
