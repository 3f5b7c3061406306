"""``akin spaces``: what items are compared in."""

import csv
import io
from itertools import combinations
from typing import Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import table
from desktop_app.cli.results import MAP_COLUMNS, is_map, is_picture, png, write_result
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.errors import KnownError, UsageError


def spaces(call: Call) -> Answer:
    """What was asked of them."""
    if call.options.action == "map":
        return _map(call)
    if call.options.action == "compare":
        return _compare(call)
    return _list(call)


def _list(call: Call) -> Answer:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "version": spec.version,
            "title": spec.title,
            "kind": spec.kind.value,
            "dim": spec.dim,
            "metric": spec.metric.value,
            "vectors": count,
            "searched": spec.metric is not Metric.NONE,
        }
        for name, (spec, count) in call.access.library.spaces().items()
    ]
    rows = [[str(each[column]) for column in ("name", "kind", "dim", "metric", "vectors", "version")] for each in found]
    text = table([["name", "kind", "dim", "compared by", "vectors", "version"], *rows], right=(2, 4, 5))
    return Answer({"spaces": found}, text)


def _space(call: Call, name: str) -> SpaceSpec:
    known = {name: spec for name, (spec, _count) in call.access.library.spaces().items()}
    if name not in known or known[name].dim == 0:
        names = ", ".join(sorted(each for each, spec in known.items() if spec.dim))
        raise UsageError(f"There is no space “{name}” to look at. Known: {names}.")
    return known[name]


def _map(call: Call) -> Answer:
    from desktop_app.engine.space_maps import map_picture

    out = call.path(call.options.out)
    if out.suffix.lower() not in (".csv", ".png"):
        raise UsageError("A map can be written as .csv or .png.")
    library = call.access.library
    library.check_output(out, is_picture if out.suffix.lower() == ".png" else is_map)
    laid = library.space_map(_space(call, call.options.name))
    if not len(laid.ids):
        raise KnownError(f"Nothing is described in the space “{call.options.name}” yet.")
    if out.suffix.lower() == ".csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(MAP_COLUMNS)
        for item, (x, y), path in zip(laid.ids.tolist(), laid.places, laid.paths, strict=True):
            writer.writerow([item, f"{x:.5f}", f"{y:.5f}", path])
        write_result(out, text.getvalue().encode("utf-8", "surrogateescape"))
    else:
        pictures = [None if each is None else library.thumbnail_path(each) for each in laid.hashes]
        write_result(out, png(map_picture(laid, pictures)))
    document = {"space": call.options.name, "items": len(laid.ids), "explained": round(laid.explained, 4), "file": out}
    return Answer(
        document,
        f"{len(laid.ids):,} items by their two main axes, which hold {laid.explained:.0%} of the differences: {out}\n",
    )


def _compare(call: Call) -> Answer:
    names = list(dict.fromkeys(call.options.names))
    if len(names) < 2:
        raise UsageError("Name at least two spaces to compare.")
    specs = {name: _space(call, name) for name in names}
    if len({spec.kind for spec in specs.values()}) > 1:
        raise UsageError("Spaces of photos and of tracks have no items in common. Name spaces of one kind.")
    library = call.access.library
    found = [library.agreement(specs[a], specs[b], (a, b)) for a, b in combinations(names, 2)]
    if any(each.items <= 11 for each in found):
        raise KnownError("There are too few items that both spaces describe; a dozen at least are needed.")
    rows = [
        [each.first, each.second, f"{each.items:,}", f"{each.overlap:.0%}", f"{each.by_chance:.1%}"] for each in found
    ]
    text = table([["space", "and", "items", "of 10 nearest in common", "by chance"], *rows], right=(2, 3, 4))
    document = {
        "pairs": [
            {
                "spaces": [each.first, each.second],
                "items": each.items,
                "overlap": round(each.overlap, 4),
                "by_chance": round(each.by_chance, 4),
            }
            for each in found
        ]
    }
    return Answer(document, text)
