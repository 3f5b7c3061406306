"""The shape of the code: who may import whom, what is loaded when, how long a file may be."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "desktop_app"
ENGINE_DOORS = {"desktop_app.engine.api", "desktop_app.engine.runtime"}
ONLY_IN = {
    "duckdb": "desktop_app.engine.catalog",
    "faiss": "desktop_app.engine.index",
    "torch": "desktop_app.engine.models",
    "sentence_transformers": "desktop_app.engine.models",
    "transformers": "desktop_app.engine.models",
}
FOR_THE_WINDOW = ("desktop_app.engine.api", "desktop_app.domain", "desktop_app.errors", "desktop_app.paths")
MOST_LINES = 500


def modules() -> Iterator[tuple[str, Path]]:
    """Every module's dotted name and file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> set[str]:
    """All that a file imports anywhere in it, also late and for type checking."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def inside(name: str, package: str) -> bool:
    """Whether a dotted name is the package or lies in it."""
    return name == package or name.startswith(package + ".")


def offenders(importer: str, forbidden: tuple[str, ...]) -> list[str]:
    """``module imports name`` for each import that a package may not have."""
    return [
        f"{module} imports {name}"
        for module, path in modules()
        if inside(module, importer)
        for name in sorted(imports(path))
        if any(inside(name, package) for package in forbidden)
    ]


def test_domain_imports_nothing_of_ours() -> None:
    """Everything may lean on the domain; it leans on nothing."""
    for module, path in modules():
        if inside(module, "desktop_app.domain"):
            ours = {n for n in imports(path) if inside(n, "desktop_app") and not inside(n, "desktop_app.domain")}
            assert not ours, f"{module} imports {ours}"


def test_engine_never_imports_the_window() -> None:
    """The engine doesn't know who is looking."""
    assert not offenders("desktop_app.engine", ("desktop_app.ui", "desktop_app.app", "desktop_app.cli"))


def test_window_sees_only_the_door() -> None:
    """Widgets talk to EngineClient and read frozen data."""
    for module, path in modules():
        if inside(module, "desktop_app.ui"):
            for name in imports(path):
                if inside(name, "desktop_app.engine") and name != "desktop_app.engine":
                    assert inside(name, "desktop_app.engine.api"), f"{module} imports {name}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_library_stays_in_its_room(library: str) -> None:
    """One package of ours knows each of the large libraries."""
    for module, path in modules():
        if not inside(module, ONLY_IN[library]):
            assert not any(inside(name, library) for name in imports(path)), f"{module} imports {library}"


def test_qt_in_the_engine_is_core_only() -> None:
    """Two engine files know Qt, and only QtCore."""
    for module, path in modules():
        if inside(module, "desktop_app.engine"):
            qt = {name for name in imports(path) if inside(name, "PySide6")}
            if module not in ENGINE_DOORS:
                assert not qt, f"{module} imports {qt}"
            assert all(inside(name, "PySide6.QtCore") for name in qt if name != "PySide6"), f"{module} imports {qt}"


@pytest.mark.parametrize("package", ["workers", "media", "descriptors"])
def test_readers_know_no_storage(package: str) -> None:
    """What runs in a worker touches neither the catalogue nor an index."""
    forbidden = ("desktop_app.engine.catalog", "desktop_app.engine.index")
    assert not offenders(f"desktop_app.engine.{package}", forbidden)


PICKLE_ROOMS = {
    "desktop_app.engine.workers.worker",
    "desktop_app.engine.workers.process",
    "desktop_app.engine.workers.answers",
}
UNSAFE_MODULES = {"dill", "cloudpickle", "joblib", "shelve", "marshal", "xml.sax", "xml.dom.minidom", "lxml"}


def calls(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every call in a file: its dotted name, and the keywords with constant values."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            given = {
                each.arg: each.value.value
                for each in node.keywords
                if each.arg and isinstance(each.value, ast.Constant)
            }
            yield ast.unparse(node.func), given


def test_nothing_is_opened_that_could_run() -> None:
    """Pickles only in the pipes between the program and its own workers; no code from models; safe XML only."""
    for module, path in modules():
        names = imports(path)
        assert not names & UNSAFE_MODULES, f"{module} imports {names & UNSAFE_MODULES}"
        assert "pickle" not in names or module in PICKLE_ROOMS, f"{module} imports pickle"
        for name, given in calls(path):
            assert name not in ("eval", "exec", "os.system", "torch.load", "pickle.load"), f"{module} calls {name}"
            assert given.get("trust_remote_code", False) is False, f"{module}: {name} trusts remote code"
            assert given.get("shell", False) is False, f"{module}: {name} asks a shell"
            assert not name.endswith("np.load") or given.get("allow_pickle") is False, f"{module}: {name}"
            parses = name.startswith(("ElementTree.", "ET.")) and name.rpartition(".")[2] in (
                "parse",
                "fromstring",
                "XML",
            )
            assert not parses, f"{module} parses XML that may reach out"


WAKERS = {"desktop_app.signal_watch", "desktop_app.cli.session"}
"""Whom a signal wakes through a pair of sockets that ends in the process itself."""


def test_only_one_room_listens_or_connects() -> None:
    """The local socket, and the download that the user asks for."""
    doors = {"desktop_app.engine.local_socket", "desktop_app.engine.models.download", *WAKERS}
    network = {
        "socket",
        "urllib.request",
        "http.client",
        "requests",
        "httpx",
        "aiohttp",
        "PySide6.QtNetwork",
        "asyncio",
    }
    for module, path in modules():
        assert module in doors or not imports(path) & network, f"{module} imports {imports(path) & network}"
    for path in (path for module, path in modules() if module in WAKERS):
        assert {name for name, _given in calls(path) if name.startswith("socket.")} == {"socket.socketpair"}


def test_nothing_of_qt_is_asked_for_that_python_would_keep_or_own_wrongly() -> None:
    """Python's object of a layout's item outlives the item, and what walks the focus chain gets new parents."""
    keeps = {"desktop_app.ui.panels.listing_bar"}  # whose items stay as long as it does
    for module, path in modules():
        asked = {name.rpartition(".")[2] for name, _given in calls(path)}
        assert module in keeps or "itemAt" not in asked, f"{module} asks a layout for its items"
        assert not asked & {"nextInFocusChain", "previousInFocusChain"}, f"{module} walks the focus chain"


def test_no_file_grows_too_long() -> None:
    """A file that long is two."""
    lengths = {module: len(path.read_text("utf-8").splitlines()) for module, path in modules()}
    assert not {module: length for module, length in lengths.items() if length > MOST_LINES}


def loaded_by(module: str) -> set[str]:
    """Top-level modules in a fresh interpreter after importing ``module``."""
    code = f"import sys, {module}; print('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(answer.stdout.split())


def test_library_loads_no_qt() -> None:
    """The command line works where Qt can't be loaded."""
    assert not loaded_by("desktop_app.engine.library") & {"PySide6", "shiboken6"}


HEAVY = {
    "torch", "librosa", "numba", "sklearn", "matplotlib", "sentence_transformers", "transformers", "scipy",
    "cv2", "faiss", "duckdb", "pyarrow", "PIL", "av", "soundfile",
}  # fmt: skip


def test_window_entry_loads_nothing_heavy() -> None:
    """Starting imports nothing slow."""
    assert not loaded_by("desktop_app.app") & HEAVY


def test_window_paints_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    """Built, shown and painted before the engine starts, without a library, a codec or the player's Qt module."""
    code = f"""
import sys
from pathlib import Path
from desktop_app.app import make_application
from desktop_app.engine.api import EngineClient
from desktop_app.paths import Profile
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.theme import theme

application = make_application()
profile = Profile.at(Path({str(tmp_path / "profile")!r}))
profile.make()
client = EngineClient(profile)
theme().apply("light")
window = MainWindow(client, profile)
window.show()
assert not window.grab().isNull()
print("painted", *{{name.partition(".")[0] for name in sys.modules}}, "PySide6.QtMultimedia" in sys.modules)
window.close()
client.shut_down()
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120, env=environment
    )
    words = answer.stdout.split()
    assert words[0] == "painted" and words[-1] == "False"
    assert not set(words) & HEAVY
