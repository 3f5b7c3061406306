"""``kill -9`` while a backup takes the library's place: one of the two is there, whole, and what gave way is kept."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.filled_catalog import fill, said
from reliability.forms import SEED, note, rounds

from desktop_app.domain.backups import Reason
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.keeping import backups_in
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog, replacing
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of Unix")
ROOT = Path(__file__).parents[2]
RESTORES_AND_EDITS = """
import itertools, sys
from pathlib import Path
from desktop_app.engine.backups import restoring
from desktop_app.engine.catalog import Catalog
from desktop_app.paths import Profile

profile = Profile.at(Path(sys.argv[1]))
print("ready", flush=True)
for number, backup in zip(itertools.count(int(sys.argv[2])), itertools.cycle(sys.argv[3:])):
    restoring.restore(profile, Path(backup))
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.log.tag([1], [f"said {number}"], [])
    print(number, flush=True)
"""
SEVERAL = 4
"""So many restores, at most, before the kill."""


def restored_in(profile: Profile, backup: Path) -> float:
    """Seconds that a restore takes here and now."""
    begun = time.monotonic()
    restoring.restore(profile, backup)
    return time.monotonic() - begun


def killed_while_restoring(profile: Profile, first: int, backups: list[Path], seconds: float) -> int:
    """A program that restores and edits in turn, and is killed; the last edit that it acknowledged, ``first`` - 1 for
    none."""
    process = subprocess.Popen(
        [sys.executable, "-c", RESTORES_AND_EDITS, str(profile.directory), str(first), *map(str, backups)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    told = process.communicate()[0].split()
    assert process.returncode == -9
    return int(told[-1]) if told else first - 1


def what_is_there(profile: Profile) -> dict[str, object]:
    with Catalog.open(profile.catalog_path) as catalog:
        assert all(finding.ok for finding in catalog.check())
        return said(catalog)


def edits_in(made: dict[str, object]) -> set[str]:
    """Takes the edits of the program out of what people made."""
    tags: dict[str, tuple[str, ...]] = made["tags"]  # type: ignore[assignment]
    found = {tag for of_item in tags.values() for tag in of_item if tag.startswith("said ")}
    made["tags"] = {path: left for path, of_item in tags.items() if (left := tuple(set(of_item) - found))}
    return found


def test_a_kill_while_restoring_leaves_one_of_the_two(profile: Profile, tmp_path: Path) -> None:
    """And an edit that was acknowledged is in it, or in the backup that was made before it gave way."""
    chance = random.Random(SEED)
    backups: list[Path] = []
    states: list[dict[str, object]] = []
    with Catalog.open(profile.catalog_path) as catalog:
        fill(catalog, tmp_path / "Pictures")
        for stars in (1, 5):
            catalog.log.rate([1, 2, 3], stars)
            backups.append(make_backup(catalog.database, tmp_path / f"{stars}.zip", reason=Reason.ASKED).path)
    lasts = 0.0
    for backup in backups:
        lasts = restored_in(profile, backup)
        states.append(what_is_there(profile))
        edits_in(states[-1])
    kills, number = rounds(3, 60), 0
    for _kill in range(kills):
        last = killed_while_restoring(profile, number, backups, chance.uniform(0.0, SEVERAL * lasts))
        made = what_is_there(profile)
        found = edits_in(made)
        assert made in states
        if last >= number and f"said {last}" not in found:
            newest = next(each for each in backups_in(profile.backup_dir) if each.reason is Reason.RESTORE)
            elsewhere = Profile.at(tmp_path / f"elsewhere {last}")
            restoring.restore(elsewhere, newest.path)
            assert f"said {last}" in edits_in(what_is_there(elsewhere))
        number = last + 2  # the next may have been made without a word of it
        assert not list(profile.directory.glob(f"{replacing.BESIDE}*"))
        assert not replacing.replaced_path(profile.catalog_path).exists()
    note(f"killed while restoring: {kills} times, {number} edits acknowledged or begun")


def test_a_kill_while_restoring_over_damage_keeps_the_damaged_one(profile: Profile, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with Catalog.open(profile.catalog_path) as catalog:
        fill(catalog, tmp_path / "Pictures")
        backup = make_backup(catalog.database, tmp_path / "b.zip", reason=Reason.ASKED).path
        state = said(catalog)
    profile.catalog_path.write_bytes(b"damaged" * 2000)
    lasts = restored_in(profile, backup)
    kills, restored = rounds(2, 40), 0
    for kill in range(kills):
        damaged = f"damaged {kill}".encode() * 2000
        profile.catalog_path.write_bytes(damaged)
        killed_while_restoring(profile, 0, [backup], 2 * lasts * (kill + chance.random()) / kills)
        replacing.complete(profile.catalog_path, profile.backup_dir)
        kept = [*profile.backup_dir.glob("*.duckdb"), profile.catalog_path]
        assert [place for place in kept if place.read_bytes() == damaged], kill
        if profile.catalog_path.read_bytes() != damaged:
            made = what_is_there(profile)
            edits_in(made)
            assert made == state
            restored += 1
        profile.catalog_path.unlink()
    note(f"killed while restoring over damage: {kills} times, {restored} of them restored, what was damaged kept")
