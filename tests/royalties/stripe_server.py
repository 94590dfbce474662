"""A server on loopback that keeps transfers as Stripe does, and fails when it is told to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse


class FakeStripe(ThreadingHTTPServer):
    """A server that keeps transfers and replays every answer to a key it knows, a failure too."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.transfers: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.faults: list[str] = []
        self.hold = True
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: FakeStripe

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key, server = self.headers["Idempotency-Key"], self.server
        with server.lock:
            if key not in server.answers:
                fault = server.faults.pop(0) if server.faults else ""
                if fault == "slow" and server.hold:
                    self.close_connection = True
                    return
                server.answers[key] = (body, *self._create(body, fault))
                if fault == "lost answer":
                    self.close_connection = True
                    return
            before, status, answer = server.answers[key]
        if before != body:
            status, answer = 400, {"error": {"type": "idempotency_error", "message": "another body"}}
        self._answer(status, answer)

    def _create(self, body: str, fault: str) -> tuple[int, dict[str, Any]]:
        if fault == "500 before":
            return 500, {"error": {"type": "api_error", "message": "before"}}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if fault == "refused":
            error = {"type": "invalid_request_error", "code": "balance_insufficient", "message": "too little"}
            return 400, {"error": error}
        transfer = {
            "id": f"tr_{len(self.server.transfers)}",
            "object": "transfer",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "destination": form["destination"],
            "transfer_group": form["transfer_group"],
            "metadata": {"payout_id": form["metadata[payout_id]"]},
        }
        self.server.transfers.append(transfer)
        return (500, {"error": {"type": "api_error", "message": "after"}}) if fault == "500 after" else (200, transfer)

    def do_GET(self) -> None:
        group = parse_qs(urlparse(self.path).query)["transfer_group"][0]
        with self.server.lock:
            data = [t for t in self.server.transfers if t["transfer_group"] == group]
        self._answer(200, {"object": "list", "data": data, "has_more": False, "url": "/v1/transfers"})

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        pass
