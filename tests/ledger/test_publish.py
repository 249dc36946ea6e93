"""Writes that a crash cannot leave half done, with real processes that really die."""

import json
import os

import pytest

from soofi.ledger import (
    PARTIAL,
    publish,
    publish_directory,
    publish_file,
    remove_partial,
    write_json,
    write_text,
)

NAMES = ["a.txt", "b.txt", "inner/c.txt"]


def make(folder, word):
    """Write a directory's files; every one holds `word`."""
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word, encoding="utf-8")


def words(folder):
    """What the files of a published directory say, in a fixed order."""
    return [(folder / name).read_text(encoding="utf-8") for name in NAMES]


def partials(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(PARTIAL)]


class Failure(Exception):
    pass


def test_a_file_is_there_only_when_it_is_whole(tmp_path):
    path = tmp_path / "deep/er/figure.json"
    with publish_file(path) as partial:
        partial.write_text("half", encoding="utf-8")
        assert not path.exists()
        assert partial.parent == path.parent  # a rename must not cross file systems
    assert path.read_text(encoding="utf-8") == "half"
    assert partials(path.parent) == []


def test_a_failed_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "figure.json"
    write_text(path, "old")
    with pytest.raises(Failure), publish_file(path) as partial:
        partial.write_text("half", encoding="utf-8")
        raise Failure
    assert path.read_text(encoding="utf-8") == "old"
    assert partials(tmp_path) == []


def test_what_an_interrupted_writer_of_a_file_left_is_not_written_on(tmp_path):
    path = tmp_path / "log.txt"
    (tmp_path / f"{PARTIAL}log.txt").write_text("stale", encoding="utf-8")
    with publish_file(path) as partial:
        assert not partial.exists()
        with open(partial, "a", encoding="utf-8") as file:
            file.write("new")
    assert path.read_text(encoding="utf-8") == "new"


def test_two_processes_write_the_same_side_by_side(tmp_path, start_python):
    """At every instant what is published is whole, though both write under the same name, and a third was killed."""
    writer = """
import sys, time
from pathlib import Path
from soofi.ledger import publish_directory, publish_file, write_beside_others
path, go = map(Path, sys.argv[1:])
write_beside_others()
with publish_directory(path / "shards") as directory, publish_file(path / "file") as file:
    (directory / "a").write_text("a")
    file.write_text("half, ")
    print("begun", flush=True)
    while not go.exists():
        time.sleep(0.01)
    (directory / "b").write_text("b")
    file.write_text("whole")
"""
    processes = [start_python(writer, tmp_path, tmp_path / f"go-{number}") for number in range(3)]
    for process in processes:
        assert process.stdout.readline() == "begun\n"
    processes[2].kill()
    processes[2].communicate()
    assert len(partials(tmp_path)) == 6
    for number, process in enumerate(processes[:2]):
        (tmp_path / f"go-{number}").touch()
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
        assert sorted(file.name for file in (tmp_path / "shards").iterdir()) == ["a", "b"]
        assert (tmp_path / "file").read_text() == "whole"
    assert len(partials(tmp_path)) == 2
    remove_partial(tmp_path)
    assert partials(tmp_path) == []


def test_equal_values_are_equal_bytes(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": ["ß"]})
    write_json(tmp_path / "b.json", {"a": ["ß"], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"a": ["ß"], "b": 1}


@pytest.fixture(params=["exchange", "two renames"])
def renaming(request, monkeypatch):
    """Both ways to replace a directory; file systems without an exchange of names are played by refusing it."""
    if request.param == "two renames":
        monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    return request.param


def test_a_directory_is_replaced_as_a_whole(tmp_path, renaming):
    path = tmp_path / "runs/corpus"
    for word in ("old", "new", "newer"):
        with publish_directory(path) as partial:
            make(partial, word)
            (partial / f"only-{word}").touch()
            assert list(partial.parent.glob(f"only-{word}")) == []
        assert words(path) == [word] * 3
        assert [name.name for name in path.glob("only-*")] == [f"only-{word}"]
        assert partials(path.parent) == []


def test_a_failed_writer_leaves_the_old_directory(tmp_path, renaming):
    path = tmp_path / "corpus"
    with publish_directory(path) as partial:
        make(partial, "old")
    with pytest.raises(Failure), publish_directory(path) as partial:
        (partial / "a.txt").write_text("half", encoding="utf-8")
        raise Failure
    assert words(path) == ["old"] * 3
    with publish_directory(path) as partial:
        assert list(partial.iterdir()) == []
        make(partial, "new")
    assert words(path) == ["new"] * 3
    assert partials(tmp_path) == []


def test_the_only_copy_that_is_left_is_put_back(tmp_path):
    """Killed between two renames: the old directory waits under a partial name and must not be removed."""
    make(tmp_path / f"{PARTIAL}replaced-corpus", "old")
    make(tmp_path / f"{PARTIAL}corpus", "half")
    with pytest.raises(Failure), publish_directory(tmp_path / "corpus") as partial:
        assert list(partial.iterdir()) == []
        raise Failure
    assert words(tmp_path / "corpus") == ["old"] * 3


def test_everything_is_on_the_disk_before_the_name_changes(tmp_path, monkeypatch):
    """A power cut after the rename must not find files whose bytes never arrived: order of the real system calls."""
    calls = []
    real = {name: getattr(os, name) for name in ("fsync", "replace", "rename")}

    def fsync(descriptor):
        calls.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))
        real["fsync"](descriptor)

    def rename(kind):
        def call(source, target):
            calls.append((kind, os.path.basename(target)))
            real[kind](source, target)

        return call

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename("rename"))
    monkeypatch.setattr(os, "replace", rename("replace"))
    write_text(tmp_path / "one/latest", "x")
    assert calls == [("fsync", f"{PARTIAL}latest"), ("replace", "latest"), ("fsync", "one")]
    calls.clear()
    with publish_directory(tmp_path / "two/corpus") as partial:
        make(partial, "new")
    at = calls.index(("rename", "corpus"))
    flushed = {name for kind, name in calls[:at] if kind == "fsync"}
    assert flushed == {"a.txt", "b.txt", "c.txt", "inner", f"{PARTIAL}corpus"}
    assert ("fsync", "two") in calls[at:]


# Writers that replace something old: the first dies by SIGKILL at the first system call that publishing makes, the second
# at the next, and so on until one lives to the end. Each is a process of its own (forked, for speed) and has a folder of
# its own. Prints how many died.
DIE = """
import itertools, os, signal, sys
from pathlib import Path
from soofi.ledger import publish

kind, root, exchange = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "exchange"
calls, die_at = 0, 0

def dying(call):
    def wrapped(*arguments, **keywords):
        step()
        result = call(*arguments, **keywords)
        step()
        return result
    return wrapped

def step():
    global calls
    calls += 1
    if calls == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

def write(path, word):
    with open(path, "w") as file:
        dying(file.write)(word)
        dying(file.flush)()

def publish_word(folder, word):
    if kind == "file":
        with publish.publish_file(folder / "a.txt") as partial:
            write(partial, word)
    else:
        with publish.publish_directory(folder / "corpus") as partial:
            (partial / "inner").mkdir()
            for name in ("a.txt", "b.txt", "inner/c.txt"):
                write(partial / name, word)

for number in itertools.count(1):
    folder = root / str(number)
    publish_word(folder, "old")
    child = os.fork()
    if not child:
        for name in ("open", "fsync", "rename", "replace", "mkdir", "unlink", "rmdir"):
            setattr(os, name, dying(getattr(os, name)))
        publish._exchange = dying(publish._exchange) if exchange else lambda one, other: False
        calls, die_at = 0, number
        publish_word(folder, "new")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
print(number - 1)
"""


def die_everywhere(start_python, *arguments):
    """Run DIE; returns how many writers died."""
    out, problems = start_python(DIE, *arguments).communicate(timeout=60)
    assert problems == ""
    return int(out)


def test_a_writer_of_a_file_may_die_anywhere(tmp_path, start_python):
    deaths = die_everywhere(start_python, "file", tmp_path, "exchange")
    assert deaths >= 8
    contents = []
    for number in range(1, deaths + 2):
        path = tmp_path / str(number) / "a.txt"
        contents.append(path.read_text(encoding="utf-8"))
        write_text(path, "next")
        assert [path.name for path in path.parent.iterdir()] == ["a.txt"]
    assert contents == sorted(contents, reverse=True)  # old up to some instant, new from it on
    assert set(contents) == {"old", "new"}


@pytest.mark.parametrize("renaming", ["exchange", "two renames"])
def test_a_writer_of_a_directory_may_die_anywhere(tmp_path, start_python, renaming):
    if renaming == "exchange" and not _can_exchange(tmp_path):
        pytest.skip("this file system cannot exchange two names")
    deaths = die_everywhere(start_python, "directory", tmp_path, renaming)
    assert deaths >= 30
    contents = []
    for number in range(1, deaths + 2):
        folder = tmp_path / str(number)
        if renaming == "exchange":
            assert len(set(words(folder / "corpus"))) == 1, "neither the old nor the new directory"
        with pytest.raises(Failure), publish_directory(folder / "corpus"):
            raise Failure  # the next writer has cleaned up, and fails before it has written anything
        (content,) = set(words(folder / "corpus"))
        contents.append(content)
        with publish_directory(folder / "corpus") as partial:
            make(partial, "next")
        assert words(folder / "corpus") == ["next"] * 3
        assert [path.name for path in folder.iterdir()] == ["corpus"]
    assert contents == sorted(contents, reverse=True)
    assert set(contents) == {"old", "new"}


def _can_exchange(folder):
    one, other = folder / "one", folder / "other"
    one.mkdir()
    other.mkdir()
    return publish._exchange(one, other)
