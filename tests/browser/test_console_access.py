"""Everyone can use the studio: every control has a name, every text can be read in both themes, nothing has to move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab, Seen, write_stems
from playwright.sync_api import Browser, Page
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server]

UNNAMED = """() => {
    const roles = 'button, input, select, textarea, [role=slider], [role=button], [role=tab], [tabindex]';
    const name = (element) => element.getAttribute('aria-label') || element.textContent.trim()
        || element.labels?.[0]?.textContent.trim() || element.getAttribute('title');
    return [...document.querySelectorAll(`.mb-studio :is(${roles})`)]
        .filter((element) => element.checkVisibility() && !name(element))
        .map((element) => element.outerHTML.slice(0, 200));
}"""
DOUBLES = """() => {
    const seen = {};
    for (const element of document.querySelectorAll('.mb-studio :is(button, input, select, [role=slider])')) {
        const name = element.getAttribute('aria-label');
        if (!name || !element.checkVisibility()) continue;
        const key = `${element.getAttribute('role') || element.localName}: ${name}`;
        seen[key] = (seen[key] ?? 0) + 1;
    }
    return Object.entries(seen).filter(([, count]) => count > 1).map(([key]) => key);
}"""
# The colors of every text that is seen, over what is painted behind it, as WCAG 2.2 computes contrast.
CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        if (!element) return [255, 255, 255, 1];
        const own = rgba(getComputedStyle(element).backgroundColor);
        return own[3] >= 0.999 ? own : over(own, behind(element.parentElement));
    };
    const found = [];
    const walker = document.createTreeWalker(document.querySelector('.mb-studio'), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        const text = node.data.trim();
        if (!text || element.closest('option, style') || element.closest(':disabled, [aria-disabled=true]')) continue;
        if (!element.checkVisibility() || element.closest('.mb-hidden') || element.closest('.mb-bypassed')) continue;
        const style = getComputedStyle(element);
        const paint = element instanceof SVGElement ? style.fill : style.color;
        const back = behind(element);
        const [a, b] = [light(over(rgba(paint), back)), light(back)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.className.baseVal ?? element.className}: ${text}`);
    }
    return [...new Set(found)];
}"""
SMALL = """() => [...document.querySelectorAll('.mb-studio *')]
    .filter((element) => element.checkVisibility())
    .filter((element) => [...element.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 9)
    .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    folder = lab.root / "access"
    session = mb.Session.from_stems(write_stems(folder / "stems", 2.0))
    session.save(folder / "song.mbsession")
    page = open_stage(browser, lab, "access/song.mbsession")
    seen = Seen(page)
    page.get_by_role("button", name="Add bus", exact=True).click()
    page.get_by_role("button", name="Add marker", exact=True).click()
    page.evaluate("""() => {
        const { session, engine } = window.seat;
        const [bus] = session.snapshot().buses;
        session.edit((edit) => {
            edit.put(['tracks', 'lead', 'sends'], 'send', bus.id, { bus: bus.id, gain: 0.5, pre_fader: true });
            const reverb = { id: 'i1', type: 'reverb', enabled: false, params: {} };
            edit.put(['buses', bus.id, 'inserts'], 'insert', 'i1', reverb);
            edit.put(['comments'], 'comment', 'k1',
                { time_s: 1, track: 'lead', author: 'Ada', text: 'too loud', resolved: false });
            edit.put(['comments'], 'comment', 'k2',
                { time_s: 1.5, track: null, author: 'Ben', text: 'fixed', resolved: true });
            edit.set(['tracks', 'bass'], 'mute', true);
            edit.set(['tracks', 'chords'], 'solo', true);
        });
        engine.player.setLoop({ from: 0.5, to: 1.5 });
    }""")
    page.get_by_role("combobox", name="lead automation").select_option("lead/gain")
    page.get_by_role("group", name=re.compile("^lead Volume automation")).press("Enter")
    page.get_by_role("button", name=re.compile("^drums clip")).press("Home")
    yield page
    assert not seen.errors
    page.context.close()


def states(page: Page) -> Iterator[str]:
    """Go through the panels, then the list of shortcuts."""
    for panel in ("Strip", "Comments", "Notes", "History"):
        page.get_by_role("button", name=panel, exact=True).click()
        yield panel
    page.get_by_role("button", name=panel, exact=True).click()
    page.locator(".mb-studio").press("?")
    yield "shortcuts"
    page.keyboard.press("Escape")


def test_every_control_has_a_name_of_its_own(page: Page) -> None:
    found: dict[str, Any] = {}
    for state in states(page):
        found[state] = (page.evaluate(UNNAMED), page.evaluate(DOUBLES))
    assert found == {state: ([], []) for state in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(page: Page, lab: Lab, theme: str) -> None:
    address = f"{lab.url}lab/api/themes/@jupyterlab/theme-{theme}-extension/index.css"
    page.evaluate(
        """async ({ address, light }) => {
            document.getElementById('theme')?.remove();
            const style = document.createElement('style');
            style.id = 'theme';
            style.textContent = (await (await fetch(address)).text()).replace(/@import[^;]*;/g, '');
            document.head.append(style);
            document.body.style.background = 'var(--jp-layout-color0)';
            document.body.dataset.jpThemeLight = light;
        }""",
        {"address": address, "light": str(theme == "light").lower()},
    )
    found = {state: page.evaluate(CONTRAST) + page.evaluate(SMALL) for state in states(page)}
    assert found == {state: [] for state in found}


def test_tab_reaches_every_control_and_shows_where_it_is(page: Page) -> None:
    page.locator(".mb-studio").focus()
    reached, ringless = set(), []
    for _ in range(250):
        page.keyboard.press("Tab")
        name, ring = page.evaluate("""() => {
            const element = document.activeElement;
            const style = getComputedStyle(element);
            const inside = element.closest('.mb-studio') !== null;
            const ring = style.outlineStyle !== 'none' || element.matches('.mb-point, .mb-handle');
            return [inside ? element.getAttribute('aria-label') || element.textContent.trim() : null, ring];
        }""")
        if name is None:
            break
        reached.add(name)
        if not ring:
            ringless.append(name)
    assert ringless == []
    wanted = ["Play", "Loop start", "Loop end", "Snap", "Timeline position", "lead gain", "lead to Bus 1 level"]
    wanted += ["lead routing", "lead equalizer", "Bus 1 reverb insert", "Master gain", "Keyboard shortcuts"]
    assert [name for name in wanted if name not in reached] == []


def test_nothing_moves_for_those_who_ask_for_that(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("() => document.querySelector('[aria-label=\"Record automation\"]').classList.add('mb-loading')")
    name = page.get_by_role("button", name="Record automation").evaluate("(e) => getComputedStyle(e).animationName")
    assert name == "none"
    page.emulate_media(reduced_motion="no-preference")
