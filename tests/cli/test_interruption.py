"""Ctrl-C and SIGTERM wherever they come: one sentence, the exit code, never a trace."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

SENTENCES = {
    signal.SIGINT: "soofi: interrupted; the same command goes on where it stopped\n",
    signal.SIGTERM: "soofi: ended by SIGTERM; the same command goes on where it stopped\n",
}

BEGINNING = """
import os, signal, sys, time
from soofi.cli.interruption import catch_interruptions, told_of_interruptions
number = int(sys.argv[1])
def interrupt():
    os.kill(os.getpid(), number)
    time.sleep(0.01)
catch_interruptions()
with told_of_interruptions():
"""

PLACES = {
    "ordinary code": """
    try:
        interrupt()
        print("went on")
    finally:
        print("tidied up")
""",
    "an import that swallows everything": """
    sys.path.insert(0, sys.argv[2])
    import swallows
    print("went on")
""",
    "a finaliser": """
    class Held:
        def __del__(self):
            interrupt()
    held = Held()
    del held
    print("went on")
""",
    "a callback of the garbage collector": """
    import gc
    gc.callbacks.append(lambda phase, info: interrupt())
    gc.collect()
    print("went on")
""",
    "a library that makes another error of it": """
    try:
        interrupt()
    except BaseException:
        raise RuntimeError("a worker died")
""",
    "the cleaning up after a first one": """
    try:
        interrupt()
    finally:
        interrupt()
        print("went on")
""",
}


@pytest.mark.parametrize("number", list(SENTENCES), ids=lambda number: number.name)
@pytest.mark.parametrize("place", PLACES)
def test_it_ends_with_its_sentence(start_python, tmp_path: Path, place: str, number: signal.Signals) -> None:
    (tmp_path / "swallows.py").write_text(
        "import __main__\ntry:\n    __main__.interrupt()\nexcept BaseException:\n    pass\n"
    )
    process = start_python(BEGINNING + PLACES[place], int(number), tmp_path)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + number, SENTENCES[number])
    assert output == ("tidied up\n" if place == "ordinary code" else "")


@pytest.mark.parametrize("number", list(SENTENCES), ids=lambda number: number.name)
def test_it_does_so_while_an_error_is_told(start_python, number: signal.Signals) -> None:
    """As it comes to a rank that lost another one, and is ended because that one failed."""
    process = start_python(
        """
import os, sys, time
import soofi.cli
from soofi.cli import application
def fail(**options):
    raise ValueError("a mistake")
def is_ours(error):
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(0.01)
application.app, application._is_ours = fail, is_ours
soofi.cli.main()
""",
        int(number),
    )
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (128 + number, "", SENTENCES[number])


def test_it_does_so_before_the_command_line_is_loaded(start_python) -> None:
    """Loading it takes a while, in which a person may think better of a command."""
    code = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from soofi.cli import main
main()
"""
    process = start_python(code)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, "", SENTENCES[signal.SIGINT])


def test_of_several_ranks_the_first_tells(start_python, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    process = start_python(BEGINNING + PLACES["ordinary code"], int(signal.SIGTERM))
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (143, "")


def test_other_errors_of_finalisers_are_shown_as_ever(start_python) -> None:
    code = (
        BEGINNING
        + "    class Held:\n        def __del__(self):\n            raise ValueError(5)\n    Held()\n"
    )
    process = start_python(code, int(signal.SIGINT))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "ValueError: 5" in errors


def test_a_finished_command_ends_as_any_other(tmp_path: Path) -> None:
    """When the work is done, nothing is left that the same command could go on with."""
    code = """
import atexit, os, signal, sys
atexit.register(os.kill, os.getpid(), signal.SIGTERM)
sys.argv[1:] = ["--help"]
from soofi.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
