"""The library tree as nodes that are made when their parent is opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop_app.domain.browsing import Counted, LibraryTree, PlaylistInfo, Scope
from desktop_app.domain.kinds import ScopeKind
from desktop_app.ui.wording import held_text


@dataclass(slots=True, eq=False)
class Node:
    """One line of the tree. ``key`` is stable across refreshes; ``grow`` makes the lines below when first asked."""

    key: str
    label: str
    count: int | None = None
    icon: str = ""
    scope: Scope | None = None
    heading: bool = False
    action: str = ""  # a line that does something instead of showing a place
    playlist: PlaylistInfo | None = None
    folder: str = ""  # absolute path
    is_root: bool = False
    note: str = ""  # for the tooltip
    warns: bool = False
    grow: Callable[[], Sequence["Node"]] | None = None
    parent: "Node | None" = None
    row: int = 0
    _children: list["Node"] | None = field(default=None)

    @property
    def expandable(self) -> bool:
        """Whether there may be lines below it."""
        return self.grow is not None or bool(self._children)

    @property
    def grown(self) -> bool:
        """Whether its lines were made."""
        return self._children is not None

    def children(self) -> list["Node"]:
        """The lines below, made now if they were not yet."""
        if self._children is None:
            self._children = list(self.grow()) if self.grow else []
            for place, child in enumerate(self._children):
                child.parent, child.row = self, place
        return self._children


def library_nodes(tree: LibraryTree) -> Node:
    """The invisible root of the whole tree."""
    roots = {str(root.path): root for root in tree.roots}

    def photos() -> list[Node]:
        made = [
            _place("photos/all", "All photos", tree.photos, "photos", ScopeKind.PHOTOS),
            _place("photos/recent", "Recently added", tree.recent_photos, "clock", ScopeKind.RECENT_PHOTOS),
        ]
        if tree.dates:
            made.append(_group("photos/dates", "Dates", "calendar", tree.dates, ScopeKind.DATE))
        if tree.cameras:
            made.append(_group("photos/cameras", "Cameras", "camera", tree.cameras, ScopeKind.CAMERA))
        return made

    def music() -> list[Node]:
        made = [_place("music/all", "All tracks", tree.tracks, "music", ScopeKind.TRACKS)]
        for name, label, icon, values, kind in (
            ("artists", "Artists", "artist", tree.artists, ScopeKind.ARTIST),
            ("albums", "Albums", "album", tree.albums, ScopeKind.ALBUM),
            ("genres", "Genres", "genre", tree.genres, ScopeKind.GENRE),
        ):
            if values:
                made.append(_group(f"music/{name}", label, icon, values, kind))
        return made

    def playlists() -> list[Node]:
        made = [_playlist(info) for info in tree.playlists]
        return made or [Node("playlists/none", "None yet", note="Choose tracks, right-click, Build playlist…")]

    def folders() -> list[Node]:
        made: list[Node] = []
        for folder in tree.folders:
            node = _folder(folder)
            node.is_root = True
            root = roots.get(folder.value)
            if root is not None:
                node.note = f"{folder.value}\n{held_text(root)}"
            if root is not None and not root.reachable:
                node.icon, node.warns, node.note = "offline", True, "This folder can’t be reached at the moment."
            elif root is not None and root.paused:
                node.icon, node.note = "pause", "Watching is paused."
            made.append(node)
        return [*made, Node("folders/add", "Add Folder…", icon="plus", action="add_folder")]

    def all_sections() -> list[Node]:
        made: list[Node] = []
        if tree.photos or not tree.tracks:
            made.append(Node("photos", "Photos", heading=True, grow=photos))
        if tree.tracks or not tree.photos:
            made.append(Node("music", "Music", heading=True, grow=music))
        made.append(Node("playlists", "Playlists", heading=True, grow=playlists))
        made.append(Node("folders", "Folders", heading=True, grow=folders))
        tags = [each for each in tree.tags if each.count]
        if tags:
            made.append(Node("tags", "Tags", heading=True, grow=lambda: [_tag(each) for each in tags]))
        if tree.missing:
            made.append(_missing(tree))
        if tree.problems:
            problems = _place("problems", "Problems", tree.problems, "problem", ScopeKind.PROBLEMS)
            problems.warns = True
            made.append(problems)
        return made

    return Node("", "", grow=all_sections)


def _place(key: str, label: str, count: int, icon: str, kind: ScopeKind) -> Node:
    return Node(key, label, count, icon, Scope(kind, "", label))


def _missing(tree: LibraryTree) -> Node:
    if tree.offline == 0:
        label, note = "Missing", "Files that are no longer where they were"
    elif tree.offline == tree.missing:
        label, note = "Offline", "Files whose folder can’t be reached at present; they come back by themselves"
    else:
        label, note = (
            "Missing and Offline",
            "Files that are no longer where they were, or whose folder can’t be reached",
        )
    made = _place("missing", label, tree.missing, "missing" if tree.offline == 0 else "offline", ScopeKind.MISSING)
    made.note = note
    return made


def _group(key: str, label: str, icon: str, values: Sequence[Counted], kind: ScopeKind) -> Node:
    """A line that shows everything in sections, and opens to one line per value."""
    section, overview = key.split("/")
    scope = Scope(ScopeKind.PHOTOS if section == "photos" else ScopeKind.TRACKS, overview, label)
    count = None if kind is ScopeKind.DATE else len(values)
    return Node(key, label, count, icon, scope, grow=lambda: [_value(key, value, kind, "") for value in values])


def _value(parent: str, value: Counted, kind: ScopeKind, context: str) -> Node:
    key = f"{parent}/{value.value}"
    label = f"{value.label} {context}".strip() if kind is ScopeKind.DATE else value.label
    node = Node(key, value.label, value.count, "", Scope(kind, value.value, label))
    if value.children:
        node.grow = lambda: [_value(key, child, kind, value.label) for child in value.children]
    return node


def _tag(tag: Counted) -> Node:
    return Node(f"tags/{tag.value}", tag.label, tag.count, "tag", Scope(ScopeKind.TAG, tag.value, tag.label))


def _playlist(info: PlaylistInfo) -> Node:
    scope = Scope(ScopeKind.PLAYLIST, str(info.id), info.name)
    minutes = f"{info.minutes:.0f} min" if info.minutes >= 1 else ""
    return Node(f"playlists/{info.id}", info.name, info.tracks, "playlist", scope, playlist=info, note=minutes)


def _folder(folder: Counted) -> Node:
    scope = Scope(ScopeKind.FOLDER, folder.value, folder.label)
    node = Node(f"folders/{folder.value}", folder.label, folder.count, "folder", scope, folder=folder.value)
    node.note = folder.value
    if folder.children:
        node.grow = lambda: [_folder(child) for child in folder.children]
    return node
