"""A fitted model as a file: arrays in .npz, parameters and names in JSON, nothing that could run.

It knows how values are written down; it never knows what they are for.
"""

from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from logitscope._archive import read_archive, write_archive
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.activations import ACTIVATIONS, Activation
from logitscope.estimator._checks import resolve_solver
from logitscope.estimator._diagnosis import Certificate
from logitscope.losses import LOSSES
from logitscope.optimizers import OPTIMIZERS, SCHEDULES, Clipped
from logitscope.recording import UpdateRecorder
from logitscope.recording._files import log_from, log_parts
from logitscope.separation import Separation
from logitscope.solvers import SOLVERS
from logitscope.status import Status

FORMAT, VERSION = "logitscope.LogisticRegression", 2

_PARTS = (
    *OPTIMIZERS.values(),
    Clipped,
    *SCHEDULES.values(),
    *SOLVERS.values(),
    *(type(loss) for loss in LOSSES.values()),
    UpdateRecorder,
    Certificate,
    Separation,
)
PARTS: dict[str, Any] = {part.__name__: part for part in _PARTS}
"""What a value may be besides numbers, names and arrays: all are dataclasses of these."""

_ARRAYS = ("coef_", "intercept_", "_params")
_LOG, _LEDGER = "update_log_", "ledger_"  # neither is written with the rest: a ledger holds the rows of X


def save_model(model: Any, path: str | Path, include_log: bool = False) -> None:
    """Write a fitted model: parameters and everything fitted, its log only if asked for, no ledger, no callbacks."""
    if include_log and not hasattr(model, _LOG):
        raise InvalidInputError(
            "`include_log` must be False for a model without `update_log_`; got True. Fit with record=True."
        )
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    header = {
        "parameters": {
            name: _written(value, f"`{name}`", arrays) for name, value in model.get_params(deep=False).items()
        },
        "fitted": {
            name: _written(value, f"`{name}`", arrays)
            for name, value in vars(model).items()
            if _is_fitted(name, model) and name not in _ARRAYS
        },
        "state": None if model._state is None else _written(tuple(model._state), "`solver`", arrays),
        "log": None,
    }
    if include_log:
        header["log"], columns = log_parts(model.update_log_)
        arrays |= {f"{_LOG}/{name}": array for name, array in columns.items()}
    write_archive(path, FORMAT, VERSION, header, arrays)


def load_model(cls: Callable[..., Any], path: str | Path) -> Any:
    """Read a model; see `LogisticRegression.load`."""
    entries = ("parameters", "fitted", "state", "log")
    header, arrays = read_archive(path, FORMAT, VERSION, "LogisticRegression.save", entries, _ARRAYS)
    try:
        return _restored(cls, header, arrays)
    except Exception as error:  # a right checksum and wrong content: made by hand, and anything may be wrong with it
        raise FileFormatError(
            f"`path` must be a file that LogisticRegression.save wrote; got {str(path)!r},"
            " whose content no LogisticRegression.save writes."
        ) from error


def _restored(cls: Callable[..., Any], header: dict[str, Any], arrays: dict[str, Any]) -> Any:
    model = cls(**{name: _read(value, arrays) for name, value in header["parameters"].items()})
    for name in _ARRAYS:
        setattr(model, name, arrays[name])
    for name, value in header["fitted"].items():
        if not _is_fitted(name, model):
            raise ValueError(f"{name!r} is not a fitted attribute")
        setattr(model, name, _read(value, arrays))
    state = header["state"]
    model._state = None if state is None else _state(model, _read(state, arrays))
    if header["log"] is not None:
        mark = f"{_LOG}/"
        columns = {name.removeprefix(mark): array for name, array in arrays.items() if name.startswith(mark)}
        model.update_log_ = log_from(header["log"], columns, {})
    return model


def _is_fitted(name: str, model: Any) -> bool:
    """Whether an attribute is one that `fit` sets and files hold; a file must not replace a method."""
    return (
        name.endswith("_")
        and not name.startswith("_")
        and name not in (_LOG, _LEDGER)
        and not hasattr(type(model), name)
    )


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
    if isinstance(value, Status):
        return {"status": value.name}
    if isinstance(value, Fraction):  # in hexadecimal: Python limits the decimal digits of an integer
        return {"fraction": [hex(value.numerator), hex(value.denominator)]}
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
    "status": lambda content, arrays: Status[content],
    "fraction": lambda content, arrays: Fraction(*(int(part, 16) for part in content)),
    "dtype": lambda content, arrays: {"float32": np.dtype(np.float32), "float64": np.dtype(np.float64)}[content],
}


__all__ = ["FORMAT", "PARTS", "VERSION", "load_model", "save_model"]
