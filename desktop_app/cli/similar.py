"""``akin similar`` and ``akin playlist``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import as_json, percent, table
from desktop_app.cli.targets import split_seeds
from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import Hit, SearchReply, SimilarRequest
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

PICTURE_ENDINGS = (".html", ".htm", ".png")


def similar(call: Call) -> Answer:
    """The items most like one file, or like several together, or for each of them."""
    options = call.options
    out = None if options.out is None else call.path(options.out)
    if out is not None and out.suffix.lower() not in (".json", *PICTURE_ENDINGS):
        raise UsageError("The result can be written as .json, .html or .png.")
    replies = _replies(call)
    for reply in replies:
        for sentence in reply.unreadable.values():
            if options.each or not reply.hits:
                raise UnreadableFileError(sentence)
    single = not options.each
    document: dict[str, Any] = _document(replies[0]) if single else {"results": [_document(reply) for reply in replies]}
    if out is not None:
        _write(out, document, replies, call)
    notes = [note for reply in replies for note in (*reply.unreadable.values(), *reply.notes)]
    return Answer(document, "\n".join(_text(reply, titled=not single) for reply in replies), tuple(notes))


def _replies(call: Call) -> list[SearchReply]:
    options, library = call.options, call.access.library
    if options.vector is not None:
        return [_vector_reply(call)]
    if not options.files:
        raise UsageError("Name at least one file or item to compare with.")
    ids, files = split_seeds(library, options.files, call.cwd)
    if options.each:
        return [library.similar(_request(call, *split_seeds(library, [word], call.cwd))) for word in options.files]
    return [library.similar(_request(call, ids, files))]


def _request(call: Call, ids: Sequence[ItemId], files: Sequence[Path]) -> SimilarRequest:
    options = call.options
    return SimilarRequest(
        files=tuple(files),
        items=tuple(ids),
        k=options.k,
        space=options.space,
        query=options.filter,
        minimum=options.minimum / 100,
    )


def _vector_reply(call: Call) -> SearchReply:
    import numpy as np

    options = call.options
    if options.files:
        raise UsageError("Give either files or --vector, not both.")
    if options.space is None:
        raise UsageError("--vector needs --space: a vector means nothing without its space.")
    path = call.path(options.vector)
    try:
        vector = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise UnreadableFileError(f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableFileError(f"{path} is no vector that numpy saved.") from error
    return call.access.library.similar_to_vector(options.space, vector, _request(call, (), ()))


def _document(reply: SearchReply) -> dict[str, Any]:
    queries = [str(path) for path in reply.queries]
    return {
        "query": queries[0] if len(queries) == 1 else queries,
        "kind": reply.kind.value,
        "space": reply.space,
        "seconds": round(reply.seconds, 4),
        "timings": {stage: round(seconds, 4) for stage, seconds in reply.timings.items()},
        "hits": [_hit(hit) for hit in reply.hits],
        **({"unreadable": {str(path): why for path, why in reply.unreadable.items()}} if reply.unreadable else {}),
        **({"notes": list(reply.notes)} if reply.notes else {}),
    }


def _hit(hit: Hit) -> dict[str, Any]:
    why = {part.space: {"score": round(part.similarity, 4), "weight": round(part.weight, 4)} for part in hit.parts}
    return {
        "id": hit.id,
        "path": hit.path,
        "score": round(hit.score, 4),
        "identical": hit.identical,
        "close": hit.close,
        "why": why,
    }


def _text(reply: SearchReply, *, titled: bool) -> str:
    lines = [[percent(hit.score), "identical" if hit.identical else "", str(hit.path)] for hit in reply.hits]
    if not any(line[1] for line in lines):
        lines = [[line[0], line[2]] for line in lines]
    title = "".join(f"{path}\n" for path in reply.queries) if titled else ""
    return title + (table(lines, right=(0,)) if lines else "Nothing was found.\n")


def _write(out: Path, document: dict[str, Any], replies: Sequence[SearchReply], call: Call) -> None:
    try:
        if out.suffix.lower() == ".json":
            out.write_text(as_json(document), "utf-8")
        else:
            from desktop_app.cli.sheet import write_page, write_sheet

            rows = {row.id: row for reply in replies for row in call.access.library.rows([h.id for h in reply.hits])}
            write = write_sheet if out.suffix.lower() == ".png" else write_page
            write(out, replies, rows, call.access.library.thumbnail_path)
    except OSError as error:
        raise KnownError(f"{out} can't be written: {error.strerror or error}.") from error
