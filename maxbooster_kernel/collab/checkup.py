"""Say why a server or its rooms cannot be reached, and what to do."""

from __future__ import annotations

from maxbooster_kernel.collab.discovery import HELP, find_server
from maxbooster_kernel.collab.join import ask
from maxbooster_kernel.collab.link import FinalError
from maxbooster_kernel.errors import RoomError
from maxbooster_kernel.problems import Problem, Severity

ENABLE = (
    "jupyter server extension enable maxbooster_kernel.server (and jupyter_server_ydoc), then start the server again"
)


def check_rooms(server_url: str | None = None, token: str | None = None) -> tuple[str, list[Problem]]:
    """Return the address of the server that would be used, and what is wrong with it.

    Parameters
    ----------
    server_url, token
        The server; by default found as ``Session.join`` finds it.
    """
    try:
        server = find_server(server_url, token)
    except RoomError as error:
        return "", [_problem("no_server", "server", str(error).removesuffix(f"; {HELP}"), HELP, severity="info")]
    try:
        ask(server, "GET", "api/me")
    except FinalError as error:
        fix = "set MAXBOOSTER_TOKEN to the server's token (jupyter server list shows it)"
        return server.url, [_problem("refused", server.url, str(error), fix)]
    except RoomError as error:
        return server.url, [_problem("unreachable", server.url, str(error), "start it again, or name another one")]
    try:
        answer = ask(server, "GET", "maxbooster/api/status")
    except RoomError as error:
        message = f"the server has no rooms for sessions: {error}"
        return server.url, [_problem("no_rooms", server.url, message, ENABLE)]
    return server.url, [
        _problem("file", room["path"], room["problem"], "") for room in answer["rooms"] if room["problem"]
    ]


def _problem(code: str, where: str, message: str, fix: str, *, severity: Severity = "error") -> Problem:
    return Problem(code=code, severity=severity, where=where, message=message, fix=fix)
