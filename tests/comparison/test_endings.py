"""Arms that diverge, records that do not fit, and Ctrl-C: said in the table, and no harm to the others."""

import numpy as np
import pytest

import logitscope as ls
from logitscope import comparison
from logitscope.comparison import _runs
from logitscope.status import Status


def test_a_diverged_arm_harms_no_other(two):
    options = {"activations": ("tanh",), "seeds": 2, "max_iter": 30}
    result = ls.compare(*two, learning_rate=(0.5, 1e6, 1e200), **options)
    alone = ls.compare(*two, learning_rate=0.5, **options)
    for name, curve in alone.curves.items():
        np.testing.assert_allclose(result.curves[name][0], curve[0], rtol=1e-9)
    assert np.isfinite(result.curves["log_loss"][0]).all()
    for seed in range(2):
        assert result.status[seed][0] is Status.EPOCHS_DONE
        for arm in (1, 2):
            assert result.status[seed][arm] in (Status.DIVERGED, Status.NOT_FINITE)
            for curve in result.curves.values():
                kept = np.isfinite(curve[arm, seed])
                assert 1 <= kept.sum() < 31
                assert not kept[kept.sum() :].any()  # NaN after, and only after
    good, *bad = result.rows()
    assert (good["status"], good["n_failed"]) == ("epochs_done", 0)
    for row in bad:
        assert row["status"] in ("diverged", "not_finite")
        assert row["n_failed"] == 2
        assert row["epochs_to_target"] == np.inf
    text = str(result)
    for line, row in zip(text.splitlines()[2:4], bad, strict=True):
        assert line.startswith(f"{row['arm']} ({row['status'].replace('_', ' ')})  ")
    assert "not reached" in text
    assert "diverged" in dict(result.legend())


def test_figures_of_a_diverged_arm_are_those_of_the_parameters_that_were_kept(two):
    result = ls.compare(*two, activations=("tanh",), learning_rate=(0.5, 1e6), seeds=1, max_iter=10)
    kept = int(np.isfinite(result.curves["loss"][1, 0]).sum()) - 1
    row = result.rows()[1]
    assert row["final_loss"] == result.curves["loss"][1, 0, kept]
    assert row["largest_update"] == pytest.approx(result.update_norms(1)[kept].max())


def test_when_every_arm_diverges_no_target_is_reached(two):
    result = ls.compare(*two, learning_rate=1e200, seeds=1, max_iter=5)
    assert len(result.epochs) < 6
    assert {row["n_reached"] for row in result.rows()} == {0}
    assert str(result).count("not reached") == 2


def test_the_legend_calls_only_diverged_what_diverged(two, monkeypatch):
    train = _runs.train
    monkeypatch.setattr(
        _runs, "train", lambda *args, **kwargs: train(*args, **kwargs)._replace(status=(Status.STUCK,) * 2)
    )
    result = ls.compare(*two, seeds=1, max_iter=4)
    assert str(result).splitlines()[1].startswith("sigmoid (stuck)")
    assert "diverged" not in dict(result.legend())


def test_one_of_several_seeds(two):
    X, y = two
    result = ls.compare(X, y, activations=("tanh",), seeds=3, max_iter=20, target_loss=0.3)
    curve = result.curves["log_loss"][0]
    target = (curve[:, -1].min() + np.median(curve[:, -1])) / 2  # the best seed alone gets there
    result = ls.compare(X, y, activations=("tanh",), seeds=3, max_iter=20, target_loss=target)
    assert result.rows()[0]["n_reached"] == 1
    assert "only in 1 of 3 seeds" in str(result)


def test_the_ending_counts_seeds(two, monkeypatch):
    train = _runs.train

    def diverges_in_the_second(*args, **kwargs):
        result = train(*args, **kwargs)
        seeds.append(None)
        return result._replace(status=(Status.DIVERGED, result.status[1])) if len(seeds) == 2 else result

    seeds = []
    monkeypatch.setattr(_runs, "train", diverges_in_the_second)
    result = ls.compare(*two, seeds=3, max_iter=4)
    assert str(result).splitlines()[1].startswith("sigmoid (diverged in 1 of 3 seeds)  ")
    assert str(result).splitlines()[2].startswith("tanh  ")


def test_a_run_that_is_broken_from_the_start_has_no_updates(two):
    class Broken:
        value = derivative = staticmethod(lambda a, t: np.full_like(a, np.nan))

    result = ls.compare(*two, activations=("sigmoid",), losses=(Broken(),), seeds=2, max_iter=3, learning_rate=1.0)
    (row,) = result.rows()
    assert (row["status"], row["n_failed"], row["n_reached"]) == ("not_finite", 2, 0)
    assert np.isnan([row["largest_update"], row["median_update"], row["stopped"]]).all()
    assert "nan" in str(result)


def test_records_of_all_seeds_share_one_budget(two, monkeypatch):
    full = ls.compare(*two, seeds=2, max_iter=40)
    assert [log.n_records for log in full.logs] == [40, 40]
    needed = 40 * 60 * 2 * 8
    monkeypatch.setattr(comparison, "RECORD_BYTES", needed)  # half of what the two seeds would need
    thin = ls.compare(*two, seeds=2, max_iter=40)
    np.testing.assert_array_equal(thin.logs[1].epoch, range(0, 40, 2))
    np.testing.assert_array_equal(thin.logs[1].z, full.logs[1].z[::2])
    np.testing.assert_array_equal(thin.curves["loss"], full.curves["loss"])


def test_adam_keeps_what_its_updates_need(two):
    result = ls.compare(*two, solver="adam", seeds=1, max_iter=3)
    assert np.isfinite(result.update_norms(1)).all()


class Interrupting:
    """Presses Ctrl-C at an epoch of the n-th seed."""

    def __init__(self, seed, epoch):
        self.seed, self.epoch, self.n_seeds = seed, epoch, 0

    def __call__(self, *args, **kwargs):
        self.n_seeds += 1
        for step in ls.iterate(*args, **kwargs):
            if self.n_seeds == self.seed and step.epoch == self.epoch:
                raise KeyboardInterrupt
            yield step


@pytest.fixture
def press(monkeypatch):
    return lambda seed, epoch: monkeypatch.setattr(_runs, "iterate", Interrupting(seed, epoch))


def test_ctrl_c_in_a_later_seed_keeps_the_complete_ones(two, press):
    press(3, 2)
    seen = []
    result = ls.compare(*two, seeds=5, max_iter=8, progress=seen.append)
    assert seen == [1, 2]
    assert result.seeds == (0, 1)
    assert result.is_interrupted
    assert str(result).splitlines()[-1].split("  ", 1)[0] == "interrupted"
    np.testing.assert_array_equal(result.curves["loss"], ls.compare(*two, seeds=2, max_iter=8).curves["loss"])


def test_ctrl_c_in_the_first_seed_keeps_its_epochs(two, press):
    press(1, 3)
    result = ls.compare(*two, seeds=5, max_iter=8)
    assert result.seeds == (0,)
    assert {row["status"] for row in result.rows()} == {"interrupted"}
    assert str(result).splitlines()[1].startswith("sigmoid (interrupted)")
    # The step of the last look is not made: its gradient was seen, its parameters are those kept.
    full = ls.compare(*two, seeds=1, max_iter=8).curves["loss"]
    n_epochs = len(result.epochs)
    assert n_epochs == 3
    np.testing.assert_array_equal(result.curves["loss"], full[:, :, :n_epochs])


def test_ctrl_c_before_anything_was_made(two, press):
    press(1, 0)
    with pytest.raises(KeyboardInterrupt):
        ls.compare(*two, seeds=5, max_iter=8)
