"""The consent stage over a batch: every document gets the rule that decided, and what is reserved is dropped."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import WORKING, Marks
from soofi.corpus.consent.addresses import split_urls
from soofi.corpus.consent.block_list import BlockList
from soofi.corpus.consent.hosts import Decision, Host, unknown
from soofi.corpus.consent.page import Statement, head_of, header_statements, meta_statements
from soofi.corpus.consent.snapshot import Snapshot, consent_files, day_of
from soofi.corpus.documents import CONSENT
from soofi.recipe import Consent

_HOSTS_KEPT = 1 << 16
"""Hosts whose rules stay read between batches."""

_SPEAKING_HEADERS = r'"(?:x-robots-tag|content-usage|content-signal|tdm-reservation)"'


class ConsentStage:
    """Prepared for one recipe; callable on batches."""

    def __init__(self, consent: Consent):
        """Raises FileNotFoundError or ValueError for snapshots and block lists that cannot be read."""
        self._consent = consent
        files = [path for name, path in consent_files(consent).items() if name.startswith("snapshots/")]
        self._snapshot = Snapshot(files)
        self._block_list = BlockList(consent.blocked, consent.block_lists)
        self._hosts: dict[str, Host] = {}
        self._agents = frozenset(agent.lower() for agent in consent.agents)
        self._tags = frozenset(tag.lower() for tag in consent.robots_tags)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Fill `consent`; drop what is reserved."""
        codes, decisions = self._decide(batch)
        table = pa.StructArray.from_arrays(
            [pa.array(values, pa.string()) for values in list(zip(*decisions, strict=True))[:4]],
            fields=list(CONSENT),
        )
        is_open = pc.is_null(batch["stage"])
        struct = table.take(pa.array(codes, mask=~is_open.to_numpy(zero_copy_only=False)))
        batch = batch.set_column(WORKING.get_field_index("consent"), WORKING.field("consent"), struct)
        drops = np.array([decision.reason is not None for decision in decisions])[codes]
        if not drops.any():
            return batch
        marks = Marks(batch, "consent")
        for row in marks.open_rows():
            if drops[row]:
                decision = decisions[codes[row]]
                evidence: dict[str, Any] = decision._asdict()
                reason = evidence.pop("reason")
                marks.drop(row, reason, {name: value for name, value in evidence.items() if value})
        return marks.onto(batch)

    def _decide(self, batch: pa.RecordBatch) -> tuple[np.ndarray[Any, Any], list[Decision]]:
        """For every row the number of its decision, and the decisions."""
        hosts, paths = split_urls(batch["url"])
        encoded = hosts.dictionary_encode()
        known = [self._host(host) for host in encoded.dictionary.to_pylist()]
        numbers: dict[Decision, int] = {}

        def number(decision: Decision) -> int:
            return numbers.setdefault(decision, len(numbers))

        # One decision for each host, −1 where it depends on the path; the last is for documents without a host.
        of_host = [number(host.constant) if host.constant else -1 for host in known]
        of_host.append(number(unknown("no URL", self._consent)))
        places = encoded.indices.fill_null(len(known)).to_numpy()
        codes = np.array(of_host, np.int32)[places]
        pages = dict(self._pages(batch))
        rows = np.union1d(np.flatnonzero(codes < 0), np.array(list(pages), np.int64))
        if len(rows):
            taken = pa.array(rows)
            nowhere = Host("", [], [], self._consent)
            for row, path, written in zip(
                rows.tolist(),
                paths.take(taken).to_pylist(),
                batch["date"].take(taken).to_pylist(),
                strict=True,
            ):
                host = known[places[row]] if path is not None else nowhere
                codes[row] = number(host.judge(path or "/", day_of(written), pages.get(row, ())))
        return codes, list(numbers)

    def _host(self, name: str) -> Host:
        host = self._hosts.get(name)
        if host is None:
            if len(self._hosts) >= _HOSTS_KEPT:
                self._hosts.clear()
            captures = self._snapshot.captures(name)
            host = Host(name, captures, self._block_list.of_host(name), self._consent)
            self._hosts[name] = host
        return host

    def _pages(self, batch: pa.RecordBatch) -> Iterator[tuple[int, list[Statement]]]:
        """Rows whose page says something itself, and what."""
        signals = set(self._consent.signals)
        found: dict[int, list[Statement]] = {}
        speaking = pc.fill_null(pc.match_substring_regex(batch["headers"], _SPEAKING_HEADERS), False)
        for row in np.flatnonzero(speaking.to_numpy(zero_copy_only=False)).tolist():
            headers = batch["headers"][row].as_py()
            statements = header_statements(headers, self._agents, self._consent.usage_categories, self._tags)
            found.setdefault(row, []).extend(statements)
        markup = batch["markup"]
        if markup.null_count < len(markup) and signals & {"robots_tags", "tdmrep"}:
            offsets = np.frombuffer(markup.buffers()[1], np.int32)[markup.offset :][: len(markup) + 1]
            data = memoryview(markup.buffers()[2])
            for row in np.flatnonzero(np.diff(offsets)).tolist():
                head = head_of(data[offsets[row] : offsets[row + 1]])
                found.setdefault(row, []).extend(meta_statements(head, self._agents, self._tags))
        for row, said in found.items():
            if heard := [statement for statement in said if statement.kind in signals]:
                yield row, heard
