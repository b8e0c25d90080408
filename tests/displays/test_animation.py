from itertools import pairwise

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from PIL import Image

from logitscope import _exceptions
from logitscope.displays import UpdateMagnitudeDisplay, animate_updates

EPOCHS = (0, 5, 25)


def frames(path):
    with Image.open(path) as film:
        for i in range(film.n_frames):
            film.seek(i)
            yield np.asarray(film.convert("L")), film.info["duration"]


def test_a_frame_an_epoch_and_the_last_one_stays(make_log, tmp_path):
    path = animate_updates(make_log(), tmp_path / "updates.gif", epochs=EPOCHS, fps=5)
    assert path == tmp_path / "updates.gif"
    pictures, durations = zip(*frames(path), strict=True)
    assert len(pictures) == 3
    assert durations == (200, 200, 1000)
    assert all((a != b).any() for a, b in pairwise(pictures))


def test_the_axes_stand_still(make_log, tmp_path):
    """The y axis and its labels are the same pixels in every frame, though the titles differ in length."""
    path = animate_updates(make_log(), tmp_path / "updates.gif", epochs=EPOCHS, class_names=("no", "yes"))
    first, *others = [picture[60:380, :60].astype(int) for picture, _ in frames(path)]
    assert (first < 128).any()
    for other in others:
        np.testing.assert_allclose(other, first, atol=16)  # of 256 shades: a GIF has a palette a frame


def test_every_frame_is_the_panel_that_the_display_draws(make_log, tmp_path, monkeypatch):
    drawn = []
    whole = UpdateMagnitudeDisplay.draw_panel

    def noted(self, axis, i, *others):
        panel = whole(self, axis, i, *others)
        drawn.append((axis.get_title(loc="left"), axis.get_xlim(), axis.get_ylim()))
        return panel

    monkeypatch.setattr(UpdateMagnitudeDisplay, "draw_panel", noted)
    animate_updates(make_log(), tmp_path / "updates.gif", epochs=EPOCHS, yscale="linear")
    titles, x, y = zip(*drawn, strict=True)
    assert [title.split(":")[0] for title in titles] == ["after 0 epochs", "after 5 epochs", "after 25 epochs"]
    assert len(set(x)) == len(set(y)) == 1


def test_by_default_epochs_are_dense_at_first(make_log, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(UpdateMagnitudeDisplay, "of_log", lambda log, epochs, **_: seen.append(epochs) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        animate_updates(make_log(n_records=500), tmp_path / "updates.gif")
    (epochs,) = seen
    assert epochs[:3] == [0, 5, 10]
    assert epochs[-1] == 499 * 5
    assert len(epochs) <= 60
    assert (np.diff(epochs) > 0).all()


def test_another_suffix_is_refused_before_anything_is_drawn(make_log, tmp_path):
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`path` must end in \.gif or \.mp4; got '.*updates\.avi'\.$"
    ):
        animate_updates(make_log(), tmp_path / "updates.avi")
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`fps` must be ≥ 1; got 0\.$"):
        animate_updates(make_log(), tmp_path / "updates.gif", fps=0)
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`path` must lie in a folder that exists; got '.*updates\.gif'\.$"
    ):
        animate_updates(make_log(), tmp_path / "nowhere" / "updates.gif")
    assert not list(tmp_path.iterdir())


def test_without_ffmpeg_an_mp4_is_refused(make_log, tmp_path, monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    message = r"^An \.mp4 needs ffmpeg, a program that was not found\. Install it, or write a \.gif\.$"
    with pytest.raises(_exceptions.MissingDependencyError, match=message):
        animate_updates(make_log(), tmp_path / "updates.mp4")
