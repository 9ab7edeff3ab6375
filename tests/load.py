"""20 users before the served page for 2 minutes: python tests/load.py http://127.0.0.1:7860 [users] [seconds]

Each user asks by the queue as the page does, waits a second and asks the next; what counts is the time from the
question to the last byte of its answer.
"""

import asyncio
import json
import random
import statistics
import sys
import time
import uuid

import httpx

QUESTIONS = (
    "/?q=which+ESI+denials+cited+missing+radiculopathy+findings",
    "/?q=how+many+physical+therapy+denials+were+for+too+many+visits",
    "/?q=MRI+requests+that+were+overturned",
    "/?q=opioid+denials+in+California",
    "/?q=gym+membership+denials&outcome=overturned",
    "/browse?outcome=upheld",
    "/browse?treatment=esi&sort=-decided",
)


async def ask(client: httpx.AsyncClient, fn: int, trigger: int, address: str) -> None:
    """One view by the queue, as the page asks for it."""
    session = uuid.uuid4().hex[:12]
    event = {"address": address, "given": ""}
    body = {"data": [], "event_data": event, "fn_index": fn, "trigger_id": trigger, "session_hash": session}
    (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                told = json.loads(line[5:])
                if told["msg"] == "process_completed":
                    assert told["success"], told
                    return
    raise ConnectionError("the stream ended before the answer")


async def user(client, fn, trigger, until: float, seconds: list[float], errors: list[str]) -> None:
    await asyncio.sleep(random.random())
    while time.monotonic() < until:
        started = time.perf_counter()
        try:
            await ask(client, fn, trigger, random.choice(QUESTIONS))
            seconds.append(time.perf_counter() - started)
        except Exception as error:
            errors.append(repr(error)[:200])
        await asyncio.sleep(1)


async def main(address: str, users: int = 20, length: int = 120) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client:
        config = (await client.get("/config")).json()
        event = next(d for d in config["dependencies"] if d["targets"][0][1] == "go")
        seconds: list[float] = []
        errors: list[str] = []
        until = time.monotonic() + length
        crowd = [user(client, event["id"], event["targets"][0][0], until, seconds, errors) for _ in range(users)]
        await asyncio.gather(*crowd)
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{users} users, {length} s: {len(seconds)} answers, {len(errors)} errors, "
          f"p50 {1000 * cuts[49]:.0f} ms, p95 {1000 * cuts[94]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms")  # fmt: skip
    print(*dict.fromkeys(errors), sep="\n", end="")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
