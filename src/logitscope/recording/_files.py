"""A log as a file: arrays in .npz, names in JSON, nothing that could run.

It knows which arrays make a log; it never knows what their numbers mean, nor how a file is written.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logitscope._archive import read_archive, write_archive
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.activations import ACTIVATIONS, get_activation
from logitscope.losses import LOSSES, get_loss
from logitscope.pointwise import ColumnGroups, ColumnwiseLoss, Group, Pointwise
from logitscope.recording._reach import KeptReach

if TYPE_CHECKING:
    from logitscope.recording._log import UpdateLog

FORMAT, VERSION = "logitscope.UpdateLog", 2
_ARRAYS = (
    "z_columns",
    "epoch",
    "step",
    "learning_rate",
    "gradient_factor",
    "y",
    "row_norm",
    "share",
    "sample_index",
)
_OPTIONAL = ("positive", "soft_target")
_REACH = "reach_columns"


def save_log(log: "UpdateLog", path: str | Path) -> None:
    """Write a log."""
    groups, arrays = log_parts(log)
    write_archive(path, FORMAT, VERSION, {"groups": groups}, arrays)


def load_log(path: str | Path, own: Mapping[str, Any]) -> "UpdateLog":
    """Read a log; see `UpdateLog.load`."""
    header, arrays = read_archive(path, FORMAT, VERSION, "UpdateLog.save", ("groups",), _ARRAYS)
    try:
        return log_from(header["groups"], arrays, own)
    except InvalidInputError:
        raise
    except Exception as error:  # a right checksum and wrong content: made by hand, and anything may be wrong with it
        raise FileFormatError(
            f"`path` must be a file that UpdateLog.save wrote; got {str(path)!r},"
            " whose content no UpdateLog.save writes."
        ) from error


def log_parts(log: "UpdateLog") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return what JSON holds of a log, and its arrays."""
    arrays = {name: getattr(log, name) for name in _ARRAYS}
    arrays |= {name: getattr(log, name) for name in _OPTIONAL if getattr(log, name) is not None}
    if log.own_reach is not None:
        arrays[_REACH] = log.own_reach.array()
    return _describe(log.pointwise, log.n_models), arrays


def log_from(groups: list[dict[str, Any]], arrays: Mapping[str, Any], own: Mapping[str, Any]) -> "UpdateLog":
    """Return the log that `log_parts` took apart."""
    from logitscope.recording._log import UpdateLog

    kept = {name: array for name, array in arrays.items() if name in (*_ARRAYS, *_OPTIONAL)}
    if groups[-1]["columns"][1] != kept["z_columns"].shape[2]:
        raise ValueError("the groups are those of every column")
    reach = KeptReach(arrays[_REACH]) if _REACH in arrays else None
    return UpdateLog(pointwise=_restore(groups, own), own_reach=reach, **kept)


def _describe(pointwise: ColumnwiseLoss, n_models: int) -> list[dict[str, Any]]:
    if isinstance(pointwise, ColumnGroups):
        groups = pointwise.groups
    else:
        groups = (Group(pointwise.column(0), slice(0, n_models)),)
    return [
        {
            "columns": [columns.start, columns.stop],
            "activation": pair.activation.name,
            "activation_is_own": pair.activation != ACTIVATIONS.get(pair.activation.name),
            "loss": pair.loss.name,
            "loss_is_own": type(pair.loss) is not type(LOSSES.get(pair.loss.name)),
            "loss_parameters": _parameters(pair.loss),
        }
        for pair, columns in groups
    ]


def _parameters(loss: Any) -> dict[str, Any]:
    """Return the fields of one of our own losses; a user's own is not described."""
    if type(loss) is not type(LOSSES.get(loss.name)):
        return {}
    return {field.name: getattr(loss, field.name) for field in fields(loss)}  # type: ignore[arg-type]


def _restore(groups: list[dict[str, Any]], own: Mapping[str, Any]) -> ColumnwiseLoss:
    pairs = tuple(
        Group(Pointwise(_activation(group, own), _loss(group, own)), slice(*group["columns"])) for group in groups
    )
    return pairs[0].pointwise if len(pairs) == 1 else ColumnGroups(pairs)


def _activation(group: dict[str, Any], own: Mapping[str, Any]) -> Any:
    name = group["activation"]
    return get_activation(_given(name, own) if group["activation_is_own"] else ACTIVATIONS[name])


def _loss(group: dict[str, Any], own: Mapping[str, Any]) -> Any:
    if group["loss_is_own"]:
        return get_loss(_given(group["loss"], own))
    return type(LOSSES[group["loss"]])(**group["loss_parameters"])


def _given(name: str, own: Mapping[str, Any]) -> Any:
    if name in own:
        return own[name]
    raise InvalidInputError(
        f"The log was made with {name!r}, which is not part of logitscope: load(path, {name}=...) with the object."
    )


__all__ = ["FORMAT", "VERSION", "load_log", "log_from", "log_parts", "save_log"]
