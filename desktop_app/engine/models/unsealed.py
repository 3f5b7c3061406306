"""Models that were chosen before their files were sealed: sealed once, in the model's process."""

from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace

from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.models.checking import ModelSource
from desktop_app.engine.models.runner import ModelRunner
from desktop_app.engine.models.shelf import Shelf, ShelfState
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError

PATIENCE = 0.02
"""Seconds that one step waits at most."""


def seal_older(shelf: Shelf, runner: ModelRunner, control: RunControl) -> Iterator[Progress]:
    """Those whose weights are what was chosen; of the others whoever uses them is told (``sealing.check_seal``)."""
    for model in shelf.state.models:
        if model.source.files:
            continue
        future = runner.seal(model.source)
        while not future.done():
            if control.cancelled:
                future.cancel()
                return
            wait([future], PATIENCE)
            yield Progress(Phase.DESCRIBING)
        with suppress(KnownError, OSError):  # no room for the note: at the next start
            _keep(shelf, runner.result_of(future))


def _keep(shelf: Shelf, source: ModelSource) -> None:
    def change(state: ShelfState) -> ShelfState:
        known = state.find(source.fingerprint)  # it may have been removed meanwhile
        return state if known is None else state.with_model(replace(known, source=source))

    shelf.change(change)
