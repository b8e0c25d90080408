"""The plan of the house, held: imports run only towards a lower floor, and nothing heavy is loaded for nothing."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import logitscope

PACKAGE = Path(logitscope.__file__).parent

# Rooms by floor, as in the README's "Architecture". A room may import only from the floors below it.
FLOORS = (
    {"_typing", "_exceptions", "status"},
    {"_archive", "_numerics", "separation"},
    {"activations", "losses", "penalties", "optimizers", "datasets"},
    {"pointwise", "sources"},
    {"objective", "recording"},
    {"steps"},
    {"solvers", "training"},
    {"dynamics", "equivalence", "inference", "influence", "ledger"},
    {"analysis", "comparison", "estimator"},
    {"claims", "displays"},
    {"report"},
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))
INNER = [path for path in FILES if path.parent != PACKAGE or path.stem not in ("__init__", "__main__")]


def room_of(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the floor it reaches for"
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_towards_a_lower_floor(path):
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor: give it one here and in the README"
    for module in imports_of(path):
        parts = module.split(".")
        if parts[0] != "logitscope" or len(parts) == 1 or parts[1] == room:
            continue
        assert FLOOR[parts[1]] < FLOOR[room], f"{path.name} of {room} imports {module}, which is not below it"


def public_definitions(tree):
    """Names without an underscore that a file defines: classes, functions, constants and aliases."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names = [node.name]
        elif isinstance(node, ast.AnnAssign):
            names = [node.target.id]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def offered(tree):
    """What `__all__` holds, which must be the file's last statement; None without it."""
    last = tree.body[-1]
    is_all = isinstance(last, ast.Assign) and getattr(last.targets[0], "id", None) == "__all__"
    return ast.literal_eval(last.value) if is_all else None


def in_order(names):
    """Constants, classes, the rest; numbers by their size: ruff's RUF022."""

    def key(name):
        kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
        return kind, [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

    return sorted(names, key=key)


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_says_what_it_is_for_and_what_it_offers(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstring = ast.get_docstring(tree)
    assert docstring, f"{path} has no docstring"
    assert re.search(r"\b(never|no|not|nothing|neither)\b", docstring.lower()), (
        f"{path} does not say what it never knows"
    )
    names = offered(tree)
    if names is None:
        assert not list(public_definitions(tree)), f"{path} has public names and does not end with `__all__`"
        return
    assert names == in_order(names)
    module = ".".join(["logitscope", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
    imported = import_module(module)
    for name in names:
        assert hasattr(imported, name), f"{module} offers {name} and does not have it"


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(out.stdout.split())


HEAVY = {"sklearn", "matplotlib", "scipy", "pandas", "rich"}


@pytest.mark.parametrize(
    "statement",
    [
        "import logitscope",
        "import logitscope.cli",
        "import logitscope as ls; ls.get_activation('tanh')(0.0); ls.get_loss('brier'); ls.OPTIMIZERS; ls.DATASETS",
        "import logitscope as ls; ls.backward(0.0, 1.0); ls.UpdateRecorder(); ls.iterate",
    ],
)
def test_import_loads_nothing_heavy(statement):
    assert not HEAVY & loaded_by(statement)


def test_a_display_class_does_not_load_matplotlib():
    assert "matplotlib" not in loaded_by("import logitscope as ls; ls.UpdateMagnitudeDisplay")


def test_a_run_with_figures_loads_neither_windows_nor_comparisons(tmp_path):
    arguments = ["train", "moons", "--max-iter", "3", "--out", str(tmp_path)]
    loaded = loaded_by(f"from logitscope.cli import main; main({arguments})")
    assert "matplotlib.figure" in loaded
    assert not {"matplotlib.pyplot", "logitscope.comparison", "logitscope.equivalence"} & loaded


def test_help_does_not_wait_for_numpy():
    assert "numpy" not in loaded_by("from logitscope.cli import _arguments; _arguments._parser().format_help()")


def test_there_is_no_drawer_for_everything():
    names = {path.stem.strip("_") for path in FILES} | {path.name for path in PACKAGE.iterdir()}
    assert not names & {"utils", "util", "helpers", "common", "misc", "tools"}
