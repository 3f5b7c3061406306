"""``kill -9`` of the program at random moments: what it acknowledged is there, and it goes on where it was."""

import contextlib
import itertools
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reliability.forms import SEED, note, rounds
from reliability.library_checks import Inside, asked_of_holder, assert_sound, look_inside
from reliability.originals import Originals
from reliability.program import Program
from reliability.small_media import write_small_photos, write_small_track

from desktop_app.engine.catalog import copying

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of Unix")

KILLED = -9
LOST_SECONDS = 30.0
"""So much work may be lost."""


@contextlib.contextmanager
def killed_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    """End the process without a word after some seconds, if it is still there; it has ended afterwards."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
        process.wait(seconds + 60)
    finally:
        timer.cancel()
        process.kill()
        process.communicate(timeout=60)
        timer.join()


class Clock:
    """Chooses when to kill: at any moment of what such a command lasts here, going by those that ended before."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lasts: dict[str, float] = {}
        self._begun = 0.0

    def moment(self, kind: str, first: float) -> float:
        """Seconds from now. ``first``: how long it may last, as long as none has ended."""
        self._begun = time.monotonic()
        return self._chance.uniform(0.05, 1.0) * self._lasts.setdefault(kind, first)

    def learn(self, kind: str, killed: bool) -> None:
        """That command has ended: the next one is killed earlier, or may be killed later than any before."""
        self._lasts[kind] = self._lasts[kind] * 1.05 if killed else time.monotonic() - self._begun


class Ledger:
    """The edits that were acknowledged, and those of which nobody was told whether they were made."""

    def __init__(self) -> None:
        self.ratings: dict[str, set[int]] = defaultdict(lambda: {0})
        self.tags: dict[str, set[str]] = defaultdict(set)
        self.perhaps_tags: dict[str, set[str]] = defaultdict(set)
        self.playlists: set[str] = set()
        self.perhaps_playlists: set[str] = set()
        self.acknowledged = 0

    def settle(self, inside: Inside) -> None:
        """Compare with the library; what was doubtful is known now."""
        for path, item in inside.items.items():
            assert item.rating in self.ratings[path], (path, item, self.ratings[path])
            self.ratings[path] = {item.rating}
            found = set(item.tags or ())
            assert self.tags[path] <= found <= self.tags[path] | self.perhaps_tags[path], (path, item)
            self.tags[path], self.perhaps_tags[path] = found, set()
        assert self.playlists <= inside.playlists <= self.playlists | self.perhaps_playlists
        self.playlists, self.perhaps_playlists = inside.playlists, set()


class Person:
    """Makes random edits from the command line and keeps the ledger."""

    def __init__(self, program: Program, ledger: Ledger, chance: random.Random, folder: Path, track: Path) -> None:
        self._program = program
        self._track = track
        self._ledger = ledger
        self._chance = chance
        self._folder = folder
        self._number = 0
        self.killed = 0

    def edit(self, path: str, seconds: float | None = None) -> None:
        """One edit; with ``seconds`` the command itself is killed after these."""
        self._number += 1
        kind = self._chance.choice(("rate", "tag", "playlist"))
        if kind == "rate":
            stars = self._chance.randint(1, 5)
            self._ledger.ratings[path].add(stars)
            if self._carried_out(seconds, "rate", stars, path):
                self._ledger.ratings[path] = {stars}
        elif kind == "tag":
            name = f"tag {self._number}"
            self._ledger.perhaps_tags[path].add(name)
            if self._carried_out(seconds, "tag", path, "--add", name):
                self._ledger.tags[path].add(name)
        else:
            name = f"list {self._number}"
            file = self._folder / f"{name}.m3u8"
            file.write_text(f"#EXTM3U\n{self._track}\n", "utf-8")
            self._ledger.perhaps_playlists.add(name)
            if self._carried_out(seconds, "playlists", "import", file):
                self._ledger.playlists.add(name)

    def _carried_out(self, seconds: float | None, *words: object) -> bool:
        process = self._program.start(*words, stdout=subprocess.DEVNULL)
        assert process.stderr is not None
        with killed_after(process, 60.0 if seconds is None else seconds):
            told = process.stderr.read()
        assert process.returncode in (0, KILLED, 4), (words, process.returncode, told)
        self._ledger.acknowledged += process.returncode == 0
        self.killed += process.returncode == KILLED
        return process.returncode == 0


class Campaign:
    """One library through many kills."""

    def __init__(self, program: Program, roots: Path, originals: Originals, lists: Path, seed: int) -> None:
        self.program, self.roots, self.originals = program, roots, originals
        self.chance = random.Random(seed)
        self.clock = Clock(self.chance)
        self.ledger = Ledger()
        track = write_small_track(roots / "track.wav", 1)
        self.person = Person(program, self.ledger, self.chance, lists, track)
        self.photos: list[Path] = []
        self.more(6)
        originals.settle()
        program.answer("index", roots, "--jobs", 1)
        self.kills = Counter[str]()
        self._holders = itertools.cycle(((), ("index", roots, "--jobs", 1, "--quiet", "--watch")))

    def more(self, count: int) -> None:
        """New photos in the root."""
        self.photos += write_small_photos(self.roots, count, first_seed=len(self.photos))
        self.originals.settle()

    def while_indexing(self) -> None:
        """Killed at any moment of an index run, its start and its end included."""
        self.more(self.chance.randint(3, 12))
        self._killed("indexing", 2.0, "index", self.roots, "--jobs", 2, "--quiet")

    def while_editing(self) -> None:
        """The editing command is killed."""
        for _ in range(2):
            before = self.person.killed
            self.person.edit(str(self.chance.choice(self.photos[:6])), self.clock.moment("editing", 0.7))
            self.kills["editing"] += self.person.killed - before
            self.clock.learn("editing", self.person.killed > before)

    def while_holding(self) -> None:
        """Who holds the library, a window or a command, is killed while others hand it their edits and it indexes."""
        self.more(4)
        words = next(self._holders)
        process = self.program.start(*words, stdout=subprocess.DEVNULL)
        end = time.monotonic() + self.chance.uniform(1.0, 3.5) + (0 if words else 1.0)  # it has to be painted first
        with killed_after(process, end - time.monotonic()):
            while time.monotonic() < end and process.poll() is None:
                self.person.edit(str(self.chance.choice(self.photos[:6])))
        self.kills["holding it" if words else "the window"] += process.returncode == KILLED

    def while_saving(self) -> None:
        """Killed when the index files begin to change."""
        self.more(3)
        index = self.program.profile / "indexes"
        before = _files(index)
        process = self.program.start("index", self.roots, "--jobs", 1, "--quiet")
        end = time.monotonic() + 30
        while _files(index) == before and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        with killed_after(process, self.chance.uniform(0.0, 0.06)):
            pass
        self.kills["saving"] += process.returncode == KILLED

    def while_backing_up(self) -> None:
        """What lies at the backup's place afterwards is a whole one, or nothing."""
        target = self.roots.parent / "kept.akinbackup"
        killed = self._killed("backing up", 0.9, "backup", target, "--quiet")
        assert killed or target.exists()
        if target.exists():
            other = Program(self.roots.parent / f"restored {self.kills.total()}")
            assert other.run("restore", target, "--quiet").returncode == 0
            assert set(look_inside(other.profile).items) <= set(look_inside(self.program.profile).items)
            target.unlink()

    def _killed(self, kind: str, first: float, *words: object) -> bool:
        seconds = self.clock.moment(kind, first)
        process = self.program.start(*words)
        with killed_after(process, seconds):
            pass
        killed = process.returncode == KILLED
        self.clock.learn(kind, killed)
        self.kills[kind] += killed
        return killed

    def check(self) -> None:
        """Everything is in order, then the next run does the rest and nothing twice."""
        inside = assert_sound(self.program)
        self.ledger.settle(inside)
        report = self.program.answer("index", self.roots, "--jobs", 1)
        assert report["embedded"] <= len(self.photos) + 1 - len(inside.items), "what was indexed is indexed again"
        assert (report["photos"], report["tracks"], report["problems"]) == (len(self.photos), 1, 0)


def _files(folder: Path) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            found[path] = path.stat().st_mtime_ns
    return found


MOMENTS: tuple[Callable[[Campaign], None], ...] = (
    Campaign.while_indexing,
    Campaign.while_editing,
    Campaign.while_holding,
    Campaign.while_saving,
    Campaign.while_backing_up,
)


def test_what_was_acknowledged_outlives_a_kill(
    program: Program, roots: Path, originals: Originals, tmp_path: Path
) -> None:
    campaign = Campaign(program, roots, originals, tmp_path, SEED)
    for number in range(rounds(5, 100)):
        MOMENTS[number % len(MOMENTS)](campaign)
        campaign.check()
    kills = campaign.kills
    assert kills.total() and campaign.ledger.acknowledged
    note(f"killed {kills.total()} times, {dict(kills)}; {campaign.ledger.acknowledged} edits acknowledged, none lost")


def test_a_kill_while_a_library_is_made(program: Program) -> None:
    """At the very first start, around the moment at which the catalogue appears: the next start has an empty one."""
    chance = random.Random(SEED)
    killed = 0
    for _ in range(rounds(3, 40)):
        shutil.rmtree(program.profile, ignore_errors=True)
        process = program.start("stats", "--quiet", stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        begun = [program.profile / name for name in ("catalog.duckdb.making", "catalog.duckdb")]
        while not any(each.exists() for each in begun) and process.poll() is None and time.monotonic() < end:
            pass
        with killed_after(process, chance.choice((0.0, chance.uniform(0.0, 0.003), chance.uniform(0.0, 0.06)))):
            pass
        killed += process.returncode == KILLED
        assert assert_sound(program).items == {}
    note(f"killed {killed} times while the library was made")


def test_a_kill_while_it_migrates(program: Program) -> None:
    """A library of the first format is afterwards what it was, or the new one, whole; its next start goes on."""
    clock = Clock(random.Random(SEED))
    killed = 0
    for _ in range(rounds(2, 30)):
        shutil.rmtree(program.profile, ignore_errors=True)
        program.profile.mkdir()
        older = copying.create(program.profile / "catalog.duckdb", 1)
        with older.writing():
            older.run("INSERT INTO root (id, path) VALUES (1, '/nowhere')")
            older.run(
                "INSERT INTO item (id, root_id, relpath, folder, name, ext, kind, state, size, mtime_ns, content_hash, "
                "added_at, seeded, rating) SELECT n, 1, n || '.mp3', '', n || '.mp3', 'mp3', 'track', 'offline', 1, 1, "
                "'hash ' || n, 1.0, true, 5 FROM range(1, 5001) numbers(n)"
            )
            older.run("UPDATE counter SET value = 5000 WHERE name = 'item'")
            older.run("UPDATE counter SET value = 1 WHERE name = 'root'")
        older.close()
        seconds = clock.moment("migrating", 0.8)
        process = program.start("stats", "--quiet")
        with killed_after(process, seconds):
            pass
        killed += process.returncode == KILLED
        clock.learn("migrating", process.returncode == KILLED)
        inside = assert_sound(program)
        assert len(inside.items) == 5000 and {item.rating for item in inside.items.values()} == {5}
    note(f"killed {killed} times while a library of the first format was opened: all there, migrated at the next start")


def test_little_work_is_lost(program: Program, roots: Path, originals: Originals) -> None:
    """While it indexes, what is done is in the catalogue soon, and what was there outlives a kill."""
    photos = len(write_small_photos(roots, rounds(200, 2000)))
    originals.settle()
    process = program.start("index", roots, "--jobs", 1, "--quiet", stdout=subprocess.DEVNULL)
    grown: list[float] = []
    there = 0
    with killed_after(process, rounds(100, 900)):
        while there < photos // 2 and process.poll() is None:
            answer = asked_of_holder(program, "list", "--json")
            count = 0 if answer is None else json.loads(answer)["total"]
            if count > there:
                grown.append(time.monotonic())
            there = max(there, count)
        process.kill()
    assert process.returncode == KILLED
    gaps = [after - before for before, after in itertools.pairwise(grown)]
    assert max(gaps, default=0.0) < LOST_SECONDS / 3  # a quick machine is half way at the first look
    found = len(look_inside(program.profile).items)
    assert found >= there >= photos // 2
    assert program.answer("index", roots)["embedded"] == photos - found
