"""What a person sees: 80 columns, plain lines where there is no terminal, no library's words, as much as was asked for."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import copy_before

ESCAPE = "\x1b"


def on_a_terminal(command: list[str], **environment: str) -> tuple[int, str]:
    """Run a command on a terminal of its own, 80 columns wide; returns its exit code and what the terminal was sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **environment},
    )
    os.close(theirs)
    said = b""
    try:
        while select.select([ours], [], [], 200)[0]:
            said += os.read(ours, 1 << 16)
    except OSError:  # the other end was closed
        pass
    os.close(ours)
    return process.wait(60), said.decode(errors="replace")


def soofi_command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "soofi", *map(str, arguments)]


def test_what_a_finished_run_prints_fits_80_columns(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished.directory, tmp_path / "smoke")
    done = soofi("run", smoke_recipe, f"run_root={tmp_path}")
    assert "unchanged, skipped" in done.stdout
    for output, directory in ((finished.output, finished.directory), (done.stdout, run)):
        for line in output.splitlines():
            # A path stands alone on its line and is never broken.
            assert len(line) <= 80 or line.strip().startswith(str(directory)), line
            assert " " not in line.strip() or len(line) <= 80, line
        assert ESCAPE not in output


def test_help_fits_any_terminal_and_knows_no_colours_where_there_are_none(soofi) -> None:
    for columns in ("40", "80"):
        for arguments in (["--help"], ["run", "--help"], ["train", "--help"]):
            done = soofi(*arguments, COLUMNS=columns, TERM="dumb")
            assert done.returncode == 0
            assert max(map(len, done.stdout.splitlines())) <= max(int(columns), 50)
            assert done.stdout.startswith("Usage: soofi ")
            assert ESCAPE not in done.stdout


def test_without_a_locale_nothing_breaks(finished, soofi) -> None:
    """Greek and Polish letters on a machine that says LANG=C, and even where Python was told to stay with ASCII; a text begun
    from a prompt, and from nothing."""
    for prompt, environment in (
        ("", {"LANG": "C", "LC_ALL": "C"}),
        ("a", {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    ):
        done = soofi(
            "generate",
            finished.directory,
            "--prompt",
            prompt,
            "--new-tokens",
            30,
            PYTHONIOENCODING="",
            **environment,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().startswith(prompt) and len(done.stdout.strip()) > len(prompt)


def test_a_bar_on_a_terminal_and_plain_lines_elsewhere(
    finished, untrained: Path, smoke_recipe: Path, tmp_path: Path
) -> None:
    short = ["stages.0.tokens=10240", "train.schedule={warmup_tokens: 1024, decay_tokens: 2048}"]
    code, said = on_a_terminal(soofi_command("train", smoke_recipe, f"run_root={untrained.parent}", *short))
    assert code == 0, said
    assert "━" in said
    assert "step 10/10" in said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l"), "the cursor stays hidden"
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)
    assert "Warning" not in plain and "WARNING" not in plain
    assert all(len(line) <= 80 for part in plain.splitlines() for line in part.split("\r")), plain


def test_quiet_says_only_the_result_and_verbose_more(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    said = {}
    for option in ("--quiet", "--verbose"):
        run = tmp_path / option.strip("-") / "smoke"
        copy_before(finished.directory, run, "evaluate")
        done = soofi("run", smoke_recipe, f"run_root={run.parent}", option)
        assert done.returncode == 0, done.stderr
        assert "Held-out text" in done.stdout
        said[option] = done.stderr
    assert said["--quiet"] == ""
    assert "evaluate: " in said["--verbose"]
    broken = soofi("run", smoke_recipe, "seed=many", "--verbose")
    assert broken.returncode == 2
    assert "Traceback" in broken.stderr
    assert broken.stderr.splitlines()[-1].startswith("soofi: ")


NOISY = """
import logging, sys, warnings
from soofi.cli.library_log import hold_library_messages, log_libraries
from pathlib import Path
hold_library_messages()
warnings.warn("too early for a run", FutureWarning)
log_libraries(Path(sys.argv[1]) / "logs/libraries.log", verbose=len(sys.argv) > 2)
logging.getLogger("matplotlib").warning("a temporary cache directory")
"""


def test_what_libraries_say_goes_to_the_runs_log(start_python, tmp_path: Path) -> None:
    words = ("too early for a run", "a temporary cache directory")
    quiet = start_python(NOISY, tmp_path)
    assert quiet.communicate(timeout=60) == ("", "")
    log = (tmp_path / "logs/libraries.log").read_text()
    assert all(word in log for word in words)
    verbose = start_python(NOISY, tmp_path, "verbose")
    assert all(word in verbose.communicate(timeout=60)[1] for word in words)
    # Where no run was begun, none is made for the sake of a warning.
    nowhere = start_python(NOISY, tmp_path / "no run")
    assert nowhere.communicate(timeout=60) == ("", "")
    assert not (tmp_path / "no run").exists()


def test_a_shell_gets_its_completion_script() -> None:
    # The shell is known from the process that asks; the second command keeps it from being replaced by the first.
    command = f'"{sys.executable}" -m soofi --show-completion; true'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert "_SOOFI_COMPLETE=complete_bash" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1].endswith(" soofi")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    """Asked with the variables that the script sets."""
    asked = {
        "bash": {"COMP_WORDS": "soofi t", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "soofi t"},
        "fish": {"_TYPER_COMPLETE_ARGS": "soofi t", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = subprocess.run(
        [sys.executable, "-m", "soofi"],
        env={**os.environ, "_SOOFI_COMPLETE": f"complete_{shell}", **asked},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert all(command in done.stdout for command in ("train", "tokenizer", "tokens")), done
    assert "export" not in done.stdout.split()
