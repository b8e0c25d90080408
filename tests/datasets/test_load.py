import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from logitscope._exceptions import DatasetError, InvalidInputError, UnknownNameError
from logitscope.datasets import DATASETS, load_dataset

DRAWN = ["moons", "circles", "blobs", "classification", "xor", "spirals"]
BUNDLED = {"breast_cancer": (569, 30, 2), "iris": (150, 4, 3), "wine": (178, 13, 3), "digits": (1797, 64, 10)}


@pytest.mark.parametrize("name", DATASETS)
def test_contract(name):
    X, y, feature_names, target_names, description = load_dataset(name)
    assert X.dtype == np.float64
    assert y.dtype == np.intp
    assert X.flags.c_contiguous
    assert X.shape == (len(y), len(feature_names))
    assert np.isfinite(X).all()
    assert np.unique(y).tolist() == list(range(len(target_names)))
    assert all(type(text) is str for text in (*feature_names, *target_names, description))
    assert len(set(feature_names)) == len(feature_names)
    assert description.endswith(".")


@pytest.mark.parametrize("name", DATASETS)
def test_same_seed_same_data_and_another_seed_others(name):
    n_samples = 90
    first = load_dataset(name, n_samples=n_samples, random_state=5)
    second = load_dataset(name, n_samples=n_samples, random_state=5)
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)
    assert first.X.shape[0] == n_samples
    assert not np.array_equal(first.X, load_dataset(name, n_samples=n_samples, random_state=6).X)


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_generators_are_taken_and_advance(name, make):
    rng = make(1)
    first = load_dataset(name, n_samples=60, random_state=rng)
    assert not np.array_equal(first.X, load_dataset(name, n_samples=60, random_state=rng).X)
    np.testing.assert_array_equal(first.X, load_dataset(name, n_samples=60, random_state=make(1)).X)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("moons", {}, lambda: sklearn_datasets.make_moons(500, noise=0.2, random_state=0)),
        (
            "moons",
            {"n_samples": 31, "noise": 0.0, "random_state": 7},
            lambda: sklearn_datasets.make_moons(31, noise=0.0, random_state=7),
        ),
        ("circles", {}, lambda: sklearn_datasets.make_circles(500, noise=0.1, factor=0.5, random_state=0)),
        (
            "blobs",
            {"noise": 0.3},
            lambda: sklearn_datasets.make_blobs(
                500, centers=[[-1.5, -1.5], [1.5, 1.5]], cluster_std=0.3, random_state=0
            ),
        ),
        (
            "classification",
            {"random_state": 2},
            lambda: sklearn_datasets.make_classification(
                500, n_features=10, n_informative=4, n_redundant=2, flip_y=0.05, random_state=2
            ),
        ),
        ("breast_cancer", {}, lambda: sklearn_datasets.load_breast_cancer(return_X_y=True)),
        ("iris", {}, lambda: sklearn_datasets.load_iris(return_X_y=True)),
        ("wine", {}, lambda: sklearn_datasets.load_wine(return_X_y=True)),
        ("digits", {}, lambda: sklearn_datasets.load_digits(return_X_y=True)),
    ],
)
def test_is_what_scikit_learn_gives(name, arguments, expected):
    dataset = load_dataset(name, **arguments)
    X, y = expected()
    np.testing.assert_array_equal(dataset.X, X)
    np.testing.assert_array_equal(dataset.y, y)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("n_samples", [2, 3, 501])
def test_drawn_classes_are_balanced(name, n_samples):
    counts = np.bincount(load_dataset(name, n_samples=n_samples, noise=0.0).y, minlength=2)
    assert counts.sum() == n_samples
    assert abs(counts[0] - counts[1]) <= 1


def test_xor_is_the_sign_of_the_product():
    X, y, *_ = load_dataset("xor", n_samples=400, noise=0.0, random_state=3)
    np.testing.assert_array_equal(y, X[:, 0] * X[:, 1] < 0)
    assert np.abs(X).max() <= 1
    quadrants = 2 * (X[:, 0] > 0) + (X[:, 1] > 0)
    assert np.bincount(quadrants).tolist() == [100] * 4
    noisy = load_dataset("xor", n_samples=400, noise=0.3, random_state=3)
    assert np.std(noisy.X - X) == pytest.approx(0.3, rel=0.1)


def test_spirals_lie_on_their_arms():
    X, y, *_ = load_dataset("spirals", n_samples=400, noise=0.0, random_state=3)
    r = np.hypot(*X.T)
    assert 0.9 < r.max() <= 1
    angle = 3 * np.pi * r + np.pi * y
    np.testing.assert_allclose(X, r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), atol=1e-13)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_tables(name):
    dataset = load_dataset(name)
    assert (*dataset.X.shape, len(dataset.target_names)) == BUNDLED[name]


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("n_samples", [10, 37, 100, 149])
def test_fewer_rows_of_a_table_keep_the_shares_of_the_classes(name, n_samples):
    table, some = load_dataset(name), load_dataset(name, n_samples=n_samples)
    counts = np.bincount(some.y, minlength=len(table.target_names))
    quotas = np.bincount(table.y) * n_samples / len(table.y)
    assert counts.sum() == n_samples
    assert counts.min() >= 1
    assert np.abs(counts - quotas).max() < 1
    rows = [np.flatnonzero((row == table.X).all(axis=1))[0] for row in some.X]
    np.testing.assert_array_equal(table.y[rows], some.y)


def test_all_rows_and_one_row_a_class():
    table = load_dataset("iris")
    np.testing.assert_array_equal(load_dataset("iris", n_samples=150).X, table.X)
    assert load_dataset("iris", n_samples=3).y.tolist() == [0, 1, 2]


def test_paths(tmp_path, monkeypatch):
    content = "x,label\n" + "".join(f"{row},{'ab'[row % 2]}\n" for row in range(10))
    (tmp_path / "own.csv").write_text(content)
    (tmp_path / "plain").write_text(content)
    (tmp_path / "moons").write_text(content)
    monkeypatch.chdir(tmp_path)
    for path in ("own.csv", "plain", "./own.csv", "./moons", str(tmp_path / "own.csv"), tmp_path / "own.csv"):
        assert load_dataset(path).X.shape == (10, 1)
    assert load_dataset("moons").X.shape == (500, 2)
    assert np.bincount(load_dataset("own.csv", n_samples=4).y).tolist() == [2, 2]


NAMES = "'blobs', 'breast_cancer', 'circles', 'classification', 'digits', 'iris', 'moons', 'spirals', 'wine', "
NAMES += "'xor'"


@pytest.mark.parametrize("name", ["moon", "Moons", "", 3, None, ["moons"], "a\0b"])
def test_a_misspelt_name_lists_the_names(name):
    with pytest.raises(UnknownNameError) as caught:
        load_dataset(name)
    assert str(caught.value) == (
        f"`name_or_path` must be one of {NAMES}; got {name!r}. The path of a CSV file works too."
    )


SEED = "`random_state` must be an integer in [0, 2**32), a numpy Generator or RandomState, or None; got {}."


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("moons", {"n_samples": 1}, "`n_samples` must be an integer >= 2 for 'moons'; got 1."),
        ("xor", {"n_samples": 2.0}, "`n_samples` must be an integer >= 2 for 'xor'; got 2.0."),
        ("xor", {"n_samples": True}, "`n_samples` must be an integer >= 2 for 'xor'; got True."),
        (
            "iris",
            {"n_samples": 2},
            "`n_samples` must be an integer from 3 (one a class) to 150 (all there are) for 'iris'; got 2.",
        ),
        (
            "wine",
            {"n_samples": 179},
            "`n_samples` must be an integer from 3 (one a class) to 178 (all there are) for 'wine'; got 179.",
        ),
        ("moons", {"noise": -0.1}, "`noise` must be a number >= 0 and finite for 'moons'; got -0.1."),
        ("spirals", {"noise": np.inf}, "`noise` must be a number >= 0 and finite for 'spirals'; got inf."),
        ("xor", {"noise": "a lot"}, "`noise` must be a number >= 0 and finite for 'xor'; got 'a lot'."),
        (
            "classification",
            {"noise": 1.5},
            "`noise` must be a number in [0, 1] for 'classification'; got 1.5.",
        ),
        ("iris", {"noise": 0.1}, "`noise` cannot be given for 'iris', which is measured data; got 0.1."),
        ("moons", {"target": "x0"}, "`target` cannot be given for 'moons', which has its own; got 'x0'."),
        ("a.csv", {"noise": 0.1}, "`noise` cannot be given for a file; got 0.1."),
        ("moons", {"random_state": -1}, SEED.format("-1")),
        ("xor", {"random_state": "0"}, SEED.format("'0'")),
        ("iris", {"random_state": 1.5, "n_samples": 9}, SEED.format("1.5")),
        ("moons", {"random_state": True}, SEED.format("True")),
    ],
)
def test_refusals(name, arguments, message):
    with pytest.raises(InvalidInputError) as caught:
        load_dataset(name, **arguments)
    assert str(caught.value) == message


def test_a_path_that_is_none_says_so():
    with pytest.raises(DatasetError) as caught:
        load_dataset("data/none.tsv")
    assert str(caught.value) == "data/none.tsv: there is no such file. Check the path."


def test_scikit_learn_is_imported_when_it_is_needed():
    code = "import sys; import logitscope.datasets; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_dataset_prints_in_a_line():
    data = load_dataset("moons", n_samples=30)
    assert repr(data) == str(data) == "Dataset(30 x 2, classes upper/lower: Two interleaving half circles, noise 0.2.)"
    assert len(repr(load_dataset("digits"))) < 100
