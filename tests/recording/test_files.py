import json

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression, UpdateLog
from logitscope._archive import read_archive, write_archive
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.recording._log import DERIVED

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Arctan:
    """An activation of one's own."""

    lower, upper = -1.0, 1.0

    def value(self, z):
        return 2 / np.pi * np.arctan(z)

    def derivative(self, z):
        return 2 / np.pi / (1 + z**2)


class Quartic:
    """A loss of one's own."""

    def value(self, a, t):
        return (a - t) ** 4

    def derivative(self, a, t):
        return 4 * (a - t) ** 3


class Steep(Arctan):
    """One that bears a name of ours."""

    name = "softsign"


PARAMETERS = [
    {},
    {"activation": "tanh", "loss": "squared_error", "solver": "adam"},
    {"activation": "softmax", "loss": ls.Focal(gamma=0.5), "solver": "sgd", "batch_size": 7, "random_state": 0},
    {"activation": "cloglog", "record": ls.UpdateRecorder(every=2, samples=5, dtype="float32")},
    {"solver": "newton", "alpha": 0.1},
    {"learning_rate": [0.1, 0.2, 0.3]},
]


def assert_same(log, loaded):
    for name in (*DERIVED, "target", "epoch", "step", "learning_rate", "y", "row_norm", "share", "sample_index"):
        ours, theirs = getattr(log, name), getattr(loaded, name)
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        assert ours.dtype == theirs.dtype, name
    assert repr(log) == repr(loaded)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_round_trip(three, parameters, tmp_path):
    log = LogisticRegression(**{"record": True, "max_iter": 4, **parameters}).fit(*three).update_log_
    log.save(tmp_path / "log.npz")
    assert_same(log, UpdateLog.load(tmp_path / "log.npz"))
    assert [file.name for file in tmp_path.iterdir()] == ["log.npz"]


def test_the_file_is_plain_arrays_and_json(two, tmp_path):
    LogisticRegression(record=True, max_iter=2).fit(*two).update_log_.save(str(tmp_path / "log"))
    with np.load(tmp_path / "log", allow_pickle=False) as arrays:
        header = json.loads(bytes(arrays["header"]))
        assert {arrays[name].dtype.kind for name in arrays.files} <= set("fiu")
    assert (header["format"], header["version"]) == ("logitscope.UpdateLog", 2)


@pytest.mark.parametrize(("own", "name"), [(Arctan(), "Arctan"), (Steep(), "softsign")])
def test_activations_of_ones_own(two, own, name, tmp_path):
    log = LogisticRegression(own, record=True, max_iter=3, learning_rate=0.1).fit(*two).update_log_
    np.testing.assert_array_equal(log.activation_output, own.value(log.z))
    np.testing.assert_array_equal(log.local_derivative, own.derivative(log.z))
    log.save(tmp_path / "log")
    assert_same(log, UpdateLog.load(tmp_path / "log", **{name: own}))
    with pytest.raises(InvalidInputError) as caught:
        UpdateLog.load(tmp_path / "log")
    assert str(caught.value) == (
        f"The log was made with {name!r}, which is not part of logitscope: load(path, {name}=...) with the object."
    )


def test_losses_of_ones_own(two, tmp_path):
    log = LogisticRegression("tanh", Quartic(), record=True, max_iter=3, learning_rate=0.1).fit(*two).update_log_
    np.testing.assert_allclose(log.loss, (np.tanh(log.z) - (2 * two[1] - 1)) ** 4, rtol=1e-13)
    np.testing.assert_allclose(
        log.grad_z, 4 * (np.tanh(log.z) - (2 * two[1] - 1)) ** 3 * (1 - np.tanh(log.z) ** 2), rtol=1e-12
    )
    log.save(tmp_path / "log")
    assert_same(log, UpdateLog.load(tmp_path / "log", Quartic=Quartic()))
    with pytest.raises(InvalidInputError) as caught:
        UpdateLog.load(tmp_path / "log")
    assert str(caught.value) == (
        "The log was made with 'Quartic', which is not part of logitscope: load(path, Quartic=...) with the object."
    )


def test_other_files(two, tmp_path):
    (tmp_path / "text").write_text("no log")
    np.savez(tmp_path / "arrays.npz", z=np.zeros(3))
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("text", "arrays.npz", "one.npy"):
        with pytest.raises(FileFormatError) as caught:
            UpdateLog.load(tmp_path / name)
        path = str(tmp_path / name)
        assert str(caught.value) == (
            f"`path` must be a file that UpdateLog.save wrote; got {path!r}, which does not end with its checksum:"
            " it was cut short, or another program wrote it."
        )
    with pytest.raises(FileNotFoundError):
        UpdateLog.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "change",
    [{"groups": []}, {"groups": None}, {"groups": [{"columns": [0]}]}, {"groups": 3}, {"groups": [[]]}],
    ids=str,
)
def test_content_that_no_log_has(two, change, tmp_path):
    LogisticRegression(record=True, max_iter=2).fit(*two).update_log_.save(tmp_path / "log")
    header, arrays = read_archive(tmp_path / "log", "logitscope.UpdateLog", 2, "UpdateLog.save", (), ())
    write_archive(tmp_path / "log", "logitscope.UpdateLog", 2, {**header, **change}, arrays)
    with pytest.raises(FileFormatError) as caught:
        UpdateLog.load(tmp_path / "log")
    assert str(caught.value) == (
        f"`path` must be a file that UpdateLog.save wrote; got {str(tmp_path / 'log')!r},"
        " whose content no UpdateLog.save writes."
    )


def test_a_folder_that_is_not_there(two, tmp_path):
    log = LogisticRegression(record=True, max_iter=2).fit(*two).update_log_
    with pytest.raises(FileNotFoundError):
        log.save(tmp_path / "nowhere" / "log")
