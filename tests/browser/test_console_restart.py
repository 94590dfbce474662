"""The page outlives its server: edits made meanwhile are kept and merged, whatever the new server knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Lab, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import open_stage

import maxbooster_kernel as mb
from maxbooster_kernel.server.launch import RoomServer

pytestmark = [pytest.mark.browser, pytest.mark.server]
WATCH = """() => {
    const status = document.querySelector(".mb-status");
    window.said = [];
    window.watching?.disconnect();
    window.watching = new MutationObserver(() => {
        if (window.said.at(-1) !== status.textContent) window.said.push(status.textContent);
    });
    window.watching.observe(status, { childList: true, characterData: true, subtree: true });
}"""
# Each page sets the first point of a parameter while it is alone.
FIRST_POINT = """(id) => window.seat.session.edit((edit) =>
    edit.put(["automation", id.endsWith("True") ? "lead/gain" : "chords/gain"], "point", id,
        { time_s: 1, value: 0.5, curve: "set" }))"""
BOTH_POINTS = """(ids) => {
    const lanes = Object.values(window.seat.session.snapshot().automation);
    return lanes.some((lane) => ids.every((id) => lane.some((point) => point.id === id)));
}"""
SYNCED = '.mb-studio[data-status="synced"]'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    folder = tmp_path_factory.mktemp("restart")
    mb.Session.from_stems(write_stems(folder / "stems", 1.0)).save(folder / "song.mbsession")
    with RoomServer(folder) as running:
        yield running


def saved_gains(path: Path) -> list[float]:
    return [round(track["gain"], 3) for track in json.loads(path.read_text("utf-8"))["tracks"][:2]]


def move(page: Page, name: str, key: str) -> None:
    page.get_by_role("slider", name=name, exact=True).press(key)


def shows(page: Page, name: str, value: str) -> None:
    expect(page.get_by_role("slider", name=name, exact=True)).to_have_attribute("aria-valuenow", value)


def test_the_page_says_saved_when_the_file_is_and_not_before(browser: Browser, server: RoomServer) -> None:
    lab = Lab(server.folder, server.port, server.token, None)  # type: ignore[arg-type]  # - the server is stopped elsewhere
    ada = open_stage(browser, lab, "song.mbsession")
    expect(ada.locator(".mb-status")).to_have_text("Saved")
    for key, gain in (("PageUp", 1.413), ("Delete", 1.0)):
        ada.evaluate(WATCH)
        move(ada, "drums gain", key)
        ada.wait_for_function("() => window.said.at(-1) === 'Saved' && window.said.length > 1")
        assert saved_gains(server.folder / "song.mbsession")[0] == gain
        assert ada.evaluate("window.said") == ["Saving…", "Saved"]
    ada.context.close()


def test_a_script_knows_where_a_pages_playhead_is_and_the_page_that_it_is_there(
    browser: Browser, server: RoomServer, until: Callable[[Callable[[], object]], None]
) -> None:
    lab = Lab(server.folder, server.port, server.token, None)  # type: ignore[arg-type]  # - the server is stopped elsewhere
    page = open_stage(browser, lab, "song.mbsession")
    join = {"server_url": server.url, "token": server.token}
    with mb.Session.join("song.mbsession", name="Script", **join) as script:
        expect(page.get_by_role("list", name="People").get_by_role("listitem")).to_have_count(2, timeout=500)
        assert [peer.kind for peer in script.peers] == ["script", "browser"]
        page.evaluate("() => window.seat.engine.player.setLoop({ from: 0.2, to: 0.6 })")
        page.get_by_role("button", name="Play", exact=True).click()
        until(lambda: script.peers[1].playing)
        page.wait_for_function("() => window.seat.engine.player.position() > 0.3")
        assert 0.0 <= script.peers[1].position_s < 0.6
    page.context.close()


@pytest.mark.parametrize("forgets", [False, True], ids=["killed", "killed-and-its-sessions-forgotten"])
def test_a_server_restarts_under_open_pages(
    browser: Browser, server: RoomServer, until: Callable[[Callable[[], object]], None], forgets: bool
) -> None:
    lab = Lab(server.folder, server.port, server.token, None)  # type: ignore[arg-type]  # - the server is stopped elsewhere
    ada, ben = (open_stage(browser, lab, "song.mbsession") for _ in range(2))
    move(ada, "drums gain", "PageDown")
    shows(ben, "drums gain", "-3")
    server.stop(kill=True)
    state = ada.locator(".mb-status")
    expect(state).to_have_text("Offline: trying to reach the server")
    move(ada, "drums gain", "PageDown")
    expect(state).to_have_text("Offline: 1 edit kept here")
    move(ben, "bass gain", "PageUp")
    for page, name in ((ada, "ada"), (ben, "ben")):
        page.evaluate(FIRST_POINT, f"{name}-{forgets}")
    if forgets:
        (server.folder / ".jupyter" / "collaboration_sessions.json").unlink()
    server.start()
    for page in (ada, ben):
        page.locator(SYNCED).wait_for()
        shows(page, "drums gain", "-6")
        shows(page, "bass gain", "3")
        page.wait_for_function(BOTH_POINTS, arg=[f"ada-{forgets}", f"ben-{forgets}"])
    until(lambda: saved_gains(server.folder / "song.mbsession") == [0.501, 1.413])
    expect(ada.get_by_role("list", name="People").get_by_role("listitem")).to_have_count(2)
    for name in ("drums gain", "bass gain"):
        move(ada, name, "Delete")
        shows(ben, name, "0")
    for page in (ada, ben):
        page.context.close()
