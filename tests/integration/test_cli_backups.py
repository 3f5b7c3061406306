"""``akin backup``, ``restore``, ``export`` and ``import`` as processes see them: documents, sentences, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from fixtures.filled_catalog import PHOTOS, TRACKS, fill, said

from desktop_app.cli.main import main
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.library import Library
from desktop_app.errors import KnownError
from desktop_app.paths import Profile

Akin = Callable[..., tuple[int, str, str]]
ITEMS = PHOTOS + TRACKS


@pytest.fixture
def akin(profile: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Akin:
    """Over the filled catalogue, in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("desktop_app.cli.output.PATIENCE", 600.0)  # else progress is told, on a busy computer
    with Catalog.open(profile.catalog_path) as catalog:
        fill(catalog, tmp_path / "Pictures")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--profile", str(profile.directory), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def people_made(profile: Profile) -> dict[str, object]:
    with Catalog.open(profile.catalog_path) as catalog:
        return said(catalog)


def test_backup_and_restore(akin: Akin, profile: Profile, tmp_path: Path) -> None:
    before = people_made(profile)
    code, out, err = akin("backup", "b.zip", "--json")
    document = json.loads(out)
    assert (code, err, document["items"], document["file"]) == (0, "", ITEMS, str(tmp_path / "b.zip"))
    assert document["bytes"] == (tmp_path / "b.zip").stat().st_size
    assert akin("rate", "1", "1", "2", "3")[0] == 0
    assert people_made(profile) != before
    code, out, err = akin("restore", "b.zip", "--json")
    restored = json.loads(out)
    assert (code, err, restored["items"], restored["file"]) == (0, "", ITEMS, str(tmp_path / "b.zip"))
    assert people_made(profile) == before
    assert Path(restored["previous"]).exists() and restored["settings"]


@pytest.mark.parametrize("fault", [RuntimeError("a fault"), OSError("no more files"), KnownError("not now")])
def test_what_was_restored_is_told_whatever_comes_after(
    akin: Akin, profile: Profile, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The search indexes are a cache: they follow with the next search."""

    def fail(*_given: object) -> NoReturn:
        raise fault

    before = people_made(profile)
    assert akin("backup", "b.zip")[0] == 0
    assert akin("rate", "1", "1", "2", "3")[0] == 0
    monkeypatch.setattr(Library, "prepare_indexes", fail)
    code, out, err = akin("restore", "b.zip")
    assert (code, err) == (0, "") and "Restored" in out
    assert people_made(profile) == before


def test_settings_that_are_not_restored_are_told(akin: Akin, profile: Profile) -> None:
    """They were no settings when the backup was made."""
    profile.settings_path.write_text("workers = [", "utf-8")
    assert akin("backup", "b.zip")[0] == 0
    profile.settings_path.write_text("workers = 3\n", "utf-8")
    code, out, _err = akin("restore", "b.zip")
    assert code == 0 and "Its settings could not be restored" in out
    assert profile.settings_path.read_text("utf-8") == "workers = 3\n"
    assert not json.loads(akin("restore", "b.zip", "--json")[1])["settings"]


def test_full_backups_are_larger(akin: Akin) -> None:
    small, full = (json.loads(akin("backup", *words, "--json")[1]) for words in (["a.zip"], ["b.zip", "--full"]))
    assert full["bytes"] > small["bytes"] and full["full"] and not small["full"]


def test_without_a_name_it_lies_in_the_profile_and_is_listed(akin: Akin, profile: Profile) -> None:
    assert "no backup yet" in akin("backup", "--list")[1]
    made = json.loads(akin("backup", "--json")[1])["file"]
    assert Path(made).parent == profile.backup_dir
    for command in ("backup", "restore"):
        assert [each["file"] for each in json.loads(akin(command, "--list", "--json")[1])["backups"]] == [made]
    akin("rate", "1", "1")
    code, out, _err = akin("restore")
    assert code == 0 and f"{ITEMS} items" in out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("backup", "none/b.zip"), 3, "There is no folder"),
        (("backup", "Here"), 3, "is a folder"),
        (("backup", "letter.zip"), 3, "another file"),
        (("backup", "letter.json"), 3, "another file"),
        (("export", "letter.json"), 3, "another file"),
        (("restore",), 3, "There is no backup"),
        (("restore", "none.zip"), 3, "can't be read"),
        (("restore", "letter.zip"), 3, "no backup of Akin"),
        (("restore", "letter.zip", "--new"), 2, "only one of"),
        (("restore", "--salvage"), 3, "no log of changes"),
        (("export", "x.csv"), 2, ".parquet or a .json"),
        (("import", "none.json"), 3, "There is no file"),
        (("import", "letter.zip"), 2, ".parquet or a .json"),
        (("import", "letter.json"), 3, "no collection"),
        (("import",), 2, "required"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done(
    akin: Akin, profile: Profile, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    (tmp_path / "Here").mkdir()
    for name in ("letter.zip", "letter.json"):
        (tmp_path / name).write_text("Dear diary")
    before = people_made(profile)
    found, out, err = akin(*words)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert sentence in err
    assert people_made(profile) == before


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_export_and_import(akin: Akin, profile: Profile, form: str) -> None:
    before = people_made(profile)
    code, out, err = akin("export", f"all.{form}", "--json")
    assert (code, err, json.loads(out)["items"]) == (0, "", ITEMS)
    for item in ("1", "2"):
        akin("rate", "0", item)
        akin("tag", item, "--remove", "Sea")
    akin("playlists", "delete", "Long drive")
    assert people_made(profile) != before
    code, out, err = akin("import", f"all.{form}", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert [document[key] for key in ("items", "unknown", "replaced", "uncompared")] == [ITEMS, 0, 0, 0]
    assert (document["ratings"], document["tags"], document["playlists"]) == (2, 2, 1)
    assert people_made(profile) == before
    assert "nothing new" in akin("import", f"all.{form}")[1]


def test_a_damaged_library_names_what_mends_it(akin: Akin, profile: Profile) -> None:
    before = people_made(profile)
    profile.catalog_path.write_bytes(b"garbage" * 5000)
    code, out, err = akin("list")
    assert (code, out) == (4, "") and "“akin restore --new”" in err and "no backup" in err
    code, out, err = akin("doctor", "--repair")
    assert code == 4 and "akin restore" in err
    assert akin("restore", "--new")[0] == 0
    assert json.loads(akin("list", "--json")[1])["total"] == 0
    (aside,) = profile.backup_dir.glob("catalog-damaged-*.duckdb")
    assert aside.read_bytes() == b"garbage" * 5000
    with Catalog.open(profile.catalog_path) as catalog:
        fill(catalog, Path.cwd() / "Pictures")
    akin("backup")
    profile.catalog_path.write_bytes(b"garbage" * 5000)
    code, _out, err = akin("stats")
    assert code == 4 and "“akin restore” brings back the backup of" in err and "2 ratings" in err
    code, out, _err = akin("restore")
    assert code == 0 and "damaged library is kept" in out
    assert people_made(profile) == before


def test_while_another_program_has_it_open(akin: Akin, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    akin("backup", "b.zip")
    monkeypatch.setattr("desktop_app.cli.main.LOCK_SECONDS", 0.0)
    with Catalog.open(profile.catalog_path):
        code, out, err = akin("restore", "b.zip")
    assert (code, out) == (4, "") and "already open" in err
