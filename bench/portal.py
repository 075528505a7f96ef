"""The list of a million families under load, and a hundred thousand of them taken as XLSX.

What belongs here: the readers and what they ask for, and the measuring. One process serves; this one asks at a constant
rate whether or not it was answered before, and counts from the moment at which each request was due.
"""

import asyncio
import multiprocessing
import random
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode

import httpx

from bench.asking import Connections
from bench.listed_world import MOST_SCORE, make
from schemas.settings import Settings

__all__ = ["measure"]

_RATE, _SECONDS = 100, 60
_EXPORTED = 100_000
_SEED = 100
_AT_REST = 0.05
_PAGE = 50
_READERS = (
    ("district_staff", "district"),
    ("supervisor", "district"),
    ("street_staff", "330108001"),
    ("street_staff", "330108002"),
    ("community_worker", "330108001001"),
)


@dataclass(frozen=True, slots=True)
class _Load:
    """Latencies in milliseconds, requests that were refused, and milliseconds of one processor a request."""

    waits: Sequence[float]
    refused: int
    work: float

    def at(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        waits = sorted(self.waits)
        return waits[min(len(waits) - 1, int(len(waits) * share))]


def measure(folder: Path, families: int, seconds: int = _SECONDS) -> str:
    """A line each: the first page after the start, the pages under load once all is read, the exports."""
    settings = Settings(home=folder / "portal", database_url="", identity_key="5e" * 32)
    make(settings, families)
    first, ready, load = _served(settings, families, seconds)
    told = f"p50 {load.at(0.5):.0f} ms, p99 {load.at(0.99):.0f} ms (goal 100), most {max(load.waits):.0f} ms"
    work = f"{load.work:.1f} ms of one processor a request; {load.refused} refused"
    lines = [
        f"list of {families:,} families: first page after the start in {first:.2f} s, all read ahead in {ready:.0f} s",
        f"  {_RATE} requests/s for {seconds} s: {told}; {work}",
    ]
    return "\n".join([*lines, *_exported(settings, families)])


def _served(settings: Settings, families: int, seconds: int) -> tuple[float, float, _Load]:
    """Seconds to the first page and to the end of all work of the start, and the load after it."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings.home, there))
    server.start()
    try:
        address, cookies = here.recv()
        started = time.perf_counter()
        httpx.get(f"{address}/list", cookies=cookies[0], timeout=600, trust_env=False).raise_for_status()
        first = time.perf_counter() - started
        before = _at_rest(here)
        ready = time.perf_counter() - started
        waits, refused = asyncio.run(_ask(address, cookies, families, seconds))
        here.send("work")
        work = (here.recv() - before) / len(waits) * 1000
    finally:
        here.send("end")
        server.join()
    return first, ready, _Load(waits, refused, work)


def _at_rest(server: Connection) -> float:
    """Seconds that the server has worked, once it works no more: it reads ahead when it starts."""
    worked = [0.0]
    while True:
        server.send("work")
        worked.append(server.recv())
        if worked[-1] - worked[-2] < _AT_REST:
            return worked[-1]
        time.sleep(1)


def _serve(home: Path, channel: Connection) -> None:
    """The process that serves: says where and for whom, then how long it has worked whenever it is asked."""
    from portal.app import create_app  # noqa: PLC0415  # in the process that serves
    from tests.portal import signed_in  # noqa: PLC0415
    from tests.served import served  # noqa: PLC0415

    settings = Settings(home=home, database_url="", identity_key="5e" * 32)
    cookies = [signed_in(settings, role, area="" if area == "district" else area) for role, area in _READERS]
    with served(create_app(settings, alone=True)) as address:
        channel.send((address, cookies))
        while channel.recv() == "work":
            channel.send(time.process_time())


async def _ask(address: str, cookies: Sequence[dict[str, str]], families: int, seconds: int) -> tuple[list[float], int]:
    drawn = random.Random(_SEED)  # noqa: S311  # what is asked for, no secret
    held = ["; ".join(f"{name}={token}" for name, token in each.items()) for each in cookies]
    readers = [drawn.randrange(len(_READERS)) for _ in range(_RATE * seconds)]
    asked = [(held[reader], _path(drawn, _READERS[reader][1], families)) for reader in readers]
    connections = Connections(address)
    waits: list[float] = []
    refused = 0
    started = time.perf_counter()

    async def one(due: float, cookie: str, path: str) -> None:
        nonlocal refused
        try:
            refused += await connections.status_of(path, cookie) != httpx.codes.OK
        except (OSError, asyncio.IncompleteReadError):  # counted, with its time, among the others
            refused += 1
        waits.append((time.perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as group:
        for number, (cookie, path) in enumerate(asked):
            due = started + number / _RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due, cookie, path))
    connections.close()
    return waits, refused


def _path(drawn: random.Random, area: str, families: int) -> str:
    """What a reader of the area may ask for: filters, an order and a page, few of them far down."""
    from registry.filters import LIST_CHANGES, TIERS  # noqa: PLC0415  # heavy, and after the start
    from registry.queries import LIST_SORTS  # noqa: PLC0415
    from registry.scope import Area  # noqa: PLC0415
    from rules import rules_of  # noqa: PLC0415
    from rules.classes import CLASSES  # noqa: PLC0415

    choices = {
        "street": (0.2, Area(area).streets),  # an area without a choice of its own is not offered one
        "community": (0.15, Area(area).communities),
        "group": (0.25, [each.id for each in rules_of("group")]),
        "tier": (0.25, TIERS.codes),
        "difficulty": (0.15, list(CLASSES)),
        "score": (0.1, [str(each) for each in range(500, 10_000, 500)]),
        "change": (0.1, LIST_CHANGES.codes),
        "sort": (0.3, LIST_SORTS.codes),
    }
    words = {
        name: drawn.choice(list(known))
        for name, (share, known) in choices.items()
        if drawn.random() < share and len(known) > 1
    }
    if drawn.random() < 0.4:  # most stay on the first page
        words["page"] = str(drawn.randint(2, 10) if drawn.random() < 0.8 else drawn.randint(2, families // _PAGE))
    return f"/list?{urlencode(words)}"


def _exported(settings: Settings, families: int) -> list[str]:
    """A line each: seconds and memory of an export, in a process of its own so that the peak is its own."""
    here, there = multiprocessing.Pipe()
    lines = []
    for share in (_EXPORTED // 4, _EXPORTED):
        worker = multiprocessing.get_context("spawn").Process(
            target=_export, args=(settings.home, share / families, there)
        )
        worker.start()
        seconds, work, grown, found, size = here.recv()
        worker.join()
        lines.append(
            f"  export of {found:,} families as XLSX: {seconds:.1f} s (goal 10 for 100,000), {work:.1f} s of one "
            f"processor, {grown:.0f} MB more than before, file {size:.1f} MB"
        )
    return lines


def _export(home: Path, share: float, channel: Connection) -> None:
    """Export that share of the list: those of the highest score, which was drawn evenly."""
    from registry.engine import make_engine  # noqa: PLC0415
    from registry.exports import export_list  # noqa: PLC0415
    from registry.filters import ListFilter  # noqa: PLC0415
    from registry.roles import Actor  # noqa: PLC0415

    settings = Settings(home=home, database_url="", identity_key="5e" * 32)
    engine = make_engine(settings)
    actor = Actor("bench", "district_staff")
    wanted = ListFilter.of(actor.scope, least_score=round(MOST_SCORE * (1 - min(share, 1))))
    before, worked, started = _peak(), time.process_time(), time.perf_counter()
    result = export_list(engine, settings, actor=actor, wanted=wanted, path=home / "bench.xlsx")
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    size = result.path.stat().st_size / 2**20
    channel.send((seconds, work, _peak() - before, next(iter(result.rows.values())), size))
    engine.dispose()


def _peak() -> float:
    """The most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
