"""What the page offers to programs: four functions, documented, over HTTP and MCP; errors are sentences."""

import asyncio
import json

import pytest
from browser import served

from app.answer import ask
from corpus.decision import to_json

PUBLISHED = {"/ask", "/search", "/similar", "/decision"}


@pytest.fixture(scope="module")
def address(small, index):
    with served(small) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    gradio_client = pytest.importorskip("gradio_client")
    return gradio_client.Client(address, verbose=False)


def test_only_four_functions_are_published_and_each_is_explained(client):
    told = client.view_api(return_format="dict", print_info=False)
    assert set(told["named_endpoints"]) == PUBLISHED and not told["unnamed_endpoints"]
    assert all(endpoint.get("description") for endpoint in told["named_endpoints"].values())


def test_each_gives_what_the_command_line_gives(client, index):
    assert client.predict("lumbar MRI denials", api_name="/ask") == as_json(ask(index, "lumbar MRI denials").to_json())
    found = client.predict("CM15-9000102", api_name="/decision")
    assert found == as_json(to_json(index.catalog.decision(index.catalog.the_one("CM15-9000102"))))
    assert len(client.predict("radiculopathy", 3, api_name="/search")["results"]) == 3
    assert client.predict("A lumbar MRI is requested for back pain.", api_name="/similar")["intent"] == "precedent"


def as_json(value):
    return json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [("/ask", " ", "the question is empty"), ("/search", "\t", "empty"), ("/decision", "nowhere", "nowhere")],
)
def test_an_error_is_a_sentence(client, name, given, said):
    with pytest.raises(Exception, match=said) as told:
        client.predict(given, api_name=name)
    assert "Traceback" not in str(told.value)


def test_a_function_that_is_not_published_cannot_be_called_by_name(client):
    with pytest.raises(ValueError, match="Cannot find"):
        client.predict("x", api_name="/take")


def test_an_mcp_client_finds_and_calls_the_same_four(small, index):
    mcp = pytest.importorskip("mcp", reason="the mcp extra is not installed: pip install 'precedent[mcp]'")
    from mcp.client.streamable_http import streamablehttp_client

    async def talk(address):
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (reading, writing, _),
            mcp.ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            answered = await session.call_tool("ask", {"question": "lumbar MRI denials"})
            return tools, answered.content[0].text

    with served(small, mcp=True) as address:
        tools, answered = asyncio.run(talk(address))
    assert {tool.name for tool in tools} == {name.strip("/") for name in PUBLISHED}
    assert all(tool.description for tool in tools)
    assert json.loads(answered)["citations"] == as_json(ask(index, "lumbar MRI denials").to_json())["citations"]
