"""The public surface that users and outside checks rely on."""

import tomllib
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


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'logitscope' has no attribute 'LogisticRegresion'$"):
        ls.LogisticRegresion  # noqa: B018


def test_all_is_sorted():
    assert list(ls.__all__) == sorted(ls.__all__)


def test_types_are_shipped():
    assert (files("logitscope") / "py.typed").is_file()


def test_one_version():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == ls.__version__
