"""One writer for a run directory."""

import signal
from pathlib import Path

import pytest

from soofi.ledger import lock_run

HOLD = """
import sys, time
from pathlib import Path
from soofi.ledger import lock_run
with lock_run(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_by_name_of_the_first(start_python, tmp_path: Path) -> None:
    holder = start_python(HOLD, tmp_path / "run")
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ValueError, match=f"process {holder.pid}"), lock_run(tmp_path / "run"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lock_run(tmp_path / "run"):
        pass  # the dead hold nothing


def test_what_the_holder_starts_may_enter(start_python, tmp_path: Path) -> None:
    with lock_run(tmp_path):
        child = start_python(HOLD.replace("time.sleep(60)", "pass"), tmp_path)
        assert child.communicate()[0] == "held\n"
    other = start_python(HOLD.replace("time.sleep(60)", "pass"), tmp_path)
    assert other.communicate()[0] == "held\n"


def test_runs_do_not_hold_one_another(tmp_path: Path) -> None:
    with lock_run(tmp_path / "one"), lock_run(tmp_path / "two"):
        pass
