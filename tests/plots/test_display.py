"""Figures in a notebook: drawn once, sent as an image and as a page that follows light and dark."""

from __future__ import annotations

import base64
import pickle
import re
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import print_figure
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from maxbooster_kernel import plots
from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.plots import theme
from maxbooster_kernel.plots.display import bundle, follow_page

SOUND = AudioBuffer(0.3 * np.sin(np.arange(22050) / 20.0)[np.newaxis], 22050)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def formatters(**kinds):
    made = DisplayFormatter().formatters
    for kind, draw in kinds.items():
        made[f"image/{kind}".replace("svg", "svg+xml")].for_type(Figure, draw)
    return made


def test_a_figure_is_drawn_once_and_sent_as_image_and_page():
    drawn = []

    def draw(figure):
        drawn.append(figure)
        return print_figure(figure, fmt="png", base64=True)

    figure = plots.waveform(SOUND).figure
    data, _ = bundle(figure, formatters(png=draw))
    assert drawn == [figure]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["image/png"] in data["text/html"]
    assert data["text/plain"].startswith("<Figure")
    assert re.search(r'alt="Waveform · true peak [-\d.]+ dBTP"', data["text/html"])


def test_sharp_images_keep_their_size_on_the_page():
    known = {"width": 640, "height": 200}
    data, notes = bundle(plots.waveform(SOUND).figure, formatters(png=lambda _: ("AAAA", known)))
    assert notes == {"image/png": known}
    assert ' width="640" height="200"' in data["text/html"]


def test_vector_images_follow_too():
    data, _ = bundle(plots.waveform(SOUND).figure, formatters(svg=partial(print_figure, fmt="svg")))
    sent = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', data["text/html"])
    assert base64.b64decode(sent[1]).decode() == data["image/svg+xml"]


def test_where_no_images_are_sent_nothing_is_made():
    assert bundle(plots.waveform(SOUND).figure, formatters()) == ({}, {})


def test_what_follows_the_page_is_what_was_drawn_light():
    figure, axes = plt.subplots(2)
    plots.waveform(SOUND, ax=axes[0])
    assert hasattr(figure, "_ipython_display_")
    with theme.theme("dark"):
        plots.waveform(SOUND, ax=axes[1])
    assert not hasattr(figure, "_ipython_display_")
    follow_page(figure, follow=False)
    assert not hasattr(figure, "_ipython_display_")


def test_a_figure_that_follows_can_be_kept():
    again = pickle.loads(pickle.dumps(plots.waveform(SOUND).figure))
    assert again.axes[0].get_title(loc="left").startswith("Waveform")


def test_outside_a_notebook_ipython_shows_figures_as_ever():
    figure = plots.waveform(SOUND).figure
    with pytest.raises(NotImplementedError):
        figure._ipython_display_()
    made = DisplayFormatter()
    made.formatters["image/png"].for_type(Figure, lambda _: "AAAA")
    data, _ = made.format(figure)
    assert data["image/png"] == "AAAA"
