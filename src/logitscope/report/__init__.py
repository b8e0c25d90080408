"""One-file HTML reports that open offline; they know results and displays, and never compute either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from logitscope._exceptions import InvalidInputError
from logitscope.comparison import Comparison
from logitscope.report._comparison import comparison_report
from logitscope.report._folder import folder_report


def html_report(result: Any, path: str | Path | None = None) -> str:
    """Return a report as one HTML page, with its pictures inside: it opens offline and can be sent.

    Parameters
    ----------
    result : Comparison, str or Path
        What `compare` returned, or a folder that ``logitscope train`` or ``compare`` wrote with ``--out``.
    path : str or Path, optional
        Where to write the page as well.

    Returns
    -------
    str

    Raises
    ------
    InvalidInputError
        Anything else, and a folder without a run.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("moons", n_samples=100, random_state=0)[:2]
    >>> text = html_report(ls.compare(X, y, seeds=2, max_iter=5))
    >>> text.startswith("<!DOCTYPE html>"), "http" in text
    (True, False)
    """
    if isinstance(result, Comparison):
        text = comparison_report(result)
    elif isinstance(result, str | Path):
        text = folder_report(result)
    else:
        raise InvalidInputError(f"`result` must be a Comparison or the folder of a run; got {type(result).__name__}.")
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


__all__ = ["html_report"]
