"""Arrays and a JSON header as one .npz file that is whole or refused, and that holds nothing which could run.

It knows files, arrays, JSON and checksums; it never knows what they are for.
"""

import errno
import hashlib
import json
import os
import platform
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from logitscope import __version__
from logitscope._exceptions import FileFormatError, InvalidInputError

# The zip comment, the last bytes of the file: readers of .npz skip it, and everything before it goes into the checksum,
# the zip's own tables included, which its CRCs leave out.
_SEAL = b"logitscope sha256 "
_DIGEST_LENGTH = 64
_CHUNK = 2**20
_HEADER = "header"


def write_archive(
    path: str | Path, kind: str, version: int, header: Mapping[str, Any], arrays: Mapping[str, Any]
) -> None:
    """Write a header and arrays, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Replaced in one step once the file is complete.
    kind, version : str, int
        What the file holds, and the version of its layout.
    header : dict
        Entries that JSON can hold. The versions of logitscope, NumPy and Python are added.
    arrays : dict
        Arrays of numbers, truth values, dates or text.

    Raises
    ------
    InvalidInputError
        A path that is a folder.
    OSError
        A folder that is not there, or a disk that is full.
    """
    target = Path(os.path.realpath(path))  # through a link, as open() would: replacing would cut it
    if target.is_dir():
        raise InvalidInputError(f"`path` must be the name of a file; got the folder {str(path)!r}.")
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder", str(target.parent))
    written_by = {"logitscope": __version__, "numpy": np.__version__, "python": platform.python_version()}
    text = json.dumps({"format": kind, "version": version, "written_by": written_by, **header})
    content = {_HEADER: np.frombuffer(text.encode(), dtype=np.uint8), **arrays}
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("x+b") as file:
            _write_zip(file, content)
            file.write(_digest(file).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def read_archive(
    path: str | Path, kind: str, version: int, writer: str, entries: tuple[str, ...], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a header and arrays that `write_archive` wrote. Nothing is parsed before the checksum has been compared.

    Parameters
    ----------
    kind, version : str, int
        What the file must hold, and the latest version of its layout that is understood.
    writer : str
        The method that writes such files, for the message.
    entries, names : tuple of str
        What the header and the arrays must hold.

    Raises
    ------
    FileFormatError
        Any other file: foreign, cut short, damaged, or newer.
    FileNotFoundError, PermissionError
        The system's own.
    """
    refusal = f"`path` must be a file that {writer} wrote; got {str(path)!r}"
    if Path(path).is_dir():
        raise FileFormatError(f"{refusal}, which is a folder.")
    with Path(path).open("rb") as file:
        damage = _damage(file)
        if damage:
            raise FileFormatError(f"{refusal}, which {damage}.")
        try:
            arrays = _read_zip(file)
            header = json.loads(arrays.pop(_HEADER).tobytes())
            found, made, author = header["format"], header["version"], header["written_by"]["logitscope"]
            is_whole = isinstance(found, str) and type(made) is int and made >= 1
        except Exception as error:  # a right checksum and wrong content: made by hand, and parsers raise what they like
            raise FileFormatError(f"{refusal}, whose content no {writer} writes.") from error
    if not is_whole:
        raise FileFormatError(f"{refusal}, whose content no {writer} writes.")
    if found != kind:
        raise FileFormatError(f"{refusal}, which holds a {found}.")
    if made > version:
        raise FileFormatError(
            f"{str(path)!r} has version {made} of the format, written by logitscope {author}; this logitscope,"
            f" {__version__}, reads up to {version}. Upgrade logitscope."
        )
    missing = [name for name in entries if name not in header] + [name for name in names if name not in arrays]
    if missing:
        raise FileFormatError(f"{refusal}, which lacks {', '.join(missing)}.")
    return header, arrays


def _write_zip(file: IO[bytes], content: Mapping[str, Any]) -> None:
    """Write the arrays and the comment up to its checksum, whose place is kept."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in content.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
        archive.comment = _SEAL + b"0" * _DIGEST_LENGTH


def _damage(file: IO[bytes]) -> str:
    """Say what is wrong with the checksum; nothing is "".

    A file that was cut has lost its end, and with it the checksum.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return "is empty"
    file.seek(max(0, size - _DIGEST_LENGTH - len(_SEAL)))
    seal = file.read()
    if not seal.startswith(_SEAL):
        return "does not end with its checksum: it was cut short, or another program wrote it"
    if seal[len(_SEAL) :] != _digest(file).encode():
        return "does not fit its checksum: it was changed or damaged after it was written"
    return ""


def _digest(file: IO[bytes]) -> str:
    """SHA-256 of everything before the place of the checksum, where the file is left."""
    rest = file.seek(0, os.SEEK_END) - _DIGEST_LENGTH
    file.seek(0)
    found = hashlib.sha256()
    while rest > 0:
        chunk = file.read(min(rest, _CHUNK))
        if not chunk:
            break
        found.update(chunk)
        rest -= len(chunk)
    return found.hexdigest()


def _read_zip(file: IO[bytes]) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        return {entry.filename.removesuffix(".npy"): _read_array(archive, entry) for entry in archive.infolist()}


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    """Read one array; nothing is unpacked, unpickled or reserved beyond what the file holds."""
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError("entries are never compressed")
    with archive.open(entry) as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("arrays of numbers and text need no later version")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype.hasobject or stream.tell() + dtype.itemsize * _product(shape) != entry.file_size:
            raise ValueError("arrays hold no objects, and as many entries as their header says")
    with archive.open(entry) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _product(shape: tuple[int, ...]) -> int:
    n = 1  # in Python's integers: NumPy's would wrap
    for length in shape:
        n *= length
    return n


__all__ = ["read_archive", "write_archive"]
