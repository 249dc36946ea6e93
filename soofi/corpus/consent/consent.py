"""The consent stage over a batch: every document gets the rule that decided, and what is reserved is dropped."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import WORKING, dropped, text_buffers
from soofi.corpus.consent.addresses import split_urls
from soofi.corpus.consent.block_list import BlockList
from soofi.corpus.consent.files import consent_files
from soofi.corpus.consent.hosts import Host, unknown, with_page
from soofi.corpus.consent.page import Statement, head_of, header_statements, meta_statements
from soofi.corpus.consent.patterns import Ints
from soofi.corpus.consent.snapshot import Snapshot, day_of
from soofi.corpus.consent.verdicts import Verdicts
from soofi.recipe import Consent

_HOSTS_KEPT = 1 << 16
_PATTERNS_KEPT = 1 << 20
"""So many hosts, and patterns of theirs, stay read between batches."""

_SEVERAL = -1
"""In place of the variant of a host whose variants differ by day."""

_SPEAKING_HEADERS = r'"(?:x-robots-tag|content-usage|content-signal|tdm-reservation)"'


class ConsentStage:
    """Prepared for one recipe; callable on batches."""

    def __init__(self, consent: Consent):
        """Raises FileNotFoundError or ValueError for snapshots and block lists that cannot be read."""
        self._consent = consent
        files = [path for name, path in consent_files(consent).items() if name.startswith("snapshots/")]
        self._snapshot = Snapshot(files)
        self._block_list = BlockList(consent.blocked, consent.block_lists)
        self._forget()
        self._agents = frozenset(agent.lower() for agent in consent.agents)
        self._tags = frozenset(tag.lower() for tag in consent.robots_tags)

    def _forget(self) -> None:
        """Begin without any host."""
        self._hosts: dict[str, Host] = {}
        self._only: dict[str, int] = {}  # host → its only variant, or `_SEVERAL`
        self._verdicts = Verdicts()
        self._no_url = self._verdicts.add([], [], unknown("no URL", self._consent))

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Fill `consent`; drop what is reserved."""
        if self._verdicts.patterns > _PATTERNS_KEPT or len(self._hosts) > _HOSTS_KEPT:
            self._forget()
        numbers = pa.array(self._decide(batch))
        consents, reasons, evidence = self._verdicts.columns()
        consent = consents.take(
            pc.if_else(pc.is_null(batch["stage"]), numbers, pa.scalar(None, numbers.type))
        )
        batch = batch.set_column(WORKING.get_field_index("consent"), WORKING.field("consent"), consent)
        reason = reasons.take(numbers)
        if reason.null_count == len(reason):
            return batch
        return dropped(batch, "consent", reason, evidence.take(numbers))

    def _decide(self, batch: pa.RecordBatch) -> Ints:
        """For every row the number of its decision in `_verdicts`."""
        hosts, paths = split_urls(batch["url"])
        encoded = hosts.dictionary_encode()
        names = encoded.dictionary.to_pylist()
        known = list(map(self._only.get, names))
        if None in known:
            known = [self._host(name) if one is None else one for name, one in zip(names, known, strict=True)]
        which = encoded.indices.fill_null(len(known)).to_numpy()
        variants = np.array([*known, self._no_url], np.int64)[which]
        pages = dict(self._pages(batch))
        has_tdm = np.zeros(len(batch), bool)
        has_tdm[[row for row, said in pages.items() if any(one.kind == "tdmrep" for one in said)]] = True
        # Rows for which the day or the page matters; most of them share host and day with others.
        rows = np.flatnonzero((variants == _SEVERAL) | (has_tdm & (which < len(known))))
        if len(rows):
            dates = batch["date"].take(pa.array(rows)).dictionary_encode()
            days = [*map(day_of, dates.dictionary.to_pylist()), None]
            date = dates.indices.fill_null(len(days) - 1).to_numpy()
            keys = (which[rows].astype(np.int64) * len(days) + date) * 2 + has_tdm[rows]
            keys, places = np.unique(keys, return_inverse=True)
            of_keys = [
                self._hosts[names[key // 2 // len(days)]].variant(
                    days[key // 2 % len(days)], with_tdm=not key % 2
                )
                for key in keys.tolist()
            ]
            variants[rows] = np.array(of_keys, np.int64)[places]
        numbers, made = self._verdicts.judge(paths, variants)
        for row, page in pages.items():
            of_files = self._verdicts.decision(int(numbers[row])) if made[row] else None
            silent = self._verdicts.silent(int(variants[row]))
            numbers[row] = self._verdicts.number(with_page(of_files, silent, page))
        return numbers

    def _host(self, name: str) -> int:
        """Take up a host; returns what `_only` holds of it."""
        captures = self._snapshot.captures(name)
        blocked = self._block_list.of_host(name)
        host = Host(name, captures, blocked, self._consent, self._verdicts)
        self._hosts[name] = host
        self._only[name] = _SEVERAL if host.only is None else host.only
        return self._only[name]

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
