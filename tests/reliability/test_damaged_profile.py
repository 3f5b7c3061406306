"""Files of the library's own folder damaged, stale, foreign or gone: noticed, rebuilt or set aside, never believed."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reliability.forms import LONG, SEED, note, rounds
from reliability.library_checks import assert_sound, look_inside
from reliability.originals import Originals
from reliability.program import Program, refused
from reliability.small_media import write_small_photos

PHOTOS = 12
Damage = Callable[[Path, random.Random], None]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """The profile of an indexed library with a rating, for copies of it; its photos."""
    folder = tmp_path_factory.mktemp("made")
    program, photos = Program(folder / "profile"), write_small_photos(folder / "media", PHOTOS)
    program.answer("index", photos[0].parent, "--jobs", 1)
    program.answer("rate", 4, photos[0])
    return program.profile, photos


@pytest.fixture
def made(program: Program, originals: Originals, made_once: tuple[Path, list[Path]]) -> list[Path]:
    """An indexed library with a rating, which the test may spoil; its photos."""
    profile, photos = made_once
    shutil.copytree(profile, program.profile)
    originals.watch(photos[0].parent)
    return photos


# caches: always rebuilt, without a word that anybody has to act upon


def _cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def _flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(1 + len(data) // 200):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _remove(path: Path, _chance: random.Random) -> None:
    path.unlink()


def _garbage(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(500))


def _own_files(program: Program) -> list[Path]:
    return sorted(path for path in (program.profile / "indexes").rglob("*") if path.is_file() and path.stat().st_size)


def test_index_files(program: Program, made: list[Path]) -> None:
    """Any file of an index, damaged in any way: the same answers as before."""
    before = program.answer("similar", made[0], "-k", PHOTOS)["hits"]
    chance = random.Random(SEED)
    damages = (_cut, _flip, _remove, _garbage)
    for number in range(rounds(4, 60)):
        files = _own_files(program)
        damages[number % len(damages)](chance.choice(files), chance)
        after = program.answer("similar", made[0], "-k", PHOTOS)["hits"]
        assert [(hit["id"], hit["score"]) for hit in after] == [(hit["id"], hit["score"]) for hit in before]
        assert_sound(program)
    note(f"index files damaged {rounds(4, 60)} times: the same answers")


def test_an_index_that_is_stale_or_of_another_library(
    program: Program, made: list[Path], roots: Path, originals: Originals, tmp_path: Path
) -> None:
    shutil.copytree(program.profile / "indexes", tmp_path / "stale")
    write_small_photos(roots, 4, first_seed=100)
    originals.settle()
    program.answer("index", roots, "--jobs", 1)
    right = program.answer("similar", made[0], "-k", 50)["hits"]
    stranger = Program(tmp_path / "stranger")
    originals.keep(write_small_photos(tmp_path / "others", 16, first_seed=500))
    stranger.answer("index", tmp_path / "others", "--jobs", 1)
    for foreign in (tmp_path / "stale", stranger.profile / "indexes"):
        shutil.rmtree(program.profile / "indexes")
        shutil.copytree(foreign, program.profile / "indexes")
        found = program.answer("similar", made[0], "-k", 50)["hits"]
        assert [(hit["id"], hit["score"]) for hit in found] == [(hit["id"], hit["score"]) for hit in right]
        assert_sound(program)


def test_no_indexes_no_thumbnails_no_manifests(program: Program, made: list[Path]) -> None:
    for manifest in (program.profile / "indexes").rglob("manifest*"):
        manifest.unlink()
    shutil.rmtree(program.profile / "thumbnails")
    assert len(program.answer("similar", made[0], "-k", PHOTOS)["hits"]) == PHOTOS - 1
    done = program.run("doctor", "--repair", "--json")
    assert '"ok": true' in done.stdout, done
    assert look_inside(program.profile).checks["thumbnails"]["ok"]


def test_settings_that_make_no_sense(program: Program, made: list[Path]) -> None:
    for content in (b"\xff\xfe\x00garbage", b"[general\nworkers = ", b'workers = "many"\n', b""):
        (program.profile / "settings.toml").write_bytes(content)
        (program.profile / "searches.json").write_bytes(content)
        (program.profile / "address").write_bytes(content)
        assert len(program.answer("find", "photo")["hits"]) == PHOTOS


# the catalogue: what can't be believed is refused, and left or set aside, never deleted


def _tear_log(program: Program, photos: list[Path], damage: Damage, chance: random.Random) -> bool:
    """Kill while it writes, then damage the write-ahead log somewhere; False where none was left."""
    log = program.profile / "catalog.duckdb.wal"
    script = (
        "import os, sys; from pathlib import Path; from desktop_app.engine.library import Library;"
        "from desktop_app.paths import Profile\n"
        f"library = Library.open(Profile.at(Path({str(program.profile)!r})))\n"
        f"library.rate([library.ids_of_paths([Path({str(photos[1])!r})])[Path({str(photos[1])!r})]], 5)\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script], env=program.environment, check=False)
    if not log.exists() or not log.stat().st_size:
        return False
    damage(log, chance)
    return True


def test_a_torn_write_ahead_log(program: Program, made: list[Path]) -> None:
    """What was told before is there; the last write may be, if it is whole. What is refused can be salvaged."""
    chance = random.Random(SEED)
    torn = refusals = 0
    for number in range(rounds(2, 25)):
        torn += _tear_log(program, made, (_cut, _flip)[number % 2], chance)
        done = program.run("list", "--json", "--quiet")
        if done.returncode:
            refusals += 1
            refused(done, 4)
            spoilt = (program.profile / "catalog.duckdb").read_bytes()
            assert program.run("restore", "--salvage", "--quiet").returncode == 0
            assert spoilt in [each.read_bytes() for each in program.profile.rglob("*catalog*") if each.is_file()]
        items = program.items()
        assert len(items) == PHOTOS
        assert items[str(made[0])]["rating"] == 4
        assert items[str(made[1])]["rating"] in (0, 5)
        assert_sound(program)
    assert torn or sys.platform == "win32"
    note(f"write-ahead log torn {torn} times: {refusals} refused and salvaged, nothing told before was lost")


def _empty(path: Path, _chance: random.Random) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_cut, _flip, _garbage, _empty] if LONG else [_cut, _empty])
def test_a_damaged_catalogue(program: Program, made: list[Path], damage: Damage) -> None:
    """Found, said in a sentence with what to do, twice the same; its bytes are still somewhere, and a backup helps."""
    backup = program.profile.parent / "kept.backup"
    program.answer("backup", backup)
    path = program.profile / "catalog.duckdb"
    chance = random.Random(SEED)
    told = 0
    for _round in range(rounds(1, 10)):
        damage(path, chance)
        spoilt = path.read_bytes()
        refusals = [_looked_at(program) for _ in range(2)]
        assert refusals[0] == refusals[1]
        restored = program.run("restore", backup, "--json", "--quiet")
        assert restored.returncode == 0, restored
        items = program.items()
        assert len(items) == PHOTOS and items[str(made[0])]["rating"] == 4
        if refusals[0]:
            told += 1
            kept = [each.read_bytes() for each in program.profile.rglob("*") if each.is_file()]
            assert spoilt in kept, "the damaged catalogue is gone"
        program.answer("index", made[0].parent, "--jobs", 1)
        assert_sound(program)
    note(f"catalogue damaged by {damage.__name__} {rounds(1, 10)} times, refused {told} times, restored each time")


def _looked_at(program: Program) -> str:
    """The sentence with which the library is refused, its file untouched; "" where everything is there."""
    before = (program.profile / "catalog.duckdb").read_bytes()
    done = program.run("list", "--quiet")
    if done.returncode == 0:  # what was hit is used by nobody
        assert len(program.items()) == PHOTOS
        return ""
    assert (program.profile / "catalog.duckdb").read_bytes() == before
    return refused(done, 4)


def test_a_profile_that_may_only_be_read(program: Program, made: list[Path], tmp_path: Path) -> None:
    """As somebody else, or from a disk that is mounted to be read only: a sentence, no traceback, nothing changed."""
    if sys.platform == "win32":
        pytest.skip("permissions of Unix")
    before = {path: path.read_bytes() for path in program.profile.rglob("*") if path.is_file()}
    others = Program(program.profile, before=_as_nobody())
    for folder in [program.profile, *program.profile.rglob("*")]:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    for above in [program.profile.parent, *program.profile.parents][:4]:
        above.chmod(above.stat().st_mode | 0o555)
    try:
        for words in (("list",), ("rate", "3", "1"), ("index", made[0].parent)):
            refused(others.run(*words), 4)
    finally:
        for folder in [program.profile, *program.profile.rglob("*")]:
            folder.chmod(0o755 if folder.is_dir() else 0o644)
    assert {path: path.read_bytes() for path in before} == before
    assert_sound(program)


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None or not os.access(sys.executable, os.X_OK):
        pytest.skip("another user can't be had here")
    words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if subprocess.run([*words, sys.executable, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip("another user can't run this Python")
    return words
