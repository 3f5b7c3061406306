"""The indexer: scans the roots, compares with the catalogue, follows what moved, reads what is new."""

import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.id_sets import ascending
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.domain.spaces import DESCRIBED
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index_upkeep import forget_vectors
from desktop_app.engine.indexing.exchanged import exchanged, exchanged_since
from desktop_app.engine.indexing.feed import ReadFunction
from desktop_app.engine.indexing.folder_identity import folder_identity, identity_key
from desktop_app.engine.indexing.plan import Comparison, Found, comparing
from desktop_app.engine.indexing.recent_changes import RecentChanges
from desktop_app.engine.indexing.session import Session
from desktop_app.engine.indexing.survey import WHOLE, Part, Survey
from desktop_app.engine.indexing.tools import Tools
from desktop_app.engine.indexing.whereabouts import looks
from desktop_app.engine.media.formats import RAW_EXTENSIONS
from desktop_app.engine.runs import RunControl
from desktop_app.engine.scanner import Exclusions, ScanRules, is_gone
from desktop_app.engine.workers.calls import read_in_company

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.places import KnownFiles
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.workers.pool import WorkerPool

T = TypeVar("T")

FEW = 300
"""So many new files are always hashed before they are read; of more, only those whose size is known."""

ROUNDS = 2
"""How often a run looks at a file that is being written to."""


class Indexer:
    """Everything here runs on the writing thread; each step of a run takes some 20 ms.

    A run yields Progress (a new object at most 15 times a second); its ``control`` steers it and has the report.
    Raises WorkersUnavailableError, StorageFullError.
    """

    def __init__(
        self,
        catalog: "Catalog",
        store: "IndexStore",
        pool: "WorkerPool",
        thumbnails: Path,
        rules: ScanRules | None = None,
        *,
        read: ReadFunction = read_in_company,
        recent: RecentChanges | None = None,
        spares: Callable[[], bool] = lambda: False,
    ) -> None:
        self.rules = rules or ScanRules()
        self._catalog = catalog
        self._tools = Tools(catalog, store, pool, thumbnails, read, recent or RecentChanges(), spares)

    def run(self, roots: Sequence[RootId] | None = None, *, control: RunControl) -> Iterator[Progress]:
        """Bring the catalogue in line with the disk. ``roots`` None: all that are not paused."""
        every = self._catalog.roots()
        chosen = [root for root in every if (not root.paused if roots is None else root.id in set(roots))]
        yield from self._run([Survey(root) for root in chosen], every, control)

    def apply_changes(self, paths: Iterable[Path], *, control: RunControl) -> Iterator[Progress]:
        """Look again at what changed: a file's folder, a folder with all below it."""
        every = self._catalog.roots()
        changed = sorted(set(paths))
        surveys = [_survey_of(root, changed, self.rules.matcher(root.path)) for root in every if not root.paused]
        yield from self._run([survey for survey in surveys if survey.parts], every, control)

    def retry(self, ids: Sequence[ItemId] | None = None, *, control: RunControl) -> Iterator[Progress]:
        """Read problems (None: all of them), or other items, again from scratch."""
        every = self._catalog.roots()
        session = Session(self._tools, control, every)
        found = [
            Found(item.root_id, look, item)
            for item in self._catalog.known_items(self._catalog.problem_ids() if ids is None else list(ids))
            if (look := session.look_at(item.root_id, item.relpath)) is not None
        ]
        yield from session.read(session.direct(found))
        self._finish(session, [])

    # a run

    def _run(self, surveys: Sequence[Survey], every: Sequence[Root], control: RunControl) -> Iterator[Progress]:
        session = Session(self._tools, control, every)
        yield from self._pass(session, surveys)
        done = list(surveys)
        while not control.cancelled and (moved := session.follow_moved()):
            again = [Survey(root) for root in moved]
            done = [*(each for each in done if each.root.id not in {root.id for root in moved}), *again]
            yield from self._pass(session, again)
        self._finish(session, done)

    def _pass(self, session: Session, surveys: Sequence[Survey]) -> Iterator[Progress]:
        """Look through these, and carry out what follows."""
        control = session.control
        compared: dict[RootId, Comparison] = {}
        for survey in surveys:
            yield from self._look(survey, session)
            if control.cancelled:
                return
            if survey.reachable:
                self._forget_own(survey, session)
                parts = None if survey.whole else [(part.folder, part.deep) for part in survey.parts]
                known = self._catalog.known_files(survey.root.id, parts)
                if not survey.root.reachable:
                    session.lost.appeared.append(known.item_id)
                compared[survey.root.id] = yield from self._compare(session, survey, known)
        renamed = self._renamed_roots(session, surveys)
        session.where.renamed |= renamed.keys()
        for old, new in renamed.items():
            self._catalog.move_homes(old, new)
        self._apply(session, surveys, compared)
        found = [each for comparison in compared.values() for each in comparison.found]
        yield from self._index(session, found, {number for each in compared.values() for number in each.lost})
        self._follow_copies(session, renamed, surveys)
        yield from self._complete(session)
        self._drop_empty(renamed, session)

    def _compare(self, session: Session, survey: Survey, known: "KnownFiles") -> Generator[Progress, None, Comparison]:
        plan = comparing(survey.root.id, known, survey.files, self._catalog.known_items, survey.covers())
        yield session.pace.progress()
        comparison = yield from _stepped(plan, session)
        since = self._catalog.meta(_look_key(survey.root)) if survey.whole else None
        found = yield from _stepped(exchanged(survey, known, self._catalog), session)
        if since:
            told = {each.file.relpath for each in found}
            steps = exchanged_since(survey, known, self._catalog, float(since))
            found += [each for each in (yield from _stepped(steps, session)) if each.file.relpath not in told]
        survey.renews |= survey.whole and bool(found or not since)  # not by each look: a disk may be asleep
        comparison.unchanged -= len(found)
        comparison.found += found
        session.where.exchanged.update(looks(each.item) for each in found if each.item is not None)
        return comparison

    def _look(self, survey: Survey, session: Session) -> Iterator[Progress]:
        root = survey.root
        for folder in survey.look(self.rules, has_items=root.items > 0):
            session.pace.current = root.path / folder
            session.pace.done = len(survey.files)
            yield session.pace.progress()
            if session.control.cancelled:
                return
        if survey.reachable != root.reachable or not survey.reachable:
            self._catalog.set_root_reachable(root.id, survey.reachable)
            session.states.note_roots()
        if survey.reachable and survey.whole:
            self._catalog.set_ignored(root.id, survey.ignored)
        if survey.reachable:
            self._note_identity(root)

    def _note_identity(self, root: Root) -> None:
        key, identity = identity_key(root.id), folder_identity(root.path)
        if (self._catalog.meta(key) or "") != identity and not is_gone(root.path):  # this very moment
            self._catalog.put_meta(key, identity)

    def _forget_own(self, survey: Survey, session: Session) -> None:
        """Thumbnails that an earlier version took for photos go from the catalogue; they are nobody's."""
        exclusions = self.rules.matcher(survey.root.path)
        if not survey.whole or not exclusions.has_own:
            return
        known = self._catalog.known_files(survey.root.id)
        own = [int(known.item_id[at]) for at, place in enumerate(known.relpath) if exclusions.holds_own(place)]
        if own:
            self._catalog.remove_items(own)
            forget_vectors(self._tools.store, np.array(own, dtype=np.int64))
            session.states.note_roots()

    def _renamed_roots(self, session: Session, surveys: Sequence[Survey]) -> dict[RootId, RootId]:
        """Roots that are gone because they are one of these by another name, and which: their items follow.

        Never those on a drive that is away: their identity names where it was mounted.
        """
        here = {folder_identity(survey.root.path): survey.root.id for survey in surveys if survey.reachable}
        here.pop("", None)
        return {
            root.id: here[identity]
            for root in session.where.roots.values()
            if (identity := self._catalog.meta(identity_key(root.id))) in here and is_gone(root.path)
        }

    def _follow_copies(self, session: Session, renamed: Collection[RootId], surveys: Sequence[Survey]) -> None:
        away = [survey.root for survey in surveys if not survey.reachable]
        emptied = {root.id for root in away if session.where.is_emptied(root.id)}
        for root_id in () if session.control.cancelled else emptied.union(renamed):
            items = self._catalog.items_of_root(root_id)
            session.lost.follow_copies(items)
            if session.where.roots[root_id].reachable:  # until now
                self._tools.recent.note_lost(items.tolist())

    def _drop_empty(self, renamed: Collection[RootId], session: Session) -> None:
        """Of a renamed root nothing is left but its old name, if all its files were found."""
        for root_id in renamed:
            if not len(self._catalog.items_of_root(root_id)):
                self._catalog.remove_root(root_id)
                session.states.note_roots()

    def _contest(self, session: Session, compared: dict[RootId, Comparison]) -> None:
        """What lies at the place of a missing item as it did before may be the file of one that is lost now."""
        back = [item for comparison in compared.values() for item in comparison.found_again]
        lost = [item for comparison in compared.values() for item in comparison.lost]
        contested = self._catalog.sharing_content(back, lost)
        if not len(contested):
            return
        unsure: set[ItemId] = set()
        for item in self._catalog.known_items(contested):
            comparison, file = compared[item.root_id], session.look_at(item.root_id, item.relpath)
            if file is not None:
                unsure.add(item.id)
                comparison.gone.append(item.id)
                comparison.found.append(Found(item.root_id, file))
        for comparison in compared.values():
            comparison.returned = [each for each in comparison.returned if each not in unsure]

    def _apply(self, session: Session, surveys: Sequence[Survey], compared: dict[RootId, Comparison]) -> None:
        self._contest(session, compared)
        for survey in surveys:
            comparison = compared.get(survey.root.id)
            if comparison is not None:
                session.where.covered[survey.root.id] = survey.covers()
                session.where.lost.update(comparison.lost, comparison.gone)
                session.where.known_missing.update(comparison.gone)
                session.counts["unchanged"] += comparison.unchanged + len(comparison.returned)
                session.where.lost.difference_update(comparison.returned)
                session.states.mark(comparison.returned, State.PRESENT)

    def _index(self, session: Session, found: Sequence[Found], lost: set[ItemId]) -> Iterator[Progress]:
        first, rest = self._suspects(found)
        yield from session.settle(first)
        tasks = session.to_read
        still_lost = session.where.lost & lost
        if rest and still_lost and len(rest) <= 50 * len(still_lost) + 1000:
            # A file that was retagged and moved in one step has another size, but still its payload.
            yield from session.settle(rest)
            tasks, rest = tasks + session.to_read, []
        session.lost.mark(at_last=False)
        leaders, twins = _leaders(rest)
        yield from session.read(tasks + session.direct(leaders), later=len(twins))
        yield from session.settle(twins)
        yield from session.read(session.to_read)
        for number in range(1, ROUNDS + 1):
            again = session.look_again()
            if not again or session.control.cancelled:
                break
            yield from session.settle(again, waits=number < ROUNDS)
            yield from session.read(session.to_read)
        session.lost.mark()

    def _complete(self, session: Session) -> Iterator[Progress]:
        """Describe what lacks vectors: after an update of the program, a restore, or a repair, also one meanwhile."""
        versions = " ".join(f"{spec.name}-{spec.version}" for spec in SPACES.values())
        catalog = self._catalog
        while (asked := catalog.meta(DESCRIBED)) != versions and not session.control.cancelled:
            lacking: list[NDArray[np.int64]] = []
            for spec in SPACES.values():
                lacking.append(catalog.items_without_vectors(spec.name, spec.version, spec.kind))
                yield session.pace.progress()
            whole = yield from session.describe_again(ascending(np.concatenate(lacking)))
            if not whole:
                return
            if not session.control.cancelled and catalog.meta(DESCRIBED) == asked:
                catalog.put_meta(DESCRIBED, versions)
        if not session.control.cancelled:
            yield from self._drop_older(session)

    def _drop_older(self, session: Session) -> Iterator[Progress]:
        """What is stored of older versions of the spaces goes, once every item that is there has the present one.

        Items that are out of reach keep nothing: no search compares vectors of two versions, and they are described
        when they are back. Each run looks, since a kill leaves the folder of an index whose vectors are gone.
        """
        for spec in SPACES.values():
            older = self._catalog.older_versions(spec.name, spec.version)
            if older and len(self._catalog.items_without_vectors(spec.name, spec.version, spec.kind, 1)):
                continue
            for version in older:
                self._catalog.drop_vectors(spec.name, version)
                yield session.pace.progress()
            self._tools.store.drop_older_versions(spec)

    def _suspects(self, found: Sequence[Found]) -> tuple[list[Found], list[Found]]:
        """Files that may be known by another name, and files that are surely new."""
        changed = [each for each in found if each.item is not None]
        new = [each for each in found if each.item is None]
        if not new or not any(root.items for root in self._catalog.roots()):
            return changed, new
        if len(new) <= FEW:
            return changed + new, []
        sizes = self._catalog.known_sizes()
        likely = np.isin(np.array([each.file.size for each in new], dtype=np.int64), sizes)
        suspects = [each for each, known in zip(new, likely.tolist(), strict=True) if known]
        return changed + suspects, [each for each, known in zip(new, likely.tolist(), strict=True) if not known]

    def _finish(self, session: Session, surveys: Sequence[Survey]) -> None:
        self._tools.recent.end_run()
        for survey in surveys:
            if survey.renews and survey.reachable and not session.control.cancelled:
                self._catalog.put_meta(_look_key(survey.root), str(survey.began))
        if session.states.changed:
            session.pace.enter(Phase.SAVING)
            session.states.note_change(self._catalog.pair_companions(RAW_EXTENSIONS))
        notes = [note for survey in surveys for note in survey.notes]
        if session.unquiet:
            count = len(session.unquiet)
            files = "1 file is" if count == 1 else f"{count:,} files are"
            notes.append(f"{files} still being written and will be read later.")
        there = self._catalog.counts([survey.root.id for survey in surveys])
        whole = all(survey.whole for survey in surveys)
        ignored = sum(survey.ignored for survey in surveys) if whole else there.ignored
        counts = session.counts
        session.control.report = IndexReport(
            roots=tuple(survey.root.path for survey in surveys),
            seen=there.photos + there.tracks + there.problems + ignored,
            added=counts["added"],
            updated=counts["updated"],
            moved=counts["moved"],
            unchanged=counts["unchanged"],
            embedded=counts["embedded"],
            missing=there.missing,
            offline=there.offline,
            problems=there.problems,
            ignored=ignored,
            photos=there.photos,
            tracks=there.tracks,
            seconds=session.seconds,
            cancelled=session.control.cancelled,
            notes=tuple(notes),
            closed=tuple(sentence for survey in surveys for sentence in survey.closed),
        )


def _stepped(steps: Generator[None, None, T], session: Session) -> Generator[Progress, None, T]:
    """Progress at each of them."""
    while True:
        try:
            next(steps)
            yield session.pace.progress()
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] - a generator's value


def _look_key(root: Root) -> str:
    """The catalogue's key for when all of a root was looked at last."""
    return f"look at root {root.id}"


def _leaders(found: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """Of files of one size the first is read at once; the others may be copies of it."""
    sizes: set[tuple[Kind, int]] = set()
    leaders: list[Found] = []
    twins: list[Found] = []
    for each in found:
        key = (each.file.kind, each.file.size)
        (twins if key in sizes else leaders).append(each)
        sizes.add(key)
    return leaders, twins


def _survey_of(root: Root, paths: Iterable[Path], exclusions: Exclusions) -> Survey:
    """Of the folders of a root in which something happened; none that a scan would leave out."""
    whole = False
    parts: dict[Part, None] = {}
    named: list[str] = []
    for path in paths:
        if root.path.is_relative_to(path):
            whole = True
            continue
        if not path.is_relative_to(root.path):
            continue
        relpath = path.relative_to(root.path).as_posix()
        if exclusions.leaves_out_path(relpath):
            continue
        parts[Part(relpath.rpartition("/")[0], deep=False)] = None
        is_file = os.path.isfile(path)  # noqa: PTH113 (Path's raises where a folder above it can't be entered)
        if is_file:
            named.append(relpath)
        elif not exclusions.leaves_out_folder(path.name, relpath):
            parts[Part(relpath)] = None
    return Survey(root, WHOLE if whole else list(parts), named)
