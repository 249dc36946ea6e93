"""The hash chain: what it holds, what it notices, what a crash does to it."""

import hashlib
import json
import os
import signal
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.ledger import Ledger, LedgerError

FACTS = [
    {"rows": 3},
    {"files": {"a/b.bin": "00" * 32}, "share": 0.5, "none": None},
    {"name": "Lëtzebuerg", "on": True},
]


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "run/ledger.jsonl")
    for number, facts in enumerate(FACTS):
        ledger.append("stage", f"stage-{number}", facts)
    return ledger


def test_entries_come_back_as_they_were_appended(ledger):
    entries = ledger.entries()
    assert [entry.facts for entry in entries] == FACTS
    assert [entry.seq for entry in entries] == [0, 1, 2]
    assert [entry.subject for entry in entries] == ["stage-0", "stage-1", "stage-2"]
    assert all(entry.kind == "stage" and entry.time.endswith("Z") for entry in entries)
    assert entries[0].previous == "0" * 64
    assert [entry.previous for entry in entries[1:]] == [entry.sha256 for entry in entries[:-1]]
    assert len({entry.sha256 for entry in entries}) == 3


def test_append_returns_what_it_wrote(ledger):
    entry = ledger.append("finish", "train", {"steps": 5})
    assert ledger.entries()[-1] == entry


def test_the_seal_can_be_recomputed_without_soofi(ledger):
    for line in ledger.path.read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        seal = values.pop("sha256")
        assert set(values) == {"seq", "time", "kind", "subject", "facts", "previous"}
        # For values without numbers of odd forms this is RFC 8785.
        canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == seal


def test_newest_finds_the_last_of_a_kind_and_subject(ledger):
    assert Ledger(ledger.path.with_name("none.jsonl")).newest("stage") is None
    again = ledger.append("stage", "stage-0", {"rows": 4})
    assert ledger.newest("stage") == again
    assert ledger.newest("stage", "stage-1").facts == FACTS[1]
    assert ledger.newest("finish") is None


def test_newest_takes_no_fact_for_a_kind(ledger):
    ledger.append("start", "train", {"schedule": {"kind": "finish"}})
    assert ledger.newest("finish") is None


def test_newest_looks_at_the_seal_of_its_own_line_only(ledger):
    ledger.append("finish", "run", {"steps": 5})
    damaged = ledger.path.read_bytes().replace(b"stage-0", b"stage-9")
    ledger.path.write_bytes(damaged)
    assert ledger.newest("finish").facts == {"steps": 5}
    ledger.path.write_bytes(damaged.replace(b'"steps":5', b'"steps":6'))
    with pytest.raises(LedgerError, match="line 4 was changed"):
        ledger.newest("finish")


def test_facts_are_read_in_order_without_a_look_at_seals(ledger):
    assert list(ledger.subjects_and_facts()) == [("stage", e.subject, e.facts) for e in ledger.entries()]
    ledger.path.write_bytes(ledger.path.read_bytes() + b"[]\n")
    with pytest.raises(LedgerError, match="line 4 is not a ledger entry"):
        list(ledger.subjects_and_facts())


def test_a_ledger_that_is_not_there_is_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        Ledger(tmp_path / "ledger.jsonl").entries()


@pytest.mark.parametrize("flip", [1, 4, 32, 128])
def test_a_flip_in_any_byte_is_noticed(ledger, flip):
    whole = ledger.path.read_bytes()
    for position in range(len(whole) - 1):
        damaged = bytearray(whole)
        damaged[position] ^= flip
        ledger.path.write_bytes(damaged)
        with pytest.raises(LedgerError, match=r"ledger.jsonl, line \d"):
            ledger.entries()
    # The last line feed closes the last line: without it that line is torn, which a reader leaves out.
    ledger.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ flip]))
    assert len(ledger.entries()) == 2


def test_a_removed_or_inserted_byte_is_noticed(ledger):
    whole = ledger.path.read_bytes()
    for position in range(0, len(whole) - 1, 3):
        for damaged in (whole[:position] + whole[position + 1 :], whole[:position] + b" " + whole[position:]):
            ledger.path.write_bytes(damaged)
            with pytest.raises(LedgerError):
                ledger.entries()


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda values: json.dumps(values),
        lambda values: json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True),
        lambda values: json.dumps(values, separators=(",", ":"), ensure_ascii=False)[:-1] + ',"seq":1}',
        lambda values: json.dumps(dict(reversed(values.items())), separators=(",", ":"), ensure_ascii=False),
    ],
    ids=["white space", "escapes", "a key twice", "order"],
)
def test_the_same_values_in_other_bytes_are_noticed(ledger, rewrite):
    lines = ledger.path.read_text(encoding="utf-8").splitlines()
    lines[2] = rewrite(json.loads(lines[2]))
    ledger.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(LedgerError, match="line 3"):
        ledger.entries()


@pytest.mark.parametrize("order", [[1, 2], [0, 2], [1, 0, 2], [0, 0, 1, 2], [0, 1, 1, 2]])
def test_lines_taken_out_doubled_or_swapped_are_noticed(ledger, order):
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[index] for index in order))
    with pytest.raises(LedgerError, match="does not follow the line before it"):
        ledger.entries()


def test_a_line_of_another_ledger_is_noticed(ledger, tmp_path):
    other = Ledger(tmp_path / "other/ledger.jsonl")
    for number in range(3):
        other.append("stage", f"stage-{number}", {})
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:2]) + other.path.read_bytes().splitlines(keepends=True)[2])
    with pytest.raises(LedgerError, match="line 3 does not follow"):
        ledger.entries()


def test_a_torn_last_line_is_left_out_and_repaired_at_every_cut(ledger):
    whole = ledger.path.read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    for cut in range(start, len(whole)):
        ledger.path.write_bytes(whole[:cut])
        assert len(ledger.entries()) == 2
        ledger.append("resume", "train", {"step": cut})
        entries = ledger.entries()
        assert [entry.seq for entry in entries] == [0, 1, 2]
        assert entries[-1].facts == {"step": cut}
        assert ledger.path.read_bytes().startswith(whole[:start])


def test_a_torn_only_line_is_repaired(ledger):
    ledger.path.write_bytes(ledger.path.read_bytes()[:40])
    assert ledger.append("recipe", "recipe.yaml", {}).seq == 0
    assert len(ledger.entries()) == 1


@pytest.mark.parametrize("length", [10, 65_500, 65_536, 70_000, 200_000])
def test_lines_longer_than_one_read_are_followed_and_repaired(tmp_path, length):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append("stage", "long", {"filler": "x" * length})
    ledger.append("stage", "long", {"filler": "y" * length})
    with open(ledger.path, "ab") as file:
        file.write(b"z" * length)
    ledger.append("stage", "short", {})
    assert [entry.seq for entry in ledger.entries()] == [0, 1, 2]


def test_a_damaged_last_line_stops_further_writing(ledger):
    damaged = ledger.path.read_bytes().replace(b"stage-2", b"stage-3")
    ledger.path.write_bytes(damaged)
    with pytest.raises(LedgerError, match="last line was changed"):
        ledger.append("finish", "train", {})
    assert ledger.path.read_bytes() == damaged


@pytest.mark.parametrize(
    "facts", [{"loss": float("nan")}, {"path": os}, {"big": 2**60}, {5: "a"}, {"text": "\ud800"}]
)
def test_facts_that_are_not_plain_are_refused_and_nothing_is_written(ledger, facts):
    before = ledger.path.read_bytes()
    with pytest.raises(ValueError):
        ledger.append("stage", "corpus", facts)
    assert ledger.path.read_bytes() == before
    fresh = Ledger(ledger.path.with_name("fresh.jsonl"))
    with pytest.raises(ValueError):
        fresh.append("stage", "corpus", facts)
    assert not fresh.path.exists()


def test_an_unknown_kind_is_refused(ledger):
    with pytest.raises(ValueError, match="'checkpiont' is no kind of ledger entry.*checkpoint"):
        ledger.append("checkpiont", "x", {})
    assert len(ledger.entries()) == 3


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    facts=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), PLAIN, max_size=4)
)
def test_any_plain_facts_come_back(tmp_path_factory, facts):
    ledger = Ledger(tmp_path_factory.mktemp("run") / "ledger.jsonl")
    ledger.append("stage", "x", facts)
    ledger.append("stage", "y", {})
    assert ledger.entries()[0].facts == facts


APPEND = """
import sys
from pathlib import Path
from soofi.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    ledger.append("stage", sys.argv[2], {"number": number, "filler": "x" * 300})
"""


def test_two_processes_at_once_keep_the_chain_whole(tmp_path, start_python):
    path = tmp_path / "ledger.jsonl"
    writers = [start_python(APPEND, path, name, 50) for name in ("one", "two")]
    for writer in writers:
        assert writer.communicate(timeout=60)[1] == ""
        assert writer.returncode == 0
    entries = Ledger(path).entries()
    assert len(entries) == 100
    for name in ("one", "two"):
        assert [entry.facts["number"] for entry in entries if entry.subject == name] == list(range(50))


def test_a_writer_killed_at_any_time_leaves_a_chain_that_goes_on(tmp_path, start_python):
    path = tmp_path / "ledger.jsonl"
    kept = 0
    for attempt in range(5):
        writer = start_python(APPEND, path, f"writer-{attempt}", 1_000_000)
        assert writer.stdout.readline() == "ready\n"
        enough = 0 if not path.exists() else path.stat().st_size
        while not path.exists() or path.stat().st_size < enough + 2000 * (attempt + 1):
            assert writer.poll() is None
            time.sleep(0.001)
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=60)
        writer.communicate()
        entries = Ledger(path).entries()  # nothing but whole lines, nothing lost that was there before
        assert len(entries) > kept
        Ledger(path).append("resume", "train", {"attempt": attempt})
        kept = len(Ledger(path).entries())
        assert path.read_bytes().endswith(b"\n")
