"""A log as a file: arrays in .npz, names in JSON, nothing that could run.

It knows the layout of the file; it never knows what its numbers mean.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.activations import ACTIVATIONS, get_activation
from logitscope.losses import LOSSES, get_loss
from logitscope.pointwise import ColumnGroups, ColumnwiseLoss, Group, Pointwise

if TYPE_CHECKING:
    from logitscope.recording._log import UpdateLog

FORMAT, VERSION = "logitscope.UpdateLog", 1
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
_OPTIONAL = ("positive", "reach_columns", "soft_target")


def save_log(log: "UpdateLog", path: str | Path) -> None:
    """Write a log."""
    arrays = {name: getattr(log, name) for name in _ARRAYS}
    arrays |= {name: getattr(log, name) for name in _OPTIONAL if getattr(log, name) is not None}
    header = {"format": FORMAT, "version": VERSION, "groups": _describe(log.pointwise, log.n_models)}
    write_arrays(path, header, arrays)


def load_log(path: str | Path, own: Mapping[str, Any]) -> "UpdateLog":
    """Read a log; see `UpdateLog.load`."""
    from logitscope.recording._log import UpdateLog

    header, arrays = read_arrays(path, FORMAT, VERSION, "UpdateLog.save", ("groups",), _ARRAYS)
    kept = {name: array for name, array in arrays.items() if name in (*_ARRAYS, *_OPTIONAL)}
    return UpdateLog(pointwise=_restore(header["groups"], own), **kept)


def write_arrays(path: str | Path, header: dict[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write a header and arrays as one .npz file, whole or not at all."""
    text = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            for name, array in {"header": text, **arrays}.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_arrays(
    path: str | Path, kind: str, version: int, writer: str, entries: tuple[str, ...], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a header and arrays that `write_arrays` wrote.

    Parameters
    ----------
    kind, version : str, int
        The header's `format`, and the latest version that is understood.
    writer : str
        The method that writes such files, for the message.
    entries, names : tuple of str
        What the header and the arrays must hold.

    Raises
    ------
    FileFormatError
        Any other file.
    """
    refusal = f"`path` must be a file that {writer} wrote; got {str(path)!r}"
    try:
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(bytes(arrays.pop("header")))
        is_ours = header["format"] == kind and isinstance(header["version"], int)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{refusal}.") from error
    if not is_ours:
        raise FileFormatError(f"{refusal}, which is of another format.")
    if header["version"] > version:
        raise FileFormatError(
            f"{str(path)!r} has version {header['version']} of the format; this logitscope reads up to {version}."
            " Upgrade logitscope."
        )
    missing = [name for name in entries if name not in header] + [name for name in names if name not in arrays]
    if missing:
        raise FileFormatError(f"{refusal}, which lacks {', '.join(missing)}.")
    return header, arrays


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
            "loss_parameters": asdict(pair.loss) if type(pair.loss) is type(LOSSES.get(pair.loss.name)) else {},
        }
        for pair, columns in groups
    ]


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


__all__ = ["FORMAT", "VERSION", "load_log", "read_arrays", "save_log", "write_arrays"]
