"""`afterclose mcp` as an agent meets it: over standard input and output, with the protocol's own client."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.agent.planted import planted_home

pytest.importorskip("mcp", reason="the extra mcp is not installed")

TOOLS = {"evening", "verdict", "movers", "index", "symbol", "why", "as_known_on", "sql"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return planted_home(tmp_path_factory.mktemp("served")).parent


def talk(folder, conversation, share="handmade"):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    environment = {
        "AFTERCLOSE_HOME": str(folder),
        "AFTERCLOSE_NOW": "2022-02-11T20:00:00+08:00",
        "AFTERCLOSE_SHARE": share,
    }
    root = str(Path(__file__).parents[2])
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "flows.cli", "mcp"], env=environment | {"PYTHONPATH": root}, cwd=folder
    )

    async def run():
        async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return await conversation(session)

    return asyncio.run(run())


def text_of(result):
    return "\n".join(part.text for part in result.content)


def test_the_tools_are_there_and_answer_with_the_verdict_first(folder):
    async def conversation(session):
        tools = (await session.list_tools()).tools
        return (
            {tool.name: tool for tool in tools},
            await session.call_tool("index", {"index": "HSI", "date": "2022-02-08"}),
            await session.call_tool("sql", {"query": "select count(*) as bars from prices"}),
            await session.call_tool("sql", {"query": "drop view prices"}),
        )

    tools, index, counted, refused = talk(folder, conversation)
    assert tools.keys() == TOOLS
    assert all(tool.description for tool in tools.values())
    assert text_of(index).startswith("VERDICT HK 2022-02-08: complete")
    assert "22081.62" in text_of(index)
    assert "sessions not determined" in text_of(counted)
    assert "read-only" in text_of(refused)


def test_rows_for_own_use_are_left_out_unless_the_setting_names_whose_they_are(folder):
    async def conversation(session):
        return (
            await session.call_tool("index", {"index": "HSI", "date": "2022-02-08"}),
            await session.call_tool("sql", {"query": "select count(*) as bars from prices"}),
            await session.call_tool("sql", {"query": "select count(*) as bars from base.prices"}),
        )

    index, counted, refused = map(text_of, talk(folder, conversation, share=""))
    assert index.startswith("VERDICT HK 2022-02-08: complete")
    assert "REFUSED these figures are made of rows of handmade" in index
    assert '"bars": 0' in counted
    assert "base.prices is not shown" in refused


def test_the_dictionary_is_a_resource(folder):
    async def conversation(session):
        return (
            await session.read_resource("afterclose://dictionary"),
            await session.read_resource("afterclose://dictionary/prices"),
        )

    views, columns = talk(folder, conversation)
    assert "prices: One row a stock and day" in views.contents[0].text
    assert "members_on(of_index, on_date): " in views.contents[0].text
    assert "return_1d DOUBLE: close / reference_price - 1" in columns.contents[0].text
