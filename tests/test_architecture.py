"""The plan of the house, held: imports run only towards a lower floor, and nothing heavy is loaded for nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import logitscope

PACKAGE = Path(logitscope.__file__).parent

# Rooms by floor, as in the README's "Architecture". A room may import only from the floors below it.
FLOORS = (
    {"_typing", "_exceptions", "status"},
    {"_numerics"},
    {"activations", "losses", "penalties", "optimizers", "datasets"},
    {"pointwise", "sources"},
    {"objective", "recording"},
    {"steps"},
    {"solvers", "training"},
    {"analysis", "comparison", "estimator"},
    {"claims", "displays"},
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


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_says_what_it_is_for_and_what_it_offers(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    if path.stem.startswith("_") or path.stem == "__init__":
        return
    assert any(isinstance(node, ast.Assign) and node.targets[0].id == "__all__" for node in tree.body)


def public_names(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return ast.literal_eval(node.value)
    return []


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_all_names_exist_in_the_file(path):
    module = ".".join(["logitscope", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
    imported = __import__(module, fromlist=["*"])
    for name in public_names(path):
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


def test_there_is_no_drawer_for_everything():
    names = {path.stem.strip("_") for path in FILES} | {path.name for path in PACKAGE.iterdir()}
    assert not names & {"utils", "util", "helpers", "common", "misc", "tools"}
