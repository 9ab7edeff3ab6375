"""What stands between the network and the page: hosts, origins, sizes, a token, and headers on every response."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOCAL = ("127.0.0.1", "localhost", "[::1]")
# A question is a few kilobytes of JSON, a pasted case at most a few hundred. Gradio sends up to a thousand files in one
# request and refuses a single one that is longer than serve.py allows.
MAX_UPLOAD, MAX_BODY = 2_000_000_000, 2_000_000
_UPLOADS = "/gradio_api/upload"
# Open without a token: whether the server is there.
ALIVE = "/page/alive"
# What Gradio has and this page does not need: everything that fetches, records, edits code or logs in.
_CLOSED = re.compile(
    r"/(gradio_api/)?(proxy=|vibe|deep_link|monitoring|process_recording|dev/|login|run-history|runs|svelte/|token|user)"
)
_WRONG_TOKENS, _MINUTE = 20, 60.0
_COOKIE = "precedent"
# Gradio builds its HTML components with Function(...) and styles elements inline: 'unsafe-eval' for scripts and
# 'unsafe-inline' for styles are the least it runs with. Its inline scripts are allowed one by one, by hash: markup that
# slips in from a document runs nothing.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


class Guard:
    """An ASGI app around another."""

    def __init__(self, app: App, hosts: Iterable[str] = LOCAL, token: str | None = None, places: Iterable[str] = ()):
        self._app, self._token = app, token
        self._cookie = hashlib.sha256((token or "").encode()).hexdigest()  # the token itself is stored nowhere
        self._hosts, self._places = frozenset(h.lower() for h in hosts), frozenset(places)
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        request = _Request(scope)
        if refused := self._refusal(request):
            return await _answer(send, *refused)
        if self._token and request.path != ALIVE:
            if _same(request.asked.get("token", ""), self._token):
                return await _enter(send, request, self._cookie)
            if refused := self._unknown(request):
                return await _answer(send, *refused)
        limit = MAX_UPLOAD if request.path.rstrip("/") == _UPLOADS else MAX_BODY
        if request.length > limit:
            return await _answer(send, 413, _too_long(limit))
        if request.path.split("/")[1] in self._places and not request.path.endswith(".png"):
            # Every address of a place is the one page: page.js reads it and asks for the view.
            scope = dict(scope) | {"path": "/", "raw_path": b"/"}
        await _Guarded(self._app, scope, receive, send, limit).run()

    def _refusal(self, request: _Request) -> tuple[int, str] | None:
        if _name(request.header("host")) not in self._hosts:
            return 400, "This page answers to its own address only."
        if _CLOSED.match(request.path):
            return 404, "There is nothing here."
        if request.method not in ("GET", "HEAD"):
            origin, site = request.header("origin"), request.header("sec-fetch-site")
            foreign = bool(origin) and urlsplit(origin).netloc.lower() != request.header("host").lower()
            if foreign or site not in ("", "same-origin", "none"):
                return 403, "Another site asked for this; only this page itself may."
        return None

    # ---- the token -------------------------------------------------------------------------------------------------

    def _unknown(self, request: _Request) -> tuple[int, str] | None:
        """Why whoever asks is not let in; an address that guesses too often has to wait."""
        cookie, bearer = request.cookie(_COOKIE), request.header("authorization").removeprefix("Bearer ")
        tries = self._wrong[request.client]
        now = time.monotonic()
        while tries and now - tries[0] > _MINUTE:
            tries.popleft()
        if len(tries) >= _WRONG_TOKENS:
            return 429, "Too many wrong tokens from this address; wait a minute."
        if _same(cookie, self._cookie) or _same(bearer, self._token or ""):
            return None
        if cookie or bearer or "token" in request.asked:
            tries.append(now)
        return 401, "This page needs its token: open it once as /?token=… or send it as a bearer token."


class _Request:
    """What the guard looks at."""

    def __init__(self, scope: Scope):
        self.path, self.method = str(scope["path"]), str(scope["method"])
        self.client = str((scope.get("client") or ("",))[0])
        self._headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        self.asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        self.length = int(length) if (length := self.header("content-length")).isdecimal() else 0

    def header(self, name: str) -> str:
        return self._headers.get(name, "")

    def cookie(self, name: str) -> str:
        cookies = SimpleCookie()
        cookies.load(self.header("cookie"))
        return cookies[name].value if name in cookies else ""


class _TooLong(Exception):
    """The body goes on beyond its limit."""


class _Guarded:
    """One request on its way through: its body counted, its response given our headers."""

    def __init__(self, app: App, scope: Scope, receive: Receive, send: Send, limit: int):
        self._app, self._scope, self._receive, self._send, self._limit = app, scope, receive, send, limit
        self._taken, self._page = 0, bytearray()
        self._start: dict[str, Any] | None = None

    async def run(self) -> None:
        try:
            await self._app(self._scope, self._read, self._write)
        except _TooLong:
            if self._start is None:
                await _answer(self._send, 413, _too_long(self._limit))

    async def _read(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            raise _TooLong
        return message

    async def _write(self, message: Message) -> None:
        """HTML waits until it is whole, because its policy names the hashes of its scripts."""
        if message["type"] == "http.response.start":
            self._start = dict(message)
            if not self._html():
                await self._send(self._start | {"headers": _headers(message["headers"])})
        elif not self._html():
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page()

    def _html(self) -> bool:
        headers: dict[bytes, bytes] = dict(self._start["headers"]) if self._start else {}
        return headers.get(b"content-type", b"").startswith(b"text/html")

    async def _send_page(self) -> None:
        assert self._start is not None
        # Addresses below the root (/decision/ID) load the same files; Gradio writes its links relative.
        page = bytes(self._page).replace(b'<base href="./" />', b'<base href="/" />')
        scripts = [base64.b64encode(hashlib.sha256(s).digest()).decode() for s in _SCRIPT.findall(page)]
        kept = [(k, v) for k, v in self._start["headers"] if k.lower() != b"content-length"]
        headers = _headers([*kept, (b"content-length", str(len(page)).encode())], scripts)
        await self._send(self._start | {"headers": headers})
        await self._send({"type": "http.response.body", "body": page})


def _headers(given: list[tuple[bytes, bytes]], scripts: list[str] | tuple[str, ...] = ()) -> list[tuple[bytes, bytes]]:
    policy = _POLICY.format(hashes="".join(f" 'sha256-{s}'" for s in scripts))
    ours = _HEADERS | {"content-security-policy": policy}
    kept = [
        (k, v)
        for k, v in given
        if k.lower().decode("latin-1") not in ours and not k.lower().startswith(b"access-control-")
    ]
    return [*kept, *((k.encode(), v.encode()) for k, v in ours.items())]


async def _answer(send: Send, status: int, sentence: str, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": _headers(headers)})
    await send({"type": "http.response.body", "body": body})


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


async def _enter(send: Send, request: _Request, value: str) -> None:
    """The token was shown: remember that in a cookie and take it out of the address."""
    cookie = f"{_COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict".encode()
    await _answer(send, 303, "Welcome.", ((b"location", request.path.encode()), (b"set-cookie", cookie)))


def _name(host: str) -> str:
    """A Host header without its port."""
    return re.sub(r":\d+$", "", host.lower())


def _too_long(limit: int) -> str:
    return f"That is longer than {limit // 1_000_000} MB."
