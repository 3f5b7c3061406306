"""How command lines are understood."""

import pytest

from desktop_app.cli.parser import COMMANDS, build_parser, first_word, parse, unknown_command
from desktop_app.cli.session import COMMANDS as CARRIED_OUT
from desktop_app.errors import UsageError


def test_every_command_is_carried_out() -> None:
    assert set(COMMANDS) == set(CARRIED_OUT)


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        ([], None),
        (["--json", "--profile", "list", "stats"], "stats"),
        (["--", "-odd.jpg"], "-odd.jpg"),
        (["--"], None),
        (["--quiet"], None),
    ],
)
def test_first_word(argv: list[str], word: str | None) -> None:
    assert first_word(argv) == word


def test_names_stand_before_and_after_options() -> None:
    options = parse(["similar", "a", "--each", "b", "-k", "3", "c"])
    assert (options.files, options.each, options.k) == (["a", "b", "c"], True, 3)
    assert parse(["tag", "1", "--add", "x", "2"]).items == ["1", "2"]


def test_queries_may_begin_with_a_minus() -> None:
    assert parse(["find", "-tag:x", "-k", "2"]).query.strip() == "-tag:x"
    assert parse(["find", "--json", "-word"]).query.strip() == "-word"
    assert parse(["list", "--filter", "-kind:photo"]).filter == "-kind:photo"


def test_common_options_of_both_places() -> None:
    for argv in (["--profile", "p", "--json", "list"], ["list", "--json", "--profile", "p"]):
        options = parse(argv)
        assert (options.profile, options.json) == ("p", True)
    assert not hasattr(parse(["list"]), "json")


@pytest.mark.parametrize("argv", [["list", "x"], ["list", "--x"], ["similar", "--x"], ["playlist"], ["roots", "x"]])
def test_wrong_lines_are_one_sentence(argv: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert "\n" not in str(caught.value) and str(caught.value)[0].isupper()


def test_mistyped_commands_get_a_suggestion() -> None:
    assert "“similar”" in str(unknown_command("similr"))
    assert "--help" in str(unknown_command("zzzz"))


def test_later_commands_are_not_known_yet() -> None:
    text = build_parser().format_help()
    assert not {"duplicates"} & set(text.split())
