"""Files that are whole, or refused with a sentence; nothing in them is ever executed."""

import hashlib
import io
import json
import os
import pickle
import platform
import re
import zipfile

import numpy as np
import pytest

import logitscope as ls
from logitscope import _archive
from logitscope._archive import read_archive, write_archive
from logitscope._exceptions import FileFormatError, InvalidInputError

KIND, WRITER = "logitscope.Sample", "Sample.save"
ARRAYS = {
    "z": np.arange(6.0).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "names": np.array(["ä", "long name"]),
    "flags": np.array([True, False]),
    "days": np.array(["2026-01-01"], dtype="datetime64[D]"),
    "big": np.array([1, 2], dtype=">i4"),
    "scalar": np.float64(np.nan),
    "nothing": np.empty((0, 3)),
    "folder/inner": np.array([1 + 2j]),
}

CUT = "which does not end with its checksum: it was cut short, or another program wrote it."
DAMAGED = "which does not fit its checksum: it was changed or damaged after it was written."
BY_HAND = "whose content no Sample.save writes."


def write(path, *, version=1, arrays=ARRAYS, **header):
    write_archive(path, KIND, version, {"note": "ä", **header}, arrays)
    return path


def read(path, entries=("note",), names=("z",)):
    return read_archive(path, KIND, 1, WRITER, entries, names)


def refusal(path, **options):
    with pytest.raises(FileFormatError) as caught:
        read(path, **options)
    return str(caught.value).replace(repr(str(path)), "PATH")


def refused(why):
    return f"`path` must be a file that Sample.save wrote; got PATH, {why}"


def sealed(path, content):
    """Give any bytes that end like a zip file the checksum that belongs to them: what a forger would do."""
    content = content[:-2] + (len(_archive._SEAL) + 64).to_bytes(2, "little") + _archive._SEAL
    path.write_bytes(content + _archive._digest(io.BytesIO(content + b"0" * 64)).encode())
    return path


def zipped(entries, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(array, *, allow_pickle=False):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=allow_pickle)
    return buffer.getvalue()


def header_npy(**changes):
    header = {"format": KIND, "version": 1, "written_by": {"logitscope": "0"}, "note": "", **changes}
    return npy(np.frombuffer(json.dumps(header).encode(), dtype=np.uint8))


def test_round_trip(tmp_path):
    header, arrays = read(write(tmp_path / "sample"))
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        np.testing.assert_array_equal(arrays[name], array)
    assert header == {
        "format": KIND,
        "version": 1,
        "written_by": {
            "logitscope": ls.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "note": "ä",
    }


def test_any_reader_of_npz_can_read_it(tmp_path):
    with np.load(write(tmp_path / "sample.npz"), allow_pickle=False) as file:
        assert set(file.files) == {"header", *ARRAYS}
        np.testing.assert_array_equal(file["z"], ARRAYS["z"])


def test_the_checksum_is_sha256_of_all_that_comes_before_it(tmp_path):
    content = write(tmp_path / "sample").read_bytes()
    assert content[-64:].decode() == hashlib.sha256(content[:-64]).hexdigest()


def test_every_byte_counts(tmp_path):
    """One bit is flipped in every byte of the file, its tables, names, padding and checksum included."""
    whole = write(tmp_path / "sample").read_bytes()
    path = tmp_path / "flipped"
    allowed = {refused(CUT), refused(DAMAGED)}
    path.write_bytes(whole)
    with path.open("r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ 1 << place % 8]), place)
            assert refusal(path) in allowed, place
            os.pwrite(file.fileno(), bytes([byte]), place)
    read(path)


def test_every_length_counts(tmp_path):
    whole = write(tmp_path / "sample").read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole)
    for length in reversed(range(1, len(whole))):
        os.truncate(path, length)
        assert refusal(path) == refused(CUT), length
    os.truncate(path, 0)
    assert refusal(path) == refused("which is empty.")
    path.write_bytes(whole + b"\0")
    assert refusal(path) == refused(CUT)
    path.write_bytes(b"\0" + whole)
    assert refusal(path) == refused(DAMAGED)
    path.write_bytes(whole + whole)
    assert refusal(path) == refused(DAMAGED)


def png():
    import matplotlib.image

    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.zeros((2, 2)))
    return buffer.getvalue()


def npz():
    buffer = io.BytesIO()
    np.savez(buffer, header=np.zeros(3, dtype=np.uint8), z=np.zeros(2))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.txt": "text"}),
        zipped({}),
        png(),
        npz(),
        npy(np.zeros(3)),
        pickle.dumps(ARRAYS),
        b"text",
        b"PK",
        bytes(9999),
    ],
    ids=["zip", "empty zip", "png", "npz", "npy", "pickle", "text", "PK", "zeros"],
)
def test_foreign_files(content, tmp_path):
    (tmp_path / "foreign").write_bytes(content)
    assert refusal(tmp_path / "foreign") == refused(CUT)


def test_a_folder(tmp_path):
    assert refusal(tmp_path) == refused("which is a folder.")
    with pytest.raises(InvalidInputError) as caught:
        write(tmp_path)
    assert str(caught.value) == f"`path` must be the name of a file; got the folder {str(tmp_path)!r}."


def test_a_newer_file(tmp_path):
    assert refusal(write(tmp_path / "newer", version=2)) == (
        f"PATH has version 2 of the format, written by logitscope {ls.__version__}; this logitscope,"
        f" {ls.__version__}, reads up to 1. Upgrade logitscope."
    )


def test_a_file_of_another_kind(tmp_path):
    write_archive(tmp_path / "other", "logitscope.Other", 9, {}, {})
    assert refusal(tmp_path / "other") == refused("which holds a logitscope.Other.")


def test_a_file_that_lacks_something(tmp_path):
    path = write(tmp_path / "sample")
    assert refusal(path, entries=("note", "more"), names=("w",)) == refused("which lacks more, w.")


def test_the_systems_own_errors_are_kept(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "nowhere"))):
        read(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=re.escape(f"There is no such folder: {str(tmp_path / 'no')!r}")):
        write(tmp_path / "no" / "sample")


class TestNothingIsExecuted:
    """Every way into Python that a file could try, each in a file whose checksum is right."""

    class Bomb:
        def __init__(self, path):
            self.path = path

        def __reduce__(self):
            return open, (self.path, "w")

    @pytest.fixture
    def proof(self, tmp_path):
        """The file that the code of a crafted file would make."""
        pickle.loads(pickle.dumps(self.Bomb(str(tmp_path / "it works")))).close()
        assert (tmp_path / "it works").exists()
        return tmp_path / "executed"

    def crafted(self, proof):
        bomb = np.empty(1, dtype=object)
        bomb[0] = self.Bomb(str(proof))
        pickled = npy(bomb, allow_pickle=True)
        expression = f"open({str(proof)!r}, 'w')".ljust(117) + "\n"
        z = npy(np.zeros(2))
        return {
            "object array": {"header.npy": header_npy(), "z.npy": pickled},
            "object array that nobody asked for": {"header.npy": header_npy(), "z.npy": z, "extra.npy": pickled},
            "object array as header": {"header.npy": pickled, "z.npy": z},
            "structured array with objects": {
                "header.npy": header_npy(),
                "z.npy": npy(np.array([(bomb[0],)], dtype=[("a", object)]), allow_pickle=True),
            },
            "pickle in place of an array": {"header.npy": header_npy(), "z.npy": pickle.dumps(bomb[0])},
            "pickle in place of the header": {"header.npy": pickle.dumps(bomb[0]), "z.npy": z},
            "pickle without .npy": {"header.npy": header_npy(), "z.npy": z, "more.pkl": pickle.dumps(bomb[0])},
            "expression in place of a dtype": {
                "header.npy": header_npy(),
                "z.npy": b"\x93NUMPY\x01\x00" + len(expression).to_bytes(2, "little") + expression.encode(),
            },
        }

    CRAFTED = (
        "object array", "object array that nobody asked for", "object array as header",
        "structured array with objects", "pickle in place of an array", "pickle in place of the header",
        "pickle without .npy", "expression in place of a dtype",
    )  # fmt: skip

    @pytest.mark.parametrize("how", CRAFTED)
    def test_in_our_reader(self, how, proof, tmp_path):
        path = sealed(tmp_path / "crafted", zipped(self.crafted(proof)[how]))
        assert refusal(path) == refused(BY_HAND)
        assert not proof.exists()

    @pytest.mark.parametrize("how", CRAFTED)
    @pytest.mark.parametrize("load", [ls.LogisticRegression.load, ls.UpdateLog.load], ids=["model", "log"])
    def test_in_the_public_methods(self, how, load, proof, tmp_path):
        path = sealed(tmp_path / "crafted", zipped(self.crafted(proof)[how]))
        with pytest.raises(FileFormatError):
            load(path)
        path.write_bytes(pickle.dumps(self.Bomb(str(proof))))
        with pytest.raises(FileFormatError):
            load(path)
        assert not proof.exists()

    def test_the_list_is_whole(self, proof):
        assert tuple(self.crafted(proof)) == self.CRAFTED

    def test_objects_are_not_written_either(self, tmp_path):
        with pytest.raises(ValueError, match=r"^Object arrays cannot be saved when allow_pickle=False$"):
            write(tmp_path / "sample", arrays={"z": np.array([object()])})
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "entries",
    [
        {"z.npy": npy(np.zeros(2))},
        {"header.npy": npy(np.frombuffer(b"[1, 2]", dtype=np.uint8))},
        {"header.npy": npy(np.frombuffer(b"not JSON", dtype=np.uint8))},
        {"header.npy": npy(np.frombuffer(b"[" * 100_000, dtype=np.uint8))},
        {"header.npy": npy(np.frombuffer(b"\xff\xfe", dtype=np.uint8))},
        {"header.npy": header_npy(version="1")},
        {"header.npy": header_npy(version=True)},
        {"header.npy": header_npy(version=0)},
        {"header.npy": header_npy(format=3)},
        {"header.npy": header_npy(written_by=None)},
        {"header.npy": header_npy(), "z.npy": npy(np.zeros(2))[:-1]},
        {"header.npy": header_npy(), "z.npy": npy(np.zeros(2)) + b"\0"},
        {"header.npy": header_npy(), "z.npy": npy(np.zeros(2)).replace(b"(2,)", b"(-2)")},
        {"header.npy": header_npy(), "z.npy": npy(np.zeros(9)).replace(b"(9,), }     ", b"(10**12,), }")},
        {"header.npy": header_npy(), "z.npy": npy(np.zeros(2)).replace(b"(2,), }", b"(2,), (")},
        {"header.npy": header_npy(), "z.npy": b""},
    ],
    ids=lambda entries: None,
)  # fmt: skip
def test_content_that_nobody_writes(entries, tmp_path):
    assert refusal(sealed(tmp_path / "crafted", zipped(entries))) == refused(BY_HAND)


def test_an_array_that_would_fill_the_memory_is_not_reserved(tmp_path):
    """Neither a header that promises 8 TB nor compressed zeros are believed."""
    promise = npy(np.zeros(1)).replace(b"(1,), }" + b" " * 12, b"(1000000000000,), }")
    assert np.lib.format.read_array_header_1_0(io.BytesIO(promise[8:]))[0] == (10**12,)
    path = sealed(tmp_path / "promise", zipped({"header.npy": header_npy(), "z.npy": promise}))
    assert refusal(path) == refused(BY_HAND)
    bomb = zipped({"header.npy": header_npy(), "z.npy": npy(np.zeros(10**6))}, compression=zipfile.ZIP_DEFLATED)
    assert refusal(sealed(tmp_path / "bomb", bomb)) == refused(BY_HAND)


class TestWriting:
    def test_through_a_link(self, tmp_path):
        write(tmp_path / "real")
        (tmp_path / "link").symlink_to(tmp_path / "real")
        write(tmp_path / "link", note="new")
        assert (tmp_path / "link").is_symlink()
        assert read(tmp_path / "real")[0]["note"] == "new"

    def test_permissions_are_those_of_any_new_file(self, tmp_path):
        (tmp_path / "plain").write_text("")
        assert write(tmp_path / "sample").stat().st_mode == (tmp_path / "plain").stat().st_mode

    @pytest.mark.parametrize("where", ["write_array", "fsync", "replace"])
    def test_an_interrupted_write_leaves_what_was_there(self, where, tmp_path, monkeypatch):
        before = write(tmp_path / "sample").read_bytes()

        def interrupted(*_args, **_kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr(np.lib.format if where == "write_array" else os, where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "sample", note="new")
        assert [file.name for file in tmp_path.iterdir()] == ["sample"]
        assert (tmp_path / "sample").read_bytes() == before

    def test_readers_of_the_old_file_keep_it(self, tmp_path):
        before = write(tmp_path / "sample").read_bytes()
        with (tmp_path / "sample").open("rb") as file:
            write(tmp_path / "sample", note="new")
            assert file.read() == before
