"""Nothing of another site, no endless body and nobody without the token comes past the guard."""

import asyncio

import httpx
import pytest

from app.guard import _CLOSED, ALIVE, MAX_BODY, Guard

PAGE = b'<html><head><base href="./" /><script>var a = 1</script><script src="/x.js"></script></head></html>'
TOKEN = "correct horse battery"


class App:
    """Takes what comes through and remembers it."""

    def __init__(self):
        self.reached = []

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.reached.append((scope["method"], scope["path"], len(body)))
        html = scope["path"] in ("/", "/page")
        kind = b"text/html; charset=utf-8" if html else b"application/json"
        headers = [(b"content-type", kind), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE if html else b"{}"})


def asked(app, method, path, headers=None, body=None, base="http://127.0.0.1:7860", **guard):
    async def go():
        transport = httpx.ASGITransport(Guard(app, **guard) if not isinstance(app, Guard) else app)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, headers=headers, content=body)

    return asyncio.run(go())


JOIN = "/gradio_api/queue/join"
FOREIGN = [
    ("POST", JOIN, {"origin": "https://evil.example"}, 403),
    ("POST", JOIN, {"origin": "null"}, 403),
    ("POST", JOIN, {"origin": "http://127.0.0.1:9999"}, 403),
    ("POST", JOIN, {"sec-fetch-site": "cross-site"}, 403),
    ("POST", JOIN, {"sec-fetch-site": "same-site"}, 403),
    ("POST", "/gradio_api/upload", {"origin": "https://evil.example"}, 403),
    ("DELETE", "/x", {"origin": "https://evil.example"}, 403),
    ("POST", JOIN, {"host": "evil.example"}, 400),
    ("GET", "/", {"host": "evil.example:7860"}, 400),
    ("GET", "/", {"host": ""}, 400),
    ("GET", "/gradio_api/proxy=http://x.example/", {}, 404),
    ("POST", "/gradio_api/vibe-edit/", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), FOREIGN)
def test_what_is_foreign_is_refused_and_never_reaches_the_app(method, path, headers, status):
    app = App()
    answer = asked(app, method, path, headers, b"{}")
    assert answer.status_code == status and answer.json()["error"] and not app.reached


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://127.0.0.1:7860"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
)
def test_the_page_itself_and_clients_without_an_origin_come_through(headers):
    app = App()
    assert asked(app, "POST", JOIN, headers, b"{}").status_code == 200 and app.reached


@pytest.mark.parametrize("told", [True, False], ids=["announced", "in pieces"])
def test_a_body_beyond_the_limit_is_refused(told):
    app = App()

    async def pieces():
        for _ in range(MAX_BODY // 50_000 + 2):
            yield b"x" * 50_000

    answer = asked(app, "POST", JOIN, {}, b"x" * (MAX_BODY + 1) if told else pieces())
    assert answer.status_code == 413 and not app.reached


def test_an_upload_may_be_longer_than_a_question():
    app = App()
    assert asked(app, "POST", "/gradio_api/upload", {}, b"x" * (MAX_BODY + 1)).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/x", 200), ("/gradio_api/vibe-edit/", 404)])
def test_every_response_carries_the_headers(path, status):
    answer = asked(App(), "GET", path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0] and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in answer.headers


def test_the_inline_scripts_of_the_page_are_allowed_by_their_hashes_and_its_links_lead_to_the_root():
    answer = asked(App(), "GET", "/")
    assert answer.headers["content-security-policy"].count("'sha256-") == 1
    assert b'<base href="/" />' in answer.content and int(answer.headers["content-length"]) == len(answer.content)


def test_the_address_of_a_place_is_the_page():
    app = App()
    for path in ("/browse", "/decision/CM15-9000102", "/decision/x/page/1.png", "/other"):
        asked(app, "GET", path, places=["browse", "decision"])
    assert [path for _, path, _ in app.reached] == ["/", "/", "/decision/x/page/1.png", "/other"]


# ---- the token ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/config", JOIN, "/decision/x/page/1.png", "/page/page.js", "/nowhere"])
def test_without_the_token_nothing_is_told(path):
    app = App()
    assert asked(app, "GET", path, token=TOKEN).status_code == 401 and not app.reached
    assert asked(app, "GET", path, {"authorization": f"Bearer {TOKEN}"}, token=TOKEN).status_code == 200


def test_only_whether_the_server_is_there_is_told_to_everybody():
    assert asked(App(), "GET", ALIVE, token=TOKEN).status_code == 200


def test_the_token_in_the_address_becomes_a_cookie():
    answer = asked(App(), "GET", f"/?token={TOKEN.replace(' ', '+')}", token=TOKEN)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    inside = asked(App(), "GET", "/", {"cookie": cookie.split(";")[0]}, token=TOKEN)
    assert inside.status_code == 200


def test_who_guesses_too_often_has_to_wait():
    guarded = Guard(App(), token=TOKEN)
    statuses = [asked(guarded, "GET", "/", {"authorization": f"Bearer wrong-{n}"}).status_code for n in range(25)]
    assert statuses == [401] * 20 + [429] * 5


@pytest.mark.parametrize("path", ["/config", "/", JOIN, "/gradio_api/upload", "/page/x", "/decision/x", "/theme.css"])
def test_what_the_page_needs_is_not_closed(path):
    assert not _CLOSED.match(path)
