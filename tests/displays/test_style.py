import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from logitscope.activations import ACTIVATIONS
from logitscope.displays import _style
from logitscope.losses import LOSSES

# Machado, Oliveira & Fernandes (2009), severity 1.0, for linear RGB.
DEFICIENCIES = {
    "normal": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def lab(color, matrix):
    """CIE L*a*b* (D65) of a colour as a viewer with the deficiency sees it."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(matrix) @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (to_xyz @ seen) / np.array([0.9505, 1.0, 1.089])
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize(
    "pair",
    [
        (_style.ACTIVATION_STYLES["sigmoid"].color, _style.ACTIVATION_STYLES["tanh"].color),
        tuple(style.color for style in _style.CLASS_STYLES),
    ],
    ids=["sigmoid-tanh", "classes"],
)
def test_the_pairs_that_matter_are_told_apart_by_every_viewer(pair, deficiency):
    one, other = (lab(color, DEFICIENCIES[deficiency]) for color in pair)
    assert np.linalg.norm(one - other) > 40  # a difference of 2.3 is just noticeable


def test_classes_differ_in_lightness():
    dark, light = (lab(style.color, np.eye(3))[0] for style in _style.CLASS_STYLES)
    assert light - dark > 15


def test_every_activation_has_a_look_of_its_own_without_colour():
    styles = list(_style.activation_styles([*ACTIVATIONS, "mine", "yours"]).values())
    assert len({style.marker for style in styles}) == len(styles)
    assert len({style.color for style in styles}) == len(styles)
    drawn = [style.dashes for name, style in _style.ACTIVATION_STYLES.items() if name != "softmax"]
    assert len({str(dashes) for dashes in drawn}) == len(drawn)


def test_losses_have_dashes_of_their_own():
    dashes = _style.loss_dashes([*LOSSES, "mine", "yours"])
    assert list(dashes) == [*LOSSES, "mine", "yours"]
    assert len(set(map(str, dashes.values()))) == len(dashes)


def test_leftovers_are_used_again_when_there_are_no_more():
    names = [f"mine {i}" for i in range(20)]
    assert list(_style.activation_styles(names)) == list(_style.loss_dashes(names)) == names


def test_look_gives_the_settings_back():
    before = mpl.rcParams.copy()
    with _style.look():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == dict(before)


def test_markers_shrink_and_pale_with_the_number_of_samples():
    sizes, alphas = zip(*(_style.point_size(n) for n in (50, 500, 5000, 50_000)), strict=True)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert list(alphas) == sorted(alphas, reverse=True)
    assert min(sizes) > 0
    assert min(alphas) > 0
