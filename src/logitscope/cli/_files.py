"""A folder of results that is complete or not there.

It writes into a folder beside the target and moves the files over at the end; it never knows what is in them.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope.cli._cycles import kept

_DPI = 150


class Folder:
    """Where a command puts its files until all of them are written."""

    def __init__(self, draft: Path) -> None:
        self._draft = draft

    def figure(self, name: str, draw: Callable[..., Any], *given: Any, **options: Any) -> None:
        """Write the figure that ``draw(*given, **options, ax=figure)`` fills, a display's own way of drawing."""
        from logitscope.displays._picture import blank, save

        with kept():
            figure = blank(_DPI)
            draw(*given, **options, ax=figure)
            save(figure, self._draft / name)

    def json(self, name: str, content: Any) -> None:
        """Write a JSON text; numbers that JSON has no name for become null."""
        text = _laid_out(_plain(content))
        (self._draft / name).write_text(text + "\n", encoding="utf-8")

    def path(self, name: str) -> Path:
        """Return where to write another file."""
        return self._draft / name


def check_writable(out: str | None) -> None:
    """Refuse a folder that cannot be written, before anything is computed.

    Raises
    ------
    InvalidInputError
        If `--out` is a file, or a folder that cannot be made or written.
    """
    if out is None:
        return
    if not out.strip():
        raise InvalidInputError(f"`--out` must be a folder that can be written; got {out!r} (it has no name).")
    folder = Path(out)
    existing = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path())
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(20, "it is a file")
        if not existing.is_dir():
            raise NotADirectoryError(20, f"{existing} is a file")
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InvalidInputError(
            f"`--out` must be a folder that can be written; got {out!r} ({error.strerror})."
        ) from error


@contextmanager
def folder(out: str) -> Iterator[tuple[Folder, list[Path]]]:
    """Yield a folder to fill, and the list that will hold the written paths; nothing is left behind on failure."""
    target = Path(out)
    written: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="logitscope-") as temporary:
        draft = Path(temporary)
        yield Folder(draft), written
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(draft.iterdir()):
            shutil.move(str(path), str(target / path.name))
            written.append(target / path.name)


def _laid_out(value: Any, indent: str = "") -> str:
    """Return JSON with a line for every list of numbers: a curve is one line, not hundreds."""
    if isinstance(value, dict) and value:
        items = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, indent + '  ')}" for key, item in value.items()
        ]
        opening, closing = "{}"
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        items = [_laid_out(item, indent + "  ") for item in value]
        opening, closing = "[]"
    else:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    inner = f",\n{indent}  ".join(items)
    return f"{opening}\n{indent}  {inner}\n{indent}{closing}"


def _plain(value: Any) -> Any:
    """Turn NumPy numbers and arrays into what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


__all__ = ["Folder", "check_writable", "folder"]
