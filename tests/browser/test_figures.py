"""Plots in a real JupyterLab: white on a light theme, dark on a dark one, without being drawn again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from lab import Lab, write_notebook
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
DRAW = """
import numpy as np
import maxbooster_kernel as mb
from maxbooster_kernel import plots
plots.waveform(mb.AudioBuffer(0.3 * np.sin(np.arange(22050) / 20.0)[np.newaxis], 22050));
"""


def shown(picture: Locator) -> np.ndarray:
    """Return what the page shows of a picture, as red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB"), np.float64)


def wear(page: Page, theme: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", f"JupyterLab {theme}"
    )
    page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === light && !document.getElementById('jupyterlab-splash')",
        arg=str(theme == "Light").lower(),
    )


def test_a_plot_follows_the_theme(browser: Browser, lab: Lab):
    write_notebook(Path(lab.root) / "figure.ipynb", DRAW)
    page = browser.new_context(viewport={"width": 1200, "height": 800}, base_url=lab.url).new_page()
    page.set_default_timeout(60_000)
    page.goto(lab.address("lab/workspaces/figures/tree/figure.ipynb?reset"))
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.ready")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    picture = page.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.count() == 1
    assert (picture.get_attribute("alt") or "").startswith("Waveform")
    wear(page, "Light")  # the theme is the server's: other tests may have left another
    light = shown(picture)
    wear(page, "Dark")
    dark = shown(picture)
    wear(page, "Light")
    page.context.close()
    assert np.allclose(np.median(light, axis=(0, 1)), 255, atol=2)
    assert np.allclose(np.median(dark, axis=(0, 1)), 18, atol=3)
    wave = light[..., 2] - light[..., 0] > 100  # the solid of the waveform: blue on both
    assert wave.mean() > 0.03
    assert (dark[wave][:, 2] - dark[wave][:, 0]).min() > 80
