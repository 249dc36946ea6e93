"""How a tokenizer cuts numbers and code: texts made for the question, the same for every tokenizer."""

from collections import Counter
from typing import Any

import numpy as np

from soofi.tokenizer.foreign import OpenedTokenizer

DIGITS_MAX = 9
NUMBERS = 200
"""Numbers of each length that are cut."""

SPACES = (1, 2, 3, 4, 8, 12, 16, 20, 24, 32)
"""Indentations that are measured, in spaces."""

CODE = {
    "python": '''\
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    start: float
    stop: float

    def meets(self, other: "Interval") -> bool:
        """Whether the two have a point in common."""
        return self.start <= other.stop and other.start <= self.stop


def merged(intervals: list[Interval]) -> list[Interval]:
    result: list[Interval] = []
    for one in sorted(intervals, key=lambda interval: interval.start):
        if result and result[-1].meets(one):
            result[-1] = Interval(result[-1].start, max(result[-1].stop, one.stop))
        else:
            result.append(one)
    return result
''',
    "c": """\
#include <stddef.h>
#include <stdint.h>

static uint64_t fnv1a(const unsigned char *bytes, size_t count)
{
\tuint64_t hash = 0xcbf29ce484222325u;
\tfor (size_t i = 0; i < count; i++) {
\t\thash ^= bytes[i];
\t\thash *= 0x100000001b3u;
\t}
\treturn hash;
}
""",
    "javascript": """\
export async function readPages(addresses, { limit = 4 } = {}) {
  const queue = [...addresses.entries()];
  const pages = new Array(addresses.length).fill(null);
  const worker = async () => {
    while (queue.length > 0) {
      const [index, address] = queue.shift();
      const answer = await fetch(address);
      pages[index] = answer.ok ? await answer.text() : null;
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return pages;
}
""",
    "json": """\
{
  "name": "measurement",
  "version": "2.1.0",
  "languages": ["bg", "el", "mt"],
  "limits": {"bytes": 2000000, "share": 0.25, "strict": true},
  "steps": [
    {"id": 1, "action": "read", "path": "texts/mt.txt"},
    {"id": 2, "action": "encode", "path": null}
  ]
}
""",
    "html": """\
<!doctype html>
<html lang="mt">
  <head><meta charset="utf-8"><title>Werrej</title></head>
  <body>
    <ul class="pages">
      <li><a href="one.html">One &amp; only</a></li>
      <li><a href="two.html">Two</a></li>
    </ul>
  </body>
</html>
""",
    "shell": """\
#!/usr/bin/env bash
set -euo pipefail

for file in "$@"; do
    size=$(wc -c < "$file")
    if [ "$size" -gt 1048576 ]; then
        gzip -9 --keep "$file" && echo "$file: $size bytes packed" >&2
    fi
done
""",
}


def digits_behaviour(tokenizer: OpenedTokenizer) -> dict[str, Any]:
    """How numbers of one to nine digits are cut.

    `by_length`: digits → the most frequent cut as digits of each token, such as `1+3`, and the share of NUMBERS numbers that are
    cut so. `consistent`: whether every length has but one cut. `rule`: `single digits`, `groups from the left` or `from the
    right` of as many digits as the longest token, or `other`.
    """
    by_length: dict[int, Counter[str]] = {}
    random = np.random.default_rng(0)
    for length in range(1, DIGITS_MAX + 1):
        low = 10 ** (length - 1)
        count = min(NUMBERS, 9 * low)
        numbers = (
            random.choice(9 * low, count, replace=False) + low
            if low < 10**6
            else random.integers(low, 10 * low, count)
        )
        by_length[length] = Counter(
            "+".join(map(str, _digits(tokenizer, ids)))
            for ids in tokenizer.encode_batch([str(n) for n in numbers])
        )
    most = {length: cuts.most_common(1)[0] for length, cuts in by_length.items()}
    consistent = all(len(cuts) == 1 for cuts in by_length.values())
    return {
        "consistent": consistent,
        "rule": _rule({length: cut for length, (cut, _) in most.items()}) if consistent else "other",
        "by_length": {
            length: {
                "cut": cut,
                "share": round(count / by_length[length].total(), 4),
                "cuts": len(by_length[length]),
            }
            for length, (cut, count) in most.items()
        },
    }


def _digits(tokenizer: OpenedTokenizer, ids: list[int]) -> list[int]:
    counts = [sum(0x30 <= byte <= 0x39 for byte in tokenizer.pieces[id]) for id in ids]
    return [count for count in counts if count]


def _rule(cuts: dict[int, str]) -> str:
    longest = max(int(part) for cut in cuts.values() for part in cut.split("+"))
    if longest == 1:
        return "single digits"
    left = {n: [longest] * (n // longest) + ([n % longest] if n % longest else []) for n in cuts}
    for name, expected in (("left", left), ("right", {n: parts[::-1] for n, parts in left.items()})):
        if all(cut == "+".join(map(str, expected[n])) for n, cut in cuts.items()):
            return f"groups of {longest} from the {name}"
    return "other"


def code_behaviour(tokenizer: OpenedTokenizer) -> dict[str, Any]:
    """`bytes_per_token` of the snippets in CODE by language and of all; `indentation`: spaces before a word → tokens that they cost."""
    encoded = dict(zip(CODE, tokenizer.encode_batch(list(CODE.values())), strict=True))
    sizes = {name: len(text.encode()) for name, text in CODE.items()}
    word = len(tokenizer.encode("\nx"))
    runs = tokenizer.encode_batch(["\n" + " " * spaces + "x" for spaces in SPACES])
    return {
        "bytes_per_token": {name: round(sizes[name] / len(ids), 4) for name, ids in encoded.items()},
        "total_bytes_per_token": round(sum(sizes.values()) / sum(map(len, encoded.values())), 4),
        "indentation": {spaces: len(ids) - word for spaces, ids in zip(SPACES, runs, strict=True)},
    }
