"""Texts from files are never read as HTML: labels are made in one place, tooltips of data go through ``plain``."""

import ast
from collections.abc import Iterator
from pathlib import Path

UI = Path(__file__).resolve().parents[2] / "desktop_app" / "ui"
CONTROLS = UI / "controls.py"
GUESSING = {"QLabel", "QMessageBox", "QErrorMessage", "QTextEdit", "QTextBrowser", "QTextDocument"}
"""Classes of Qt that look at a text to find out whether it is HTML, or take it for HTML."""
TIPS = {"setToolTip", "setWhatsThis", "showText"}
"""Calls whose text Qt looks at in the same way."""


def trees() -> Iterator[tuple[Path, ast.AST]]:
    """Every file of the window, parsed."""
    for path in sorted(UI.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_safe(text: ast.expr) -> bool:
    """Whether it is a constant of ours or went through ``plain``."""
    if isinstance(text, ast.IfExp):
        return is_safe(text.body) and is_safe(text.orelse)
    if isinstance(text, ast.Name):
        return text.id.isupper()
    return isinstance(text, ast.Constant) or (isinstance(text, ast.Call) and called(text) == "plain")


def texts_of(node: ast.AST) -> Iterator[ast.expr]:
    """What a call, or an answer of a model, gives to a tooltip."""
    if isinstance(node, ast.Call) and called(node) in TIPS:
        yield node.args[1 if called(node) == "showText" or len(node.args) == 2 else 0]  # a place or a column first
    elif isinstance(node, ast.Call) and called(node) == "setItemData" and "ToolTipRole" in ast.unparse(node):
        yield node.args[1]
    elif isinstance(node, ast.If) and "ToolTipRole" in ast.unparse(node.test):
        for each in ast.walk(node):
            if isinstance(each, ast.Return) and each.value is not None:
                yield each.value


def test_labels_are_made_in_one_place() -> None:
    """Where they are told that their text is plain."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and path != CONTROLS:
                assert called(node) not in GUESSING, f"{path.name}:{node.lineno} makes a {called(node)}"
            if isinstance(node, ast.ClassDef) and path != CONTROLS:
                bases = {ast.unparse(base) for base in node.bases}
                assert not bases & GUESSING, f"{path.name}:{node.lineno} is a {bases & GUESSING}"


def test_tooltips_of_data_are_plain() -> None:
    """A tooltip is a constant of ours, or told to be shown as it is."""
    seen = 0
    for path, tree in trees():
        for node in ast.walk(tree):
            for text in texts_of(node):
                seen += 1
                assert is_safe(text), f"{path.name}:{text.lineno}: {ast.unparse(text)}"
    assert seen > 50
