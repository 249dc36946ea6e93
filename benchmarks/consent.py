"""Judging addresses by robots.txt: the consent stage over record batches, beside protego and urllib.robotparser.

    .venv/bin/python benchmarks/consent.py

The files are made up from a seed: a third as WordPress writes them, some that refuse one agent, some with dozens of rules, a
fifth of those with *. Each contender answers the same question, whether one of the default agents is refused; all are interleaved, five
rounds, medians of CPU seconds. protego is in the environment of the tests only.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.robotparser import RobotFileParser

import pyarrow as pa
from protego import Protego
from result_file import write_result

from soofi.corpus.batches import WORKING
from soofi.corpus.consent.consent import ConsentStage
from soofi.corpus.consent.robots import Robots
from soofi.recipe import Consent

HOSTS, ADDRESSES, PEER_ADDRESSES, BATCH, ROUNDS = 5_000, 200_000, 10_000, 4_096, 5
DRAWN = random.Random(1)
WORDPRESS = (
    "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n\nSitemap: https://x.eu/map.xml\n"
)


def word() -> str:
    """A made-up word."""
    return "".join(DRAWN.choices("abcdefghijklmnopqrstuvwxyz", k=DRAWN.randint(3, 9)))


def robots_file() -> str:
    """A made-up robots.txt."""
    kind = DRAWN.random()
    if kind < 0.4:
        return WORDPRESS if kind < 0.3 else ""
    if kind < 0.55:
        return f"User-agent: GPTBot\nDisallow: /\n\n{WORDPRESS}"
    lines = []
    for agents in [["*"], ["GPTBot", "CCBot"], ["Googlebot"], ["AhrefsBot"]][: DRAWN.randint(1, 4)]:
        lines += [f"User-agent: {agent}" for agent in agents]
        for _ in range(DRAWN.randint(2, 30)):
            ending = DRAWN.choice(["/", "/", "/", "", "/*/" + word(), "*?" + word() + "=", ".php$"])
            lines.append(f"{'Allow' if DRAWN.random() < 0.2 else 'Disallow'}: /{word()}{ending}")
    return "\n".join(lines)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one go."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and write `results/consent.json`."""
    bodies = {f"{word()}{number}.eu": robots_file() for number in range(HOSTS)}
    hosts = [*bodies]
    of_rows = [DRAWN.choice(hosts) for _ in range(ADDRESSES)]
    urls = [f"https://{host}/{'/'.join(word() for _ in range(DRAWN.randint(1, 4)))}.html" for host in of_rows]
    rows = [{"url": url, "text": ""} for url in urls]
    batches = [pa.RecordBatch.from_pylist(rows[i : i + BATCH], WORKING) for i in range(0, ADDRESSES, BATCH)]
    consent = Consent(signals=["robots"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "robots.jsonl"
        captures = [
            {"host": host, "fetched": "2026-01-01", "path": "/robots.txt", "body": body}
            for host, body in bodies.items()
        ]
        path.write_text("".join(json.dumps(capture) + "\n" for capture in captures))
        stage = ConsentStage(consent.model_copy(update={"snapshots": [path]}))
    cold = seconds(lambda: [stage(batch) for batch in batches])
    protegos = {host: Protego.parse(body) for host, body in bodies.items()}
    parsers = {}
    for host, body in bodies.items():
        parsers[host] = RobotFileParser()
        parsers[host].parse(body.splitlines())
    some = list(zip(urls, of_rows, strict=True))[:PEER_ADDRESSES]
    agents = consent.agents
    contenders: dict[str, tuple[int, Callable[[], object]]] = {
        "soofi": (ADDRESSES, lambda: [stage(batch) for batch in batches]),
        "protego": (
            PEER_ADDRESSES,
            lambda: [all(protegos[host].can_fetch(url, agent) for agent in agents) for url, host in some],
        ),
        "protego, one agent": (
            PEER_ADDRESSES,
            lambda: [protegos[host].can_fetch(url, "GPTBot") for url, host in some],
        ),
        "urllib.robotparser": (
            PEER_ADDRESSES,
            lambda: [all(parsers[host].can_fetch(agent, url) for agent in agents) for url, host in some],
        ),
        "soofi, files read": (
            HOSTS,
            lambda: [Robots(body.encode(), agents, consent.usage_categories) for body in bodies.values()],
        ),
        "protego, files read": (HOSTS, lambda: [Protego.parse(body) for body in bodies.values()]),
    }
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, (_, work) in contenders.items():
            taken[name].append(seconds(work))
    rates = {name: count / statistics.median(taken[name]) for name, (count, _) in contenders.items()}
    rates["soofi, hosts seen for the first time"] = ADDRESSES / cold
    refusals = [reason for batch in batches for reason in stage(batch)["reason"].to_pylist()][:PEER_ADDRESSES]
    theirs = [all(protegos[host].can_fetch(url, agent) for agent in agents) for url, host in some]
    agreement = (
        sum((ours is None) == allowed for ours, allowed in zip(refusals, theirs, strict=True))
        / PEER_ADDRESSES
    )
    figures: dict[str, Any] = {
        "per_core_second": {name: round(rate) for name, rate in rates.items()},
        "times_protego": round(rates["soofi"] / rates["protego"], 1),
        "same_decision_as_protego": agreement,
    }
    for name, rate in figures["per_core_second"].items():
        print(f"{name}: {rate:,} a core-second")
    print(f"{figures['times_protego']} × protego, the same decision for {agreement:.2%}")
    write_result("consent", figures)


if __name__ == "__main__":
    main()
