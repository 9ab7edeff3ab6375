"""A model server on loopback that says what a test scripts, streamed or whole: OpenAI's way, Ollama's, Anthropic's."""

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
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """Where OpenAI's clients look."""
        return f"{self.root}/v1"


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
        if self.path.endswith("/api/chat"):
            return self._as_ollama(reply.text)
        if self.path.endswith("/messages"):
            return self._as_anthropic(request, reply.text)
        if not request.get("stream"):
            message = {"role": "assistant", "content": reply.text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return self._whole(200, _body("chat.completion", request, choice, usage=_USAGE))
        self._begin("text/event-stream")
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
        self._chunk(b"")

    def _as_ollama(self, text: str):
        """Lines of JSON, the last of them done."""
        self._begin("application/x-ndjson")
        for piece in [*re.findall(r"\S+\s*", text), None]:
            line = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": piece is None, "done_reason": "stop"}
            self._chunk(json.dumps(line | {"message": {"role": "assistant", "content": piece or ""}}).encode() + b"\n")
        self._chunk(b"")

    def _as_anthropic(self, request: dict, text: str):
        """Named events where it is streamed; a tool's input where a form is asked for."""
        message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
        message |= {"stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
        if not request.get("stream"):
            form = request.get("tools")
            block = {"type": "tool_use", "id": "t", "name": form[0]["name"], "input": json.loads(text)} if form else {}
            content = [block or {"type": "text", "text": text}]
            return self._whole(200, json.dumps(message | {"content": content, "stop_reason": "end_turn"}).encode())
        self._begin("text/event-stream")
        self._named("message_start", message=message)
        self._named("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in re.findall(r"\S+\s*", text):
            self._named("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        self._named("content_block_stop", index=0)
        self._named(
            "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 1}
        )
        self._named("message_stop")
        self._chunk(b"")

    def _begin(self, kind: str):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _named(self, name: str, **data):
        self._chunk(f"event: {name}\ndata: {json.dumps({'type': name} | data)}\n\n".encode())

    def _event(self, data: bytes):
        self._chunk(b"data: " + data + b"\n\n")

    def _chunk(self, data: bytes):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
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
