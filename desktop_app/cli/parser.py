"""The words of the ``akin`` command line."""

import argparse
import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from desktop_app import __version__
from desktop_app.errors import UsageError

COMMANDS = (
    "index",
    "similar",
    "find",
    "colour",
    "playlist",
    "playlists",
    "show",
    "list",
    "rate",
    "tag",
    "roots",
    "remove",
    "stats",
    "doctor",
    "backup",
    "restore",
    "export",
    "import",
    "models",
    "spaces",
)


SEVERAL = ("names", "paths", "files", "seeds", "items", "query", "colours")
"""Names of arguments that take any number of words."""


OF_FIND = ("-k", "--explain", "--meaning", "--json", "--quiet", "--profile", "--log-level", "-h", "--help", "--")


LOG_LEVELS = ("debug", "info", "warning", "error")


class SentenceParser(argparse.ArgumentParser):
    """Says what is wrong as one sentence, and leaves ending the program to the caller."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        text = message[:1].upper() + message[1:]
        raise UsageError(f"{text.rstrip('.')}. See “{self.prog} --help”.")


def common_options() -> SentenceParser:
    """Options that stand before or after the command's name; absent ones leave no trace, so neither place wins."""
    parent = SentenceParser(add_help=False, allow_abbrev=False)
    group = parent.add_argument_group("common options")
    absent = argparse.SUPPRESS
    group.add_argument("--profile", metavar="DIR", default=absent, help="the library's own folder")
    group.add_argument("--json", action="store_true", default=absent, help="one JSON document on standard output")
    group.add_argument("--quiet", action="store_true", default=absent, help="no progress")
    group.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        default=absent,
        help="how much goes to the log in the library's folder (info)",
    )
    return parent


def build_parser() -> argparse.ArgumentParser:
    """The whole command line but the window's."""
    common = common_options()
    parser = SentenceParser(
        prog="akin",
        parents=[common],
        allow_abbrev=False,
        usage="akin [common options] [COMMAND …]\n       akin [FILE …]      opens the window",
        description="What else do I have that looks, or sounds, like this?",
    )
    parser.add_argument("--version", action="version", version=f"akin {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=SentenceParser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, prog=f"akin {name}", help=text, description=text, parents=[common], allow_abbrev=False
        )

    _index(add("index", "add folders and index them"))
    _similar(add("similar", "the items most like a photo or a track"))
    _find(add("find", "items by words and fields"))
    _colour(add("colour", "photos by palette"))
    _playlist(add("playlist", "a playlist from seed tracks"))
    _playlists(add("playlists", "saved playlists"), common)
    _show(add("show", "all that is known of one item"))
    _list(add("list", "items by kind, state and filter"))
    _rate(add("rate", "give stars to items"))
    _tag(add("tag", "add and remove tags"))
    _roots(add("roots", "the folders of the library"), common)
    _targets(add("remove", "take items out of the catalogue, never the files"))
    add("stats", "counts, indexes, memory, search latency")
    _doctor(add("doctor", "check the library"))
    _backup(add("backup", "one file with all that people made"))
    _restore(add("restore", "bring a backup back; what is there now is kept"))
    _export(add("export", "the collection for other tools"))
    _export(add("import", "add what an exported collection says"))
    _models(add("models", "optional models that see what is in a photo"), common)
    _spaces(add("spaces", "what items are compared in"), common)
    return parser


def _number(low: float, high: float, name: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text.rstrip("%")) if name == "percentage" else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"“{text}” is no {name}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    return read


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no whole number") from None
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("it has to be at least 1")
    return value


def _stars(text: str) -> int:
    if text not in ("0", "1", "2", "3", "4", "5"):
        raise argparse.ArgumentTypeError("a rating is a number from 0 to 5")
    return int(text)


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.replace("..", "-").partition("-")
    try:
        bounds = (float(low), float(high))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no range such as 110-130") from None
    if bounds[0] > bounds[1]:
        raise argparse.ArgumentTypeError(f"“{text}” runs backwards")
    return bounds


def _index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--watch", action="store_true", help="go on watching until stopped")
    parser.add_argument("--jobs", type=_count, metavar="N", help="number of workers")


def _similar(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file, or the id of an item")
    parser.add_argument("--each", action="store_true", help="one answer per file")
    parser.add_argument(
        "--less", action="append", default=[], metavar="FILE", help="less like this file or item (may repeat)"
    )
    parser.add_argument("-k", type=_count, default=20, metavar="N", help="number of hits (20)")
    parser.add_argument("--space", metavar="NAME", help="compare in this space alone")
    _filter(parser)
    _minimum(parser)
    parser.add_argument("--out", metavar="FILE", help="also write the result as .json, .html or .png")
    parser.add_argument("--vector", metavar="FILE.npy", help="compare with a vector of --space")


def _filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--filter", default="", metavar="QUERY", help="only items that match")


def _minimum(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--min", type=_number(0, 100, "percentage"), default=0.0, metavar="PERCENT", dest="minimum")


def _find(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="+", metavar="QUERY", help="words and fields; all of them have to match")
    parser.add_argument("-k", type=_count, default=20, metavar="N", help="number of hits (20)")
    parser.add_argument("--meaning", action="store_true", help="by what is in the pictures, with the model in use")
    parser.add_argument("--explain", action="store_true", help="say how the query was understood")


def _colour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "colours",
        nargs="+",
        metavar="'#HEX[:WEIGHT]'",
        help="one to five colours, in quotes, such as '#ff8800:70', or by name: red, sky, sand …",
    )
    parser.add_argument("-k", type=_count, default=20, metavar="N", help="number of hits (20)")
    _filter(parser)
    _minimum(parser)
    parser.add_argument("--out", metavar="FILE", help="also write the result as .json, .html or .png")


def _playlist(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("seeds", nargs="+", metavar="SEED", help="a file, or the id of a track")
    size = _number(0.1, 100_000, "number of minutes")
    parser.add_argument("--length", type=_count, metavar="N", help="tracks (20)")
    parser.add_argument("--minutes", type=size, metavar="M", help="so long, instead of --length")
    parser.add_argument("--variety", type=_number(0, 1, "number"), default=0.2, metavar="0..1")
    parser.add_argument("--artist-gap", type=int, default=2, metavar="N", help="tracks between two of one artist (2)")
    parser.add_argument("--bpm", type=_range, metavar="LO-HI")
    parser.add_argument("--harmonic", action="store_true", help="only steps between matching keys")
    parser.add_argument(
        "--order",
        choices=("smooth", "closest", "rising", "falling"),
        default="smooth",
        help="of the tracks after the seeds, which come first; rising and falling go by tempo",
    )
    parser.add_argument("--to", metavar="TRACK", help="a path from the seed to there")
    _filter(parser)
    _minimum(parser)
    parser.add_argument("--save", metavar="NAME", help="save it in the library, under “NAME 2” where NAME is taken")
    parser.add_argument("--replace", action="store_true", help="overwrite the playlist of that name")
    parser.add_argument("--out", metavar="FILE", help="write it as .m3u8 or .xspf")
    parser.add_argument("--without-seeds", action="store_true", help="leave the seeds out")


def _actions(parser: argparse.ArgumentParser, common: SentenceParser) -> Callable[[str, str], SentenceParser]:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=SentenceParser)
    parser.set_defaults(action="list")

    def add(name: str, text: str) -> SentenceParser:
        return actions.add_parser(name, help=text, description=text, parents=[common], allow_abbrev=False)

    return add


def _playlists(parser: argparse.ArgumentParser, common: SentenceParser) -> None:
    add = _actions(parser, common)
    add("list", "all saved playlists")
    add("show", "the tracks of one").add_argument("name", metavar="NAME")
    export = add("export", "write one as .m3u8 or .xspf")
    export.add_argument("name", metavar="NAME")
    export.add_argument("file", metavar="FILE")
    export.add_argument("--relative", action="store_true", help="paths relative to the file")
    add("import", "read one from a file").add_argument("file", metavar="FILE")
    add("delete", "delete one, never its tracks").add_argument("name", metavar="NAME")


def _targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("items", nargs="+", metavar="ID", help="an item's id or path")


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="FILE/ID")
    parser.add_argument("--vector", metavar="SPACE", help="print its vector")


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=("photo", "track"))
    parser.add_argument("--state", choices=("present", "missing", "offline", "problem"))
    _filter(parser)


def _rate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stars", type=_stars, metavar="STARS", help="0 to 5")
    _targets(parser)


def _tag(parser: argparse.ArgumentParser) -> None:
    _targets(parser)
    parser.add_argument("--add", action="append", default=[], metavar="NAME")
    parser.add_argument("--remove", action="append", default=[], metavar="NAME")


def _roots(parser: argparse.ArgumentParser, common: SentenceParser) -> None:
    add = _actions(parser, common)
    add("list", "all folders")
    add("remove", "take a folder and its items out of the catalogue").add_argument("path", metavar="PATH")
    relocate = add("relocate", "the folder has moved elsewhere")
    relocate.add_argument("old", metavar="OLD")
    relocate.add_argument("new", metavar="NEW")


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="rebuild what can be rebuilt")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="where to; else beside the library")
    parser.add_argument("--full", action="store_true", help="with vectors and all else that could be computed again")
    parser.add_argument("--list", action="store_true", help="the backups beside the library")


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a backup; else the newest one beside the library")
    parser.add_argument("--salvage", action="store_true", help="keep all but the last changes, whose log is damaged")
    parser.add_argument("--new", action="store_true", help="set a damaged library aside and begin an empty one")
    parser.add_argument("--list", action="store_true", help="the backups beside the library")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.json/.parquet")


def _models(parser: argparse.ArgumentParser, common: SentenceParser) -> None:
    add = _actions(parser, common)
    add("list", "what there is, and what is used")
    add("recommend", "the one that suits this library and computer")
    for name, text in (
        ("benchmark", "measure a model on some of the library's photos"),
        ("use", "describe the photos with a model, by name or by its folder; “none”: with none"),
        ("download", "fetch a model by its name"),
        ("remove", "give up a model's files and vectors"),
    ):
        action = add(name, text)
        action.add_argument("name", metavar="NAME/DIR" if name in ("use", "benchmark") else "NAME")
        if name == "use":
            action.add_argument("--drop", action="store_true", help="then give up the vectors of other models")


def _spaces(parser: argparse.ArgumentParser, common: SentenceParser) -> None:
    add = _actions(parser, common)
    add("list", "all spaces")
    laid = add("map", "a space in two dimensions")
    laid.add_argument("name", metavar="NAME")
    laid.add_argument("--out", required=True, metavar="FILE.csv/.png")
    add("compare", "how far spaces agree on what is near").add_argument("names", nargs="+", metavar="NAME")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Understand a command line; names may stand before and after options. Raises UsageError."""
    parser = build_parser()
    options, rest = parser.parse_known_args(_readable(argv))
    if rest:
        names = next((getattr(options, name) for name in SEVERAL if hasattr(options, name)), None)
        unknown = [word for word in rest if word.startswith("-")]
        if unknown or names is None:
            what = "option" if unknown else "argument"
            raise UsageError(f"There is no {what} “{(unknown or rest)[0]}” here. See “akin {options.command} --help”.")
        names.extend(rest)
    if options.command == "find":
        options.query = " ".join(options.query)
    return options


def _readable(argv: Sequence[str]) -> list[str]:
    """Keep queries that begin with a minus from being taken for options."""
    words: list[str] = []
    for word in argv:
        if words and words[-1] == "--filter":
            words[-1] = f"--filter={word}"
        elif word.startswith("-") and word.partition("=")[0] not in OF_FIND and first_word(argv) == "find":
            words.append(f" {word}")
        else:
            words.append(word)
    return words


def first_word(argv: Sequence[str]) -> str | None:
    """The first argument that is no common option, None where there is none."""
    skip = False
    for position, argument in enumerate(argv):
        if skip:
            skip = False
        elif argument in ("--profile", "--log-level"):
            skip = True
        elif argument == "--":
            return argv[position + 1] if position + 1 < len(argv) else None
        elif not argument.startswith("-"):
            return argument
    return None


def unknown_command(word: str) -> UsageError:
    """The sentence for a mistyped command."""
    close = difflib.get_close_matches(word, COMMANDS, 1)
    hint = f" Did you mean “{close[0]}”?" if close else " See “akin --help”."
    return UsageError(f"There is no command and no file called “{word}”.{hint}")


def window_parser() -> argparse.ArgumentParser:
    """``akin FILE…``."""
    parser = SentenceParser(prog="akin", parents=[common_options()], allow_abbrev=False)
    parser.add_argument("files", nargs="*", type=Path)
    return parser
