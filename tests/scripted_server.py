"""An OpenAI-compatible server on loopback that says what a test scripts, streamed or whole, in good and bad ways."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What the server does with a request."""

    text: str = ""
    status: int = 200
    wait: float = 0.0  # seconds before the first byte
    pause: float = 0.0  # seconds between two pieces
    drop_after: int | None = None  # pieces after which the connection is cut
    raw: bytes | None = None  # instead of anything sensible


class ScriptedServer(ThreadingHTTPServer):
    """Answers every chat completion with `script(request)`; `requests` holds what was asked."""

    daemon_threads = True

    def __init__(self, script: Callable[[dict], Reply]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.requests: list[dict] = []
        self.headers: list[Message] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving(script: Callable[[dict], Reply] | Reply | str) -> Iterator[ScriptedServer]:
    """A running server; a text or a reply is given to every request."""
    reply = Reply(script) if isinstance(script, str) else script
    server = ScriptedServer(reply if callable(reply) else lambda request: reply)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def prompt(request: dict) -> str:
    """Everything the model was told."""
    return "\n".join(message["content"] for message in request["messages"])


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nothing: the test says what happened."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        self.server.headers.append(self.headers)
        reply = self.server.script(request)
        time.sleep(reply.wait)
        with suppress(OSError):  # who asked may be gone
            self._send(request, reply)

    def _send(self, request: dict, reply: Reply):
        if reply.raw is not None or reply.status != 200:
            error = {"error": {"message": f"no: {self.headers.get('Authorization')}", "type": "server_error"}}
            return self._whole(reply.status, reply.raw if reply.raw is not None else json.dumps(error).encode())
        if not request.get("stream"):
            message = {"role": "assistant", "content": reply.text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return self._whole(200, _body("chat.completion", request, choice, usage=_USAGE))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = re.findall(r"\S*\s*", reply.text)
        for number, piece in enumerate(pieces):
            if number == reply.drop_after:
                self.wfile.flush()
                self.close_connection = True
                return self.connection.close()
            self._event(_body("chat.completion.chunk", request, {"index": 0, "delta": {"content": piece}}))
            time.sleep(reply.pause)
        self._event(_body("chat.completion.chunk", request, {"index": 0, "delta": {}, "finish_reason": "stop"}))
        self._event(b"[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: bytes):
        event = b"data: " + data + b"\n\n"
        self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        self.wfile.flush()

    def _whole(self, status: int, body: bytes):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def _body(kind: str, request: dict, choice: dict, **more) -> bytes:
    return json.dumps(
        {"id": "x", "object": kind, "created": 1, "model": request["model"], "choices": [choice]} | more
    ).encode()
