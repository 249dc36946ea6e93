"""The consent stage over a batch: every document gets the rule that decided, and what is reserved is dropped."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import WORKING, dropped, evidence_json
from soofi.corpus.consent.addresses import split_urls
from soofi.corpus.consent.block_list import BlockList
from soofi.corpus.consent.files import consent_files
from soofi.corpus.consent.hosts import Decision, Host, Variant, unknown, with_page
from soofi.corpus.consent.page import Statement, head_of, header_statements, meta_statements
from soofi.corpus.consent.patterns import Programs
from soofi.corpus.consent.snapshot import Snapshot, day_of
from soofi.corpus.documents import CONSENT
from soofi.recipe import Consent

_HOSTS_KEPT = 1 << 16
_PATTERNS_KEPT = 1 << 20
"""So many hosts, and patterns of theirs, stay read between batches."""

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
        self._programs = Programs()
        self._agents = frozenset(agent.lower() for agent in consent.agents)
        self._tags = frozenset(tag.lower() for tag in consent.robots_tags)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Fill `consent`; drop what is reserved."""
        if self._programs.size > _PATTERNS_KEPT or len(self._hosts) > _HOSTS_KEPT:
            self._hosts, self._programs = {}, Programs()
        codes, decisions = self._decide(batch)
        *consents, reasons = (pa.array(values, pa.string()) for values in zip(*decisions, strict=True))
        table = pa.StructArray.from_arrays(consents, fields=list(CONSENT))
        is_open = pc.is_null(batch["stage"]).to_numpy(zero_copy_only=False)
        found = table.take(pa.array(codes, mask=~is_open))
        batch = batch.set_column(WORKING.get_field_index("consent"), WORKING.field("consent"), found)
        if reasons.null_count == len(reasons):
            return batch
        evidence = pa.array([_evidence(decision) for decision in decisions], pa.string())
        return dropped(batch, "consent", reasons.take(pa.array(codes)), evidence.take(pa.array(codes)))

    def _decide(self, batch: pa.RecordBatch) -> tuple[np.ndarray[Any, Any], list[Decision]]:
        """For every row the number of its decision, and the decisions."""
        hosts, paths = split_urls(batch["url"])
        encoded = hosts.dictionary_encode()
        known = [self._host(host) for host in encoded.dictionary.to_pylist()]
        # The last stands for documents without a host.
        variants = [host.only for host in known] + [
            Variant(0, 0, [], unknown("no URL", self._consent)),
        ]
        which = encoded.indices.fill_null(len(known)).to_numpy().copy()
        pages = dict(self._pages(batch))
        several_days = np.array([variant is None for variant in variants])[which]
        rows = np.union1d(np.flatnonzero(several_days), np.array(list(pages), np.int64))
        # Rows for which the day or the page matters get a variant of their own.
        days = batch["date"].take(pa.array(rows)).to_pylist()
        for row, date in zip(rows.tolist(), days, strict=True):
            if which[row] < len(known):
                with_tdm = all(statement.kind != "tdmrep" for statement in pages.get(row, ()))
                variants.append(known[which[row]].variant(day_of(date), with_tdm))
                which[row] = len(variants) - 1
        first, last = np.array([variant[:2] if variant else (0, 0) for variant in variants], np.int64).T
        places = self._programs.run(*text_buffers(paths), first[which], last[which])
        return self._numbered(variants, which, places - first[which] * (places >= 0), pages)

    def _numbered(
        self,
        variants: Sequence[Variant | None],
        which: np.ndarray[Any, Any],
        places: np.ndarray[Any, Any],
        pages: dict[int, list[Statement]],
    ) -> tuple[np.ndarray[Any, Any], list[Decision]]:
        """Numbers and decisions of rows; `places`: which of its variant's decisions, −1 for none."""
        numbers: dict[Decision, int] = {}
        # Most rows share variant and place with others: each pair is looked at once.
        pairs, codes = np.unique(which.astype(np.int64) << 32 | (places + 1), return_inverse=True)
        of_pair = []
        for pair in pairs.tolist():
            variant, place = variants[pair >> 32], (pair & 0xFFFFFFFF) - 1
            assert variant is not None, "a row whose day matters has its own variant"
            decision = variant.decisions[place] if place >= 0 else variant.silent
            of_pair.append(numbers.setdefault(decision, len(numbers)))
        codes = np.array(of_pair, np.int64)[codes]
        for row, page in pages.items():
            variant, place = variants[which[row]], places[row]
            assert variant is not None
            decision = with_page(variant.decisions[place] if place >= 0 else None, variant.silent, page)
            codes[row] = numbers.setdefault(decision, len(numbers))
        return codes, list(numbers)

    def _host(self, name: str) -> Host:
        host = self._hosts.get(name)
        if host is None:
            captures = self._snapshot.captures(name)
            blocked = self._block_list.of_host(name)
            host = Host(name, captures, blocked, self._consent, self._programs)
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
            data, offsets = text_buffers(markup)
            for row in np.flatnonzero(np.diff(offsets)).tolist():
                head = head_of(data[offsets[row] : offsets[row + 1]])
                found.setdefault(row, []).extend(meta_statements(head, self._agents, self._tags))
        for row, said in found.items():
            if heard := [statement for statement in said if statement.kind in signals]:
                yield row, heard


def _evidence(decision: Decision) -> str | None:
    values = decision._asdict()
    reason = values.pop("reason")
    return evidence_json({name: value for name, value in values.items() if value}) if reason else None


def text_buffers(texts: pa.StringArray) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Octets (uint8) and offsets (int32, one more than texts) of an array, without copies."""
    _, offsets, data = texts.buffers()
    octets = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return octets, np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1]
