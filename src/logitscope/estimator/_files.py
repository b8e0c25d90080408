"""A fitted model as a file: arrays in .npz, parameters and names in JSON, nothing that could run.

It knows how values are written down; it never knows what they are for.
"""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.activations import ACTIVATIONS, Activation
from logitscope.estimator._checks import resolve_solver
from logitscope.losses import LOSSES
from logitscope.optimizers import OPTIMIZERS, SCHEDULES
from logitscope.recording import UpdateRecorder
from logitscope.recording._files import read_arrays, write_arrays
from logitscope.solvers import SOLVERS
from logitscope.status import Status

FORMAT, VERSION = "logitscope.LogisticRegression", 1

_PARTS = (
    *OPTIMIZERS.values(),
    *SCHEDULES.values(),
    *SOLVERS.values(),
    *(type(loss) for loss in LOSSES.values()),
    UpdateRecorder,
)
PARTS: dict[str, Any] = {part.__name__: part for part in _PARTS}
"""What a parameter may be besides numbers, names and arrays: all are dataclasses of these."""

_ARRAYS = ("coef_", "intercept_", "_params")
_CURVES = ("loss_curve_", "validation_loss_curve_", "accuracy_curve_", "validation_accuracy_curve_")
_VALUES = (
    "classes_",
    "n_iter_",
    "n_features_in_",
    "status_message_",
    "gradient_norm_",
    "learning_rate_",
    *_CURVES,
)


def save_model(model: Any, path: str | Path) -> None:
    """Write a fitted model; its log has a file of its own (`UpdateLog.save`)."""
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    names = [*_VALUES, "feature_names_in_"] if hasattr(model, "feature_names_in_") else _VALUES
    header = {
        "format": FORMAT,
        "version": VERSION,
        "parameters": {
            name: _written(value, f"`{name}`", arrays) for name, value in model.get_params(deep=False).items()
        },
        "fitted": {name: _written(getattr(model, name), f"`{name}`", arrays) for name in names},
        "status": model.status_.name,
        "state": None if model._state is None else _written(tuple(model._state), "`solver`", arrays),
    }
    write_arrays(path, header, arrays)


def load_model(cls: Callable[..., Any], path: str | Path) -> Any:
    """Read a model; see `LogisticRegression.load`."""
    header, arrays = read_arrays(
        path, FORMAT, VERSION, "LogisticRegression.save", ("parameters", "fitted", "status", "state"), _ARRAYS
    )
    try:
        model = cls(**{name: _read(value, arrays) for name, value in header["parameters"].items()})
        for name in _ARRAYS:
            setattr(model, name, arrays[name])
        for name, value in header["fitted"].items():
            setattr(model, name, _read(value, arrays))
        model.status_ = Status[header["status"]]
        state = header["state"]
        model._state = None if state is None else _state(model, _read(state, arrays))
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(
            f"`path` must be a file that LogisticRegression.save wrote; got {str(path)!r}."
        ) from error
    return model


def _state(model: Any, values: tuple[Any, ...]) -> Any:
    """The optimizer's state is the tuple that its `init` returns, with other values."""
    kind = type(resolve_solver(model.solver).init(model._params))
    return kind(*values)


def _written(value: Any, owner: str, arrays: dict[str, Any]) -> Any:
    """Return what JSON can hold; arrays are put aside under the name that is returned.

    JSON's own null, truth values, numbers and strings stand for themselves, everything else is {kind: content}.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _put_aside(value, owner, arrays)
    if type(value) in (list, tuple):
        return {type(value).__name__: [_written(item, owner, arrays) for item in value]}
    if type(value) is dict:
        return {"dict": [[_written(part, owner, arrays) for part in item] for item in value.items()]}
    if isinstance(value, Activation) and value == ACTIVATIONS.get(value.name):
        return {"activation": value.name}
    if isinstance(value, type | np.dtype) and value in (np.float32, np.float64):
        return {"dtype": np.dtype(value).name}
    if PARTS.get(type(value).__name__) is type(value):
        content = {field.name: _written(getattr(value, field.name), owner, arrays) for field in fields(value)}
        return {type(value).__name__: content}
    raise InvalidInputError(
        f"{owner} must be a name, a number, an array or a part of logitscope to be saved; got {value!r}."
        " Files hold no code: pickle the model, or set the parameter again after loading."
    )


def _put_aside(value: Any, owner: str, arrays: dict[str, Any]) -> Any:
    array = np.asarray(value)
    if array.dtype.kind == "O":  # labels: NumPy would pickle them
        return {"objects": [_written(item, owner, arrays) for item in array.tolist()]}
    name = f"array_{len(arrays)}"
    arrays[name] = array
    return {"scalar" if isinstance(value, np.generic) else "array": name}


def _read(value: Any, arrays: dict[str, Any]) -> Any:
    """Return what `_written` was given."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind in PARTS:
        return PARTS[kind](**{name: _read(item, arrays) for name, item in content.items()})
    return _READERS[kind](content, arrays)


def _objects(content: Any, arrays: dict[str, Any]) -> Any:
    out = np.empty(len(content), dtype=object)
    out[:] = [_read(item, arrays) for item in content]
    return out


_READERS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "array": lambda content, arrays: arrays[content],
    "scalar": lambda content, arrays: arrays[content][()],
    "objects": _objects,
    "list": lambda content, arrays: [_read(item, arrays) for item in content],
    "tuple": lambda content, arrays: tuple(_read(item, arrays) for item in content),
    "dict": lambda content, arrays: {_read(key, arrays): _read(item, arrays) for key, item in content},
    "activation": lambda content, arrays: ACTIVATIONS[content],
    "dtype": lambda content, arrays: np.dtype(content),
}


__all__ = ["FORMAT", "PARTS", "VERSION", "load_model", "save_model"]
