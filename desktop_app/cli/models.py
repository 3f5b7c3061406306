"""``akin models``: the optional models that see what is in a photo."""

from collections.abc import Callable
from typing import Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import bytes_text, plural, table
from desktop_app.domain.models import DownloadProgress, ModelInfo, ModelList, ModelState
from desktop_app.domain.progress import Phase, Progress
from desktop_app.errors import KnownError

MEGABYTE = 1_000_000


def models(call: Call) -> Answer:
    """What was asked of them."""
    actions: dict[str, Callable[[Call], Answer]] = {
        "list": _list,
        "recommend": _recommend,
        "benchmark": _benchmark,
        "use": _use,
        "download": _download,
        "remove": _remove,
    }
    return actions[call.options.action](call)


def _list(call: Call) -> Answer:
    listing = call.access.library.models.listing()
    rows = [
        [model.name, model.state.value, str(model.dim), bytes_text(model.bytes), model.licence, _described(model)]
        for model in listing.models
    ]
    text = table([["name", "state", "dim", "size", "licence", "described"], *rows], right=(2, 3))
    return Answer(_document(listing), text, (listing.unavailable,) if listing.unavailable else ())


def _described(model: ModelInfo) -> str:
    if model.state in (ModelState.OFFERED, ModelState.PARTIAL, ModelState.DOWNLOADING) and not model.done:
        return model.recommended and "recommended"
    return f"{model.done:,} of {model.total:,} photos" if model.done or model.state is ModelState.BUILDING else ""


def _document(listing: ModelList) -> dict[str, Any]:
    return {
        "models": [_about(model) for model in listing.models],
        **({"unavailable": listing.unavailable} if listing.unavailable else {}),
    }


def _about(model: ModelInfo) -> dict[str, Any]:
    speed = model.speed
    return {
        "name": model.name,
        "title": model.title,
        "purpose": model.purpose,
        "licence": model.licence,
        "dim": model.dim,
        "bytes": model.bytes,
        "state": model.state.value,
        "reads_text": model.reads_text,
        "folder": model.folder,
        "vectors": model.done,
        "photos": model.total,
        "coverage": round(model.coverage, 4),
        "recommended": bool(model.recommended),
        "why": model.recommended,
        "images_per_second": speed.images_per_second if speed else None,
        "library_seconds": speed.library_seconds if speed else None,
    }


def _recommend(call: Call) -> Answer:
    listing = call.access.library.models.listing()
    chosen = next(model for model in listing.models if model.recommended)
    text = f"{chosen.name}: {chosen.recommended}.\n{chosen.purpose}\n"
    if chosen.state in (ModelState.OFFERED, ModelState.PARTIAL):
        text += f"Fetch it with “akin models download {chosen.name}”, {bytes_text(chosen.bytes)}.\n"
    if chosen.speed is None:
        text += f"The time is estimated; “akin models benchmark {chosen.name}” measures it once the model is here.\n"
    return Answer({**_about(chosen), "recommended": chosen.name}, text)


def _benchmark(call: Call) -> Answer:
    speed = call.access.library.models.benchmark(call.options.name, call.cwd)
    document = {
        "name": call.options.name,
        "images": speed.images,
        "images_per_second": speed.images_per_second,
        "library_seconds": speed.library_seconds,
        "device": speed.device,
        "dtype": speed.dtype,
    }
    minutes = max(1, round(speed.library_seconds / 60))
    return Answer(
        document,
        f"{speed.images_per_second:.1f} images a second over {plural(speed.images, 'photo')} ({speed.device}, "
        f"{speed.dtype}); the whole library takes about {plural(minutes, 'minute')}.\n",
    )


def _use(call: Call) -> Answer:
    name, drop = call.options.name, call.options.drop
    if name.lower() == "none":
        call.access.write(lambda library: library.models.stop_using())
        return Answer({"used": None}, "No model is used; what was described is kept.\n")
    chosen = call.access.library.models.examine(name, call.cwd)
    call.access.write(lambda library: library.models.use(chosen, drop_others=drop))
    finished = call.access.describe_photos(call.on_progress)
    model = call.access.library.models.listing().named(chosen.name)
    if model is None:
        raise KnownError(f"{chosen.name} was removed meanwhile.")
    document = {"used": model.name, "dim": model.dim, "version": chosen.spec.version, **_about(model)}
    if finished:
        text = f"{model.name} is in use: {model.done:,} of {plural(model.total, 'photo')} are described.\n"
    else:
        text = f"{model.name} is being built behind the window; “akin models list” says how far it is.\n"
    return Answer(document, text)


def _download(call: Call) -> Answer:
    def report(progress: DownloadProgress) -> None:
        call.on_progress(Progress(Phase.DOWNLOADING, progress.done // MEGABYTE, progress.total // MEGABYTE))

    folder = call.access.library.models.offers.fetch(call.options.name, report)
    return Answer(
        {"downloaded": call.options.name, "folder": folder},
        f"{call.options.name} is here. Use it with “akin models use {call.options.name}”.\n",
    )


def _remove(call: Call) -> Answer:
    name = call.options.name
    call.access.write(lambda library: library.models.remove(name))
    return Answer({"removed": name}, f"{name} is removed.\n")
