"""The page on the network: Gradio, our files, the pictures of pages, and the guard in front of all."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterable
from importlib.resources import files
from importlib.util import find_spec

import gradio as gr
import uvicorn
from fastapi import FastAPI, Response

from app.guard import ALIVE, LOCAL, Guard
from app.library import Library
from app.paper import page_as_png
from app.ui.page import build, places
from index.errors import PrecedentError, UsageError

_MAX_FILE = "100mb"
# Connections held at once, and seconds an idle one is kept.
_CONNECTIONS, _IDLE = 256, 20
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}
_HEAD = '<link rel="stylesheet" href="/page/page.css">'


def serve(library: Library, *, host: str, port: int, token: str | None, mcp: bool = False) -> None:
    """Serve until interrupted; any address but this machine's own needs a token."""
    own = host in ("127.0.0.1", "localhost", "::1")
    if not own and not token:
        raise UsageError(
            f"{host} is open to others: name a token with --token or PRECEDENT_TOKEN, or stay on 127.0.0.1"
        )
    if token and len(token) < 16:
        raise UsageError("the token is shorter than 16 characters; choose a longer one")
    if mcp and not find_spec("mcp"):
        raise UsageError("--mcp needs a package that is not here; install it: pip install 'precedent[mcp]'")
    listening = _listen(host, port)
    port = listening.getsockname()[1]
    hosts = LOCAL if own else (*LOCAL, host.lower(), socket.gethostname().lower(), *_addresses(host))
    server = server_of(application(library, mcp=mcp), hosts, token)
    print(f"the page is at http://{'127.0.0.1' if own else host}:{port} (Ctrl-C ends it)", file=sys.stderr)
    server.run(sockets=[listening])


def server_of(app: FastAPI, hosts: Iterable[str] = LOCAL, token: str | None = None) -> uvicorn.Server:
    """A server for the page, the guard in front."""
    guarded = Guard(app, hosts, token, [place.name for place in places() if place.name])
    return uvicorn.Server(
        uvicorn.Config(
            guarded,
            log_level="warning",
            access_log=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_IDLE,
            server_header=False,
        )
    )


def application(library: Library, *, mcp: bool = False) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get(ALIVE)
    def alive() -> Response:
        return Response("yes", media_type="text/plain")

    @app.get("/page/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        return Response(files("app").joinpath("ui", name).read_bytes(), media_type=_ASSETS[name])

    @app.get("/decision/{name}/page/{number}.png")
    def page_picture(name: str, number: int, mark: str = "") -> Response:
        try:
            png = page_as_png(library.index().catalog, name, number, mark)
        except PrecedentError as error:
            return Response(str(error), status_code=404, media_type="text/plain")
        return Response(png, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    _silence()
    return gr.mount_gradio_app(
        app,
        build(library, mcp),
        path="/",
        head=_HEAD,
        theme=gr.themes.Base(),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=_MAX_FILE,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=mcp,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(f"{host}:{port} cannot be served ({error.strerror}); name another --port, or 0") from error
    return listening


def _addresses(host: str) -> tuple[str, ...]:
    """What this machine is called from outside, where it listens on every address."""
    if host not in ("0.0.0.0", "::"):
        return ()
    found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return tuple(found)


def _silence() -> None:
    """Gradio's own warnings are for whoever writes a page, and its tracebacks may hold words of a document."""
    logging.getLogger("gradio").setLevel(logging.ERROR)
