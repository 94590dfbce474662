"""Finding the server, from what the environment says."""

import json
import os

import pytest

from maxbooster_kernel.collab.discovery import Server, find_server
from maxbooster_kernel.errors import RoomError

INFO = {"url": "http://localhost:8888/", "token": "secret", "pid": 7, "root_dir": "/srv/music"}
OTHER = {"url": "http://localhost:8889/x/", "token": "other", "pid": 8, "root_dir": "/home"}


def find(environ, *running, **given):
    return find_server(environ=environ, running=running, **given)


def test_the_server_that_started_the_kernel():
    found = find({"JPY_PARENT_PID": "7"}, OTHER, INFO)
    assert (found.url, found.token, str(found.root)) == ("http://localhost:8888/", "secret", "/srv/music")
    assert found.websocket_url == "ws://localhost:8888/"


def test_the_environments_server_goes_before_it():
    environ = {"JPY_PARENT_PID": "7", "MAXBOOSTER_SERVER_URL": "https://studio.example/u", "MAXBOOSTER_TOKEN": "t"}
    found = find(environ, INFO)
    assert (found.url, found.token, found.root) == ("https://studio.example/u/", "t", None)
    assert found.websocket_url == "wss://studio.example/u/"


def test_arguments_go_before_all_and_a_known_server_lends_its_token():
    found = find({"MAXBOOSTER_SERVER_URL": "http://a:1"}, INFO, server_url="http://127.0.0.1:8888")
    assert (found.url, found.token, str(found.root)) == ("http://127.0.0.1:8888/", "secret", "/srv/music")


def test_the_only_server_serves_a_plain_script():
    assert find({}, INFO).token == "secret"


HUB = {
    "JUPYTERHUB_API_TOKEN": "hub-token",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
    "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:9999/user/ada/",
}


def test_jupyterhub_by_its_variables():
    found = find(HUB)
    assert (found.url, found.token) == ("http://127.0.0.1:9999/user/ada/", "hub-token")


def test_jupyterhub_without_a_service_url_asks_the_running_server():
    environ = {**HUB, "JUPYTERHUB_SERVICE_URL": "", "JPY_PARENT_PID": "7"}
    found = find(environ, {**INFO, "url": "http://10.0.0.3:8888/user/ada/", "token": ""})
    assert (found.url, found.token, str(found.root)) == ("http://10.0.0.3:8888/user/ada/", "hub-token", "/srv/music")


@pytest.mark.parametrize(
    ("environ", "running", "message"),
    [
        ({}, [], "no Jupyter server runs here; start one with `maxbooster studio`"),
        ({"JPY_PARENT_PID": "9"}, [INFO, OTHER], "2 Jupyter servers run, and none started this process"),
        ({}, [{**INFO, "token": "", "password": True}], "has a password and no token"),
        ({**HUB, "JUPYTERHUB_SERVICE_URL": ""}, [], "JUPYTERHUB_SERVICE_URL"),
        ({"MAXBOOSTER_SERVER_URL": "localhost:8888"}, [], "expected the server's address as http"),
    ],
)
def test_what_cannot_be_found_is_said(environ, running, message):
    with pytest.raises(RoomError, match=message):
        find(environ, *running)


def test_the_running_servers_are_read_from_where_jupyter_writes_them(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "jpserver-1.json").write_text(json.dumps({**INFO, "pid": os.getpid()}))
    (tmp_path / "jpserver-2.json").write_text(json.dumps({**OTHER, "pid": 2**22 + 1}))
    (tmp_path / "jpserver-3.json").write_text("{")
    assert find_server(environ={}).token == "secret"


def test_the_token_is_never_shown():
    assert "secret" not in repr(Server(url="http://x/", token="secret"))
