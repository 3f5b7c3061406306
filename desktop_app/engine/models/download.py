"""Getting a model: the only code of Akin that opens a network connection, and only when the user asks for a model.

Only safetensors, configuration and tokenizers are fetched. The hub's list of files for a commit gives sizes and
checksums (SHA-256 of large files, git's blob hash of small ones); each file is checked before it is taken. A download
that was stopped goes on where it ended.
"""

import json
import re
import shutil
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

from desktop_app.domain.models import DownloadProgress, ModelEntry, Repository
from desktop_app.engine.models.sealing import checksum_of
from desktop_app.errors import KnownError, StorageFullError
from desktop_app.files import replacing
from desktop_app.paths import MODEL_MARK

HUB = "https://huggingface.co"
TIMEOUT = 15.0
REPORT_SECONDS = 0.1
BLOCK = 1 << 18
ROOM = 200_000_000  # bytes that stay free
IMAGES, WORDS = "images", "words"
"""The folders of a model in two parts."""
MARK = MODEL_MARK

_WANTED = re.compile(
    r"(?:[^/]+/){0,2}(?:config|[a-z_]*config|modules|special_tokens_map|added_tokens|tokenizer|vocab"
    r"|config_sentence_transformers|model\.safetensors\.index)\.json"
    r"|(?:[^/]+/){0,2}(?:model|model-\d+-of-\d+)\.safetensors"
    r"|(?:[^/]+/){0,2}(?:merges\.txt|vocab\.txt|[a-z_.]+\.model)"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LEFT_OUT = ("onnx/", "openvino/", "flax/", "tf/")


class DownloadError(KnownError):
    """A download that can't go on; what has arrived is kept."""


class DownloadCancelledError(DownloadError):
    """The user stopped it."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to fetch: where it goes, its size, and its checksum: "sha256:…" or "git:…"."""

    url: str
    place: str
    size: int
    checksum: str

    @property
    def kind(self) -> str:
        """Of its checksum."""
        return self.checksum.partition(":")[0]


Report = Callable[[DownloadProgress], None]


@dataclass(frozen=True, slots=True)
class Pins:
    """What a download consisted of: (repository, commit), and (place, checksum) of each file."""

    commits: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def download(
    entry: ModelEntry,
    folder: Path,
    report: Report,
    cancelled: threading.Event,
    *,
    hub: str = HUB,
    pins: Pins | None = None,
) -> Pins:
    """Fetch a model into ``folder``; what is there whole already is not fetched again.

    ``pins`` are those of an earlier download, and have to be the same now. Raises DownloadError.
    """
    _check_hub(hub)
    report(DownloadProgress(entry.name, 0, entry.bytes))
    parts = [(IMAGES if entry.text_repository else "", entry.repositories)]
    if entry.text_repository:
        parts.append((WORDS, (entry.text_repository,)))
    files: list[RemoteFile] = []
    commits: dict[str, str] = {}
    for part, repositories in parts:
        repository, commit, found = _listed(hub, repositories, part, pins)
        commits[repository] = commit
        files += found
    stated = Pins(tuple(commits.items()), tuple((file.place, file.checksum) for file in files))
    if pins is not None and not _agree(pins, stated):
        raise DownloadError(
            f"The hub now offers other files as {entry.name} than those that were fetched before. Nothing was fetched."
        )
    total = sum(file.size for file in files)
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(folder, files)
    done = 0
    for file in files:
        done += _fetch(file, folder, _throttled(entry, file, done, total, report), cancelled)
    mark = {"name": entry.name, "commits": commits, "files": dict(stated.files), "bytes": total}
    with replacing(folder / MARK) as part:
        part.write_text(json.dumps(mark, indent=1), "utf-8")
    report(DownloadProgress(entry.name, total, total))
    return stated


def _agree(before: Pins, now: Pins) -> bool:
    """No file of the same commits has another checksum; a commit that this program names may be another one by now."""
    known = dict(before.files) if dict(before.commits) == dict(now.commits) else {}
    return all(known.get(place, checksum) == checksum for place, checksum in now.files)


def _throttled(entry: ModelEntry, file: RemoteFile, before: int, total: int, report: Report) -> Callable[[int], None]:
    """Tells of a file's bytes, some times a second."""
    told = 0.0

    def tell(now: int) -> None:
        nonlocal told
        moment = time.monotonic()
        if moment - told >= REPORT_SECONDS:
            told = moment
            report(DownloadProgress(entry.name, before + now, total, file.place))

    return tell


def marked(folder: Path) -> Pins | None:
    """What the download into this folder consisted of; None where its note is lost."""
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
        return Pins(tuple(dict(mark["commits"]).items()), tuple(dict(mark["files"]).items()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_complete(folder: Path) -> bool:
    """Whether a download into this folder has ended well."""
    return (folder / MARK).is_file()


def _check_hub(hub: str) -> None:
    parts = urlsplit(hub)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise DownloadError("Models are fetched over https only.")


def _listed(
    hub: str, repositories: Sequence[Repository], part: str, pins: Pins | None
) -> tuple[str, str, list[RemoteFile]]:
    """The first repository with safetensors: its name, its commit, and the files to fetch."""
    known = {} if pins is None else dict(pins.commits)
    for repository in [each for each in repositories if each.name in known] or repositories:
        revision = repository.revision
        if not _COMMIT.fullmatch(revision):
            revision = known.get(repository.name, revision)
        listing = f"{quote(repository.name)}/revision/{quote(revision, safe='')}?blobs=true"
        document = _json(f"{hub}/api/models/{listing}")
        commit = str(document.get("sha") or revision)
        if _COMMIT.fullmatch(revision) and commit != revision:
            raise DownloadError(f"The model hub answers with another version of {repository.name} than was asked for.")
        siblings = cast("list[Mapping[str, Any]]", document.get("siblings") or [])
        files = [_remote(hub, repository.name, commit, part, each) for each in siblings if _is_wanted(each)]
        if any(file.place.endswith(".safetensors") for file in files):
            _check_stated(repository, part, files)
            return repository.name, commit, files
    raise DownloadError(
        f"{repositories[0].name} offers no safetensors weights at present, and Akin opens no others. "
        "Choose another model."
    )


def _check_stated(repository: Repository, part: str, files: Sequence[RemoteFile]) -> None:
    """The hub states the checksums that this program knows of."""
    stated = {file.place: file.checksum for file in files}
    for name, checksum in repository.sha256:
        if stated.get(f"{part}/{name}" if part else name) != f"sha256:{checksum}":
            raise DownloadError(
                f"What the hub offers as {repository.name} is not what was published under that name. "
                "Nothing was fetched; choose another model."
            )


def _is_wanted(sibling: Mapping[str, Any]) -> bool:
    name = str(sibling.get("rfilename", ""))
    return not name.startswith(_LEFT_OUT) and _WANTED.fullmatch(name) is not None and ".." not in name


def _remote(hub: str, repository: str, commit: str, part: str, sibling: Mapping[str, Any]) -> RemoteFile:
    name = str(sibling["rfilename"])
    large = cast("Mapping[str, Any] | None", sibling.get("lfs"))
    checksum = f"sha256:{large['sha256']}" if large and large.get("sha256") else f"git:{sibling.get('blobId', '')}"
    size = int((large or {}).get("size") or sibling.get("size") or 0)
    url = f"{hub}/{quote(repository)}/resolve/{quote(commit, safe='')}/{quote(name)}"
    return RemoteFile(url, f"{part}/{name}" if part else name, size, checksum)


def _check_room(folder: Path, files: Sequence[RemoteFile]) -> None:
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    needed = sum(file.size for file in files) - there + ROOM
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageFullError(
            f"The model needs {needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free. Make room and try again."
        )


def _fetch(file: RemoteFile, folder: Path, report: Callable[[int], None], cancelled: threading.Event) -> int:
    """One file, from where an earlier attempt ended; returns its size."""
    target = folder / file.place
    if target.is_file() and target.stat().st_size == file.size and checksum_of(target, file.kind) == file.checksum:
        report(file.size)
        return file.size
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    if part.is_file() and part.stat().st_size > file.size:
        part.unlink()
    try:
        if not part.is_file() or part.stat().st_size < file.size:
            _append(file, part, report, cancelled)
        if part.stat().st_size != file.size:
            raise DownloadError(
                f"The connection ended in the middle of {file.place}. Start the download again: it goes on."
            )
        if checksum_of(part, file.kind) != file.checksum:
            part.unlink()
            raise DownloadError(f"{file.place} arrived damaged and was thrown away. Start the download again.")
        part.replace(target)
    except OSError as error:
        if isinstance(error, urllib.error.URLError | TimeoutError | ConnectionError | ssl.SSLError):
            raise _offline(error) from error
        raise StorageFullError(f"{target.name} can't be written: {error.strerror or error}.") from error
    except HTTPException as error:
        raise _offline(error) from error
    return file.size


def _append(file: RemoteFile, part: Path, report: Callable[[int], None], cancelled: threading.Event) -> None:
    have = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with closing(_open(file.url, headers)) as answer:
        if have and answer.status != 206:  # a server that knows no ranges begins anew
            have = 0
        with part.open("ab" if have else "wb") as output:
            while block := answer.read(BLOCK):
                output.write(block)
                have += len(block)
                if have > file.size:
                    raise DownloadError(f"{file.place} is longer than the hub said it would be. Nothing of it is used.")
                report(have)
                if cancelled.is_set():
                    raise DownloadCancelledError(
                        "The download was stopped; it goes on from there when it is started again."
                    )


def _json(url: str) -> Mapping[str, Any]:
    try:
        with closing(_open(url, {"Accept": "application/json"})) as answer:
            return cast("Mapping[str, Any]", json.loads(answer.read(32_000_000)))
    except (OSError, HTTPException) as error:
        raise _offline(error) from error
    except ValueError as error:
        raise DownloadError("The model hub answered something that is not understood. Try again later.") from error


class _OnlyEncrypted(urllib.request.HTTPRedirectHandler):
    """Follows the hub to where its files lie, but never to an address that anyone on the way could answer for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        _check_hub(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: Mapping[str, str]) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "akin", **headers})
    return urllib.request.build_opener(_OnlyEncrypted).open(request, timeout=TIMEOUT)


def _offline(error: BaseException) -> DownloadError:
    if isinstance(error, urllib.error.HTTPError):
        if error.code in (401, 403, 404):
            return DownloadError("The model is not offered there any more, or asks for an account. Choose another one.")
        return DownloadError(f"The model hub answers with an error ({error.code}). Try again later.")
    if isinstance(getattr(error, "reason", error), ssl.SSLError):
        return DownloadError("The model hub's certificate can't be checked, so nothing was fetched.")
    return DownloadError(
        "The model hub can't be reached: this computer seems to be offline. What has arrived is kept; "
        "or copy a model's folder here by other means and choose it with “From Folder…”."
    )
