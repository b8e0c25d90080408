import json

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression, UpdateLog
from logitscope._archive import read_archive, write_archive
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.estimator._files import FORMAT, PARTS, VERSION

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FITTED = (
    "classes_", "coef_", "intercept_", "n_iter_", "loss_curve_", "validation_loss_curve_", "accuracy_curve_",
    "validation_accuracy_curve_", "status_", "status_message_", "gradient_norm_", "learning_rate_", "n_features_in_",
)  # fmt: skip

MODELS = [
    LogisticRegression(),
    LogisticRegression("tanh", "brier", solver="newton", alpha=0.1, max_iter=3),
    LogisticRegression("softmax", solver="adam", max_iter=3),
    LogisticRegression(ls.get_activation("probit"), ls.Focal(gamma=1.5), solver="momentum", max_iter=3),
    LogisticRegression(
        solver=ls.Adam(learning_rate=np.float32(0.1), beta1=0.8, schedule=ls.Cosine(n_steps=50, final=0.1)), max_iter=3
    ),
    LogisticRegression(
        solver=ls.SGD(learning_rate=[0.1, 0.2, 0.3], schedule=ls.StepDecay()), max_iter=3, random_state=7
    ),
    LogisticRegression(class_weight={0: 1, 1: 2.5, 2: np.int64(3)}, alpha=np.float64(0.01), max_iter=np.int32(3)),
    LogisticRegression(record=ls.UpdateRecorder(every=2, samples=[0, 4], dtype=np.float32), max_iter=3),
    LogisticRegression(record=ls.UpdateRecorder(samples=np.arange(3)), init=np.zeros((5, 3)), max_iter=3),
    LogisticRegression(early_stopping=True, random_state=0, max_iter=3, learning_rate=np.float32(0.1)),
]


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, float) and np.isnan(a):
        return np.isnan(b)
    return type(a) is type(b) and (repr(a) == repr(b))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_round_trip(model, three, tmp_path):
    X, y = three
    clf = model.fit(X, y)
    clf.save(tmp_path / "model.npz")
    loaded = LogisticRegression.load(tmp_path / "model.npz")
    for name, value in clf.get_params().items():
        if name != "record":
            assert same(value, loaded.get_params()[name]), name
    for name in FITTED:
        assert same(getattr(clf, name), getattr(loaded, name)), name
    np.testing.assert_array_equal(loaded.predict_log_proba(X), clf.predict_log_proba(X))
    # It can go on where the saved one stopped, optimizer state included.
    if hasattr(clf, "partial_fit") and clf.class_weight is None and np.ndim(loaded.init) == 0:
        clf.partial_fit(X, y)
        loaded.partial_fit(X, y)
        np.testing.assert_array_equal(loaded.coef_, clf.coef_)


def test_recorder_survives(three, tmp_path):
    recorder = ls.UpdateRecorder(every=2, samples=[0, 4], dtype=np.float32, max_bytes=10_000)
    LogisticRegression(record=recorder, max_iter=3).fit(*three).save(tmp_path / "model.npz")
    loaded = LogisticRegression.load(tmp_path / "model.npz")
    assert (loaded.record.every, loaded.record.samples, loaded.record.max_bytes) == (2, [0, 4], 10_000)
    assert loaded.record.dtype == np.float32
    assert not hasattr(loaded, "update_log_")  # a log has a file of its own
    np.testing.assert_array_equal(loaded.fit(*three).update_log_.sample_index, [0, 4])


@pytest.mark.parametrize(
    "names",
    [["no", "so", "yes"], np.array(["no", "so", "yes"], dtype=object), [-1, 0, 7], [-1.0, 2.0, 3.0]],
    ids=["text", "objects", "ints", "floats"],
)
def test_labels_of_any_kind(three, names, tmp_path):
    X, y = three
    clf = LogisticRegression(max_iter=3).fit(X, np.asarray(names)[y])
    clf.save(tmp_path / "model.npz")
    loaded = LogisticRegression.load(tmp_path / "model.npz")
    assert loaded.classes_.dtype == clf.classes_.dtype
    assert loaded.predict(X).tolist() == clf.predict(X).tolist()


def test_feature_names_survive(three, tmp_path):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(three[0], columns=["a", "b", "c", "d"])
    clf = LogisticRegression(max_iter=3).fit(table, three[1])
    clf.save(tmp_path / "model.npz")
    loaded = LogisticRegression.load(tmp_path / "model.npz")
    assert loaded.feature_names_in_.dtype == object
    assert loaded.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match=r"^The feature names should match those that were passed during fit"):
        loaded.predict(table[["b", "a", "c", "d"]])


def test_float32_model(three, tmp_path):
    X = three[0].astype(np.float32)
    clf = LogisticRegression(max_iter=3).fit(X, three[1])
    clf.save(tmp_path / "model.npz")
    loaded = LogisticRegression.load(tmp_path / "model.npz")
    assert loaded.coef_.dtype == loaded.predict_proba(X).dtype == np.float32


def test_the_file_is_plain_arrays_and_json(three, tmp_path):
    path = tmp_path / "model"
    LogisticRegression(max_iter=3).fit(three[0], np.array(["a", "b", "c"], dtype=object)[three[1]]).save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    with np.load(path, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fiuU" for name in arrays.files)
        header = json.loads(bytes(arrays["header"]))
    assert header["format"] == "logitscope.LogisticRegression"
    assert header["parameters"]["activation"] == "sigmoid"


def test_every_part_of_the_registries_can_be_saved():
    registries = (ls.OPTIMIZERS, ls.SCHEDULES, ls.SOLVERS)
    assert {kind for registry in registries for kind in registry.values()} <= set(PARTS.values())
    assert {type(loss) for loss in ls.LOSSES.values()} <= set(PARTS.values())


class Arctan:
    lower, upper = -1.0, 1.0

    def value(self, z):
        return 2 / np.pi * np.arctan(z)

    def derivative(self, z):
        return 2 / np.pi / (1 + z**2)

    def __repr__(self):
        return "Arctan()"


class Halving:
    def factor(self, step):
        return 0.5**step

    def __repr__(self):
        return "Halving()"


@pytest.mark.parametrize(
    ("parameters", "name", "got"),
    [
        ({"activation": Arctan()}, "activation", "Arctan()"),
        ({"solver": ls.GradientDescent(schedule=Halving())}, "solver", "Halving()"),
        ({"random_state": np.random.RandomState(0)}, "random_state", None),
    ],
)
def test_objects_of_ones_own_are_refused(three, parameters, name, got, tmp_path):
    clf = LogisticRegression(max_iter=2, **parameters).fit(*three)
    with pytest.raises(InvalidInputError) as caught:
        clf.save(tmp_path / "model.npz")
    assert str(caught.value) == (
        f"`{name}` must be a name, a number, an array or a part of logitscope to be saved;"
        f" got {got or repr(parameters[name])}."
        " Files hold no code: pickle the model, or set the parameter again after loading."
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_half_written_is_left(three, tmp_path, monkeypatch):
    clf = LogisticRegression(max_iter=2).fit(*three)
    clf.save(tmp_path / "model.npz")
    before = (tmp_path / "model.npz").read_bytes()

    def full(*_args, **_kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match=r"^No space left on device$"):
        clf.save(tmp_path / "model.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]
    assert (tmp_path / "model.npz").read_bytes() == before


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match=r"^This LogisticRegression instance is not fitted yet"):
        LogisticRegression().save(tmp_path / "model.npz")


def test_other_files(three, tmp_path):
    def refused(path):
        with pytest.raises(FileFormatError) as caught:
            LogisticRegression.load(path)
        return str(caught.value).replace(repr(str(path)), "PATH")

    foreign = "`path` must be a file that LogisticRegression.save wrote; got PATH"
    (tmp_path / "text").write_text("no model")
    (tmp_path / "empty").write_bytes(b"")
    assert refused(tmp_path / "empty") == f"{foreign}, which is empty."
    assert refused(tmp_path / "text") == (
        f"{foreign}, which does not end with its checksum: it was cut short, or another program wrote it."
    )
    with pytest.raises(FileNotFoundError):
        LogisticRegression.load(tmp_path / "nowhere")

    clf = LogisticRegression(max_iter=2, record=True).fit(*three)
    clf.update_log_.save(tmp_path / "log")
    assert refused(tmp_path / "log") == f"{foreign}, which holds a logitscope.UpdateLog."
    clf.save(tmp_path / "model")
    with pytest.raises(FileFormatError) as caught:
        UpdateLog.load(tmp_path / "model")
    assert str(caught.value) == (
        f"`path` must be a file that UpdateLog.save wrote; got {str(tmp_path / 'model')!r},"
        " which holds a logitscope.LogisticRegression."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"solver": {"Popen": {"args": "true"}}}},
        {"parameters": {"solver": {"Adam": {"learning_rate": -1.0}}}},
        {"parameters": {"no_such": 1}},
        {"parameters": []},
        {"fitted": {"predict": 1}},
        {"fitted": {"_params": 1}},
        {"fitted": {"__class__": 1}},
        {"fitted": {"update_log_": 1}},
        {"fitted": {"status_": {"status": "NO_SUCH_STATUS"}}},
        {"fitted": {"classes_": {"array": "nowhere"}}},
        {"fitted": {"classes_": {"array": ["unhashable"]}}},
        {"fitted": {"a_": {"dtype": "object"}}},
        {"fitted": {"a_": {"fraction": ["0x1", "0x0"]}}},
        {"fitted": {"a_": {}}},
        {"state": [1, 2]},
        {"log": [{"columns": [0, 1]}]},
    ],
    ids=str,
)
def test_content_that_no_model_has(three, change, tmp_path):
    LogisticRegression(max_iter=2).fit(*three).save(tmp_path / "model")
    header, arrays = read_archive(tmp_path / "model", FORMAT, VERSION, "", (), ())
    write_archive(tmp_path / "model", FORMAT, VERSION, {**header, **change}, arrays)
    with pytest.raises(FileFormatError) as caught:
        LogisticRegression.load(tmp_path / "model")
    assert str(caught.value) == (
        f"`path` must be a file that LogisticRegression.save wrote; got {str(tmp_path / 'model')!r},"
        " whose content no LogisticRegression.save writes."
    )


def test_the_log_goes_along_only_if_asked_for(three, tmp_path):
    clf = LogisticRegression("softmax", solver="adam", record=True, max_iter=3).fit(*three)
    clf.save(tmp_path / "bare")
    assert not hasattr(LogisticRegression.load(tmp_path / "bare"), "update_log_")
    clf.save(tmp_path / "whole", include_log=True)
    log = LogisticRegression.load(tmp_path / "whole").update_log_
    assert repr(log) == repr(clf.update_log_)
    for name in ("z", "update_norm", "target", "epoch", "sample_index", "learning_rate"):
        np.testing.assert_array_equal(getattr(log, name), getattr(clf.update_log_, name), err_msg=name)
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression(max_iter=2).fit(*three).save(tmp_path / "none", include_log=True)
    assert str(caught.value) == (
        "`include_log` must be False for a model without `update_log_`; got True. Fit with record=True."
    )
    assert not (tmp_path / "none").exists()


def test_what_others_set_on_a_model_stays_behind(three, tmp_path):
    clf = LogisticRegression(max_iter=2).fit(*three)
    clf._skl_callbacks = [object()]  # as scikit-learn's set_callbacks does; such objects hold a socket's key
    clf.note = object()
    clf.save(tmp_path / "model")
    loaded = vars(LogisticRegression.load(tmp_path / "model"))
    assert not {"_skl_callbacks", "note"} & set(loaded)
    assert set(vars(clf)) - set(loaded) == {"_skl_callbacks", "note"}


def test_a_separated_fit_keeps_its_verdict(tmp_path):
    clf = LogisticRegression(solver="newton").fit([[1.0, 4.0], [2.0, 1.0], [3.0, 3.0], [4.0, 2.0]], [0, 0, 1, 1])
    clf.save(tmp_path / "model")
    loaded = LogisticRegression.load(tmp_path / "model")
    assert loaded.status_ is clf.status_ is ls.Status.SEPARATED
    assert str(loaded.separation_) == str(clf.separation_)
    assert loaded.separation_.exact_direction == clf.separation_.exact_direction
    assert loaded.certificate_ == clf.certificate_ or np.isnan(clf.certificate_.gap)
