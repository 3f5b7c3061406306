"""``akin similar`` and ``akin colour``."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import as_json, percent, table
from desktop_app.cli.results import is_answer, is_page, is_picture, write_result
from desktop_app.cli.targets import absolute, is_id, split_seeds
from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import Hit, PaletteColour, SearchReply, SimilarRequest
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

if TYPE_CHECKING:
    from desktop_app.cli.sheet import Pictures

RESULTS = {".json": is_answer, ".html": is_page, ".htm": is_page, ".png": is_picture}
"""Endings, and what tells that such a file is an earlier result."""


def similar(call: Call) -> Answer:
    """The items most like one file, or like several together, or for each of them."""
    options = call.options
    out = _out(call)
    if options.each and options.vector is None and options.files:
        return _each(call, out)
    reply = _reply(call)
    document = _document(reply)
    if out is not None:
        _write(out, document, [reply], call)
    return Answer(document, _text(reply), tuple(reply.notes))


def colour(call: Call) -> Answer:
    """The photos that hold most of a palette."""
    options = call.options
    out = _out(call)
    try:
        palette = tuple(
            PaletteColour.parse(word) for text in options.colours for word in text.replace(",", " ").split()
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not palette:
        raise UsageError("Name at least one colour, in quotes, such as '#ff8800'.")
    request = SimilarRequest(colours=palette, k=options.k, query=options.filter, minimum=options.minimum / 100)
    reply = call.access.library.similar(request)
    document = _document(reply)
    if out is not None:
        _write(out, document, [reply], call)
    return Answer(document, _text(reply), tuple(reply.notes))


def _out(call: Call) -> Path | None:
    """Where the result is to be written. Raises UsageError for a kind of file that it can't be, KnownError where
    something else than an earlier result lies there."""
    out = None if call.options.out is None else call.path(call.options.out)
    if out is not None:
        if out.suffix.lower() not in RESULTS:
            raise UsageError("The result can be written as .json, .html or .png.")
        call.access.library.check_output(out, RESULTS[out.suffix.lower()])
    return out


def _each(call: Call, out: Path | None) -> Answer:
    """One answer per file; one that can't be used is answered with its sentence, and the exit code says so."""
    replies: list[SearchReply] = []
    results: list[dict[str, Any]] = []
    texts: list[str] = []
    errors: list[str] = []
    for word in call.options.files:
        try:
            reply = _similar_to(call, [word])
        except KnownError as error:
            if error.exit_code != UnreadableFileError.exit_code:
                raise
            path = word if is_id(word) else str(absolute(word, call.cwd)) if "\0" not in word else word
            results.append({"query": path, "error": error.user_text, "hits": []})
            texts.append(f"{path}\n{error.user_text}\n")
            errors.append(error.user_text)
            continue
        replies.append(reply)
        results.append(_document(reply))
        texts.append("".join(f"{path}\n" for path in reply.queries) + _text(reply))
    document: dict[str, Any] = {"results": results}
    if out is not None:
        _write(out, document, replies, call)
    notes = tuple(note for reply in replies for note in reply.notes)
    code = UnreadableFileError.exit_code if errors else 0
    return Answer(document, "\n".join(texts), notes, tuple(dict.fromkeys(errors)), code)


def _reply(call: Call) -> SearchReply:
    if call.options.vector is not None:
        return _vector_reply(call)
    if not call.options.files:
        raise UsageError("Name at least one file or item to compare with.")
    return _similar_to(call, call.options.files)


def _similar_to(call: Call, words: Sequence[str]) -> SearchReply:
    """Raises UnreadableFileError where one of the files can't be used: the answer would be to another question."""
    library = call.access.library
    less_items, less_files = split_seeds(library, call.options.less, call.cwd)
    request = _request(call, *split_seeds(library, words, call.cwd))
    reply = library.similar(replace(request, less_items=tuple(less_items), less_files=tuple(less_files)))
    for sentence in reply.unreadable.values():
        raise UnreadableFileError(sentence)
    return reply


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
    queries = [str(path) for path in reply.queries] or [colour_text(each) for each in reply.request.colours]
    return {
        "query": queries[0] if len(queries) == 1 else queries,
        "kind": reply.kind.value,
        "space": reply.space,
        "seconds": round(reply.seconds, 4),
        "timings": {stage: round(seconds, 4) for stage, seconds in reply.timings.items()},
        "hits": [_hit(hit) for hit in reply.hits],
        **({"notes": list(reply.notes)} if reply.notes else {}),
    }


def colour_text(colour: PaletteColour) -> str:
    """As the command line takes it: ``#ff8800:70``."""
    return f"{colour.hex}:{colour.weight:g}"


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


def _text(reply: SearchReply) -> str:
    lines = [[percent(hit.score), "identical" if hit.identical else "", str(hit.path)] for hit in reply.hits]
    if not any(line[1] for line in lines):
        lines = [[line[0], line[2]] for line in lines]
    return table(lines, right=(0,)) if lines else "Nothing was found.\n"


def _write(out: Path, document: dict[str, Any], replies: Sequence[SearchReply], call: Call) -> None:
    if out.suffix.lower() == ".json":
        write_result(out, as_json(document).encode())
        return
    from desktop_app.cli.sheet import page, sheet

    draw = sheet if out.suffix.lower() == ".png" else page
    write_result(out, draw(replies, _pictures(call, replies)))


def _pictures(call: Call, replies: Sequence[SearchReply]) -> "Pictures":
    from desktop_app.cli.sheet import CELL, Pictures

    library = call.access.library
    rows = {row.id: row for reply in replies for row in library.rows([hit.id for hit in reply.hits])}
    paths = list(dict.fromkeys(path for reply in replies for path in reply.queries))
    ids = library.ids_of_paths(paths)
    known = {row.id: row for row in library.rows(list(ids.values()))}
    queries = {path: known[item] for path, item in ids.items() if item in known}

    def preview(path: Path) -> bytes | None:
        from PIL import Image

        try:
            found = library.preview(path, CELL)
        except KnownError:
            return None
        buffer = BytesIO()
        Image.frombytes("RGB", (found.width, found.height), found.rgb).save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    return Pictures(rows, queries, library.thumbnail_path, preview)
