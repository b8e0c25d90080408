"""The public surface that users and outside checks rely on."""

import inspect
import tomllib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest

import logitscope as ls

SURFACE = (
    "ACTIVATIONS",
    "get_activation",
    "LOSSES",
    "get_loss",
    "backward",
    "check_activation",
    "check_gradient",
    "LogisticRegression",
    "UpdateRecorder",
    "UpdateLog",
    "load_dataset",
    "compare",
    "TrainingCurveDisplay",
    "UpdateMagnitudeDisplay",
    "ActivationDisplay",
    "ComparisonDisplay",
)


@pytest.mark.parametrize("name", SURFACE)
def test_surface(name):
    assert name in dir(ls)
    assert name in ls.__all__
    assert getattr(ls, name) is not None


def test_every_public_name_loads():
    for name in ls.__all__:
        assert getattr(ls, name) is not None


def _signatures(name):
    """Yield the signature of a public name and of its public methods, as `help` shows them."""
    part = getattr(ls, name)
    methods = vars(part).items() if inspect.isclass(part) else ()
    for called, function in [(name, part), *((f"{name}.{method}", getattr(part, method)) for method, _ in methods)]:
        if callable(function) and not called.rpartition(".")[2].startswith(("_", "set_")):  # scikit-learn's: set_…
            with suppress(ValueError, TypeError):  # no signature
                yield called, str(inspect.signature(function))


def test_help_shows_array_like_and_not_what_it_stands_for():
    shown = dict(signature for name in ls.__all__ for signature in _signatures(name))
    assert "X: 'ArrayLike'" in shown["compare"]
    assert {name: text for name, text in shown.items() if "numpy" in text or "Union" in text} == {}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'logitscope' has no attribute 'LogisticRegresion'$"):
        ls.LogisticRegresion  # noqa: B018


def test_types_are_shipped():
    assert (files("logitscope") / "py.typed").is_file()


def test_one_version():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == ls.__version__


def test_dir_holds_every_name_once():
    import logitscope

    assert logitscope.LogisticRegression is not None  # loaded
    names = dir(logitscope)
    assert len(names) == len(set(names))
    assert "Any" not in names
