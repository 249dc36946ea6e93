"""A real Slurm with several nodes on this machine: own munge, own ports, own directory; no systemd, no accounting.

Every node is a slurmd of its own on the same host. The GPUs are null devices: Slurm counts and hands them out, nothing
computes on them.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
DAEMONS = ("slurmctld", "slurmd", "munged", "sbatch")
GPUS = 2
NODES = {"c1": "", "c2": "", "g1": f"Gres=gpu:{GPUS}", "g2": f"Gres=gpu:{GPUS}"}
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE")


class NoSlurm(RuntimeError):
    """Slurm cannot be had here; the message says why."""


def install_slurm() -> None:
    """Have Debian's packages installed; NoSlurm where that cannot be."""
    if os.geteuid() != 0:
        raise NoSlurm("Slurm's daemons need root to start jobs")
    if all(shutil.which(name) for name in DAEMONS):
        return
    if not shutil.which("apt-get"):
        raise NoSlurm(f"{' and '.join(PACKAGES)} are not installed and there is no apt-get to install them")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NoSlurm(f"apt-get {command[0]} failed: {done.stderr.strip()}")


class Cluster:
    """A running Slurm, which commands find by SLURM_CONF.

    Partition `cpu`, the default, has the nodes c1 and c2; partition `gpu` has g1 and g2 with two pretended GPUs each.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        self.environment = {
            # Of a Slurm that these tests may themselves run in, nothing is left.
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))},
            "SLURM_CONF": str(directory / "slurm.conf"),
        }
        self._daemons: list[subprocess.Popen] = []

    def start(self) -> None:
        """Bring it up and wait until every node is idle; RuntimeError with the daemons' logs if that does not come."""
        directory = self.directory
        directory.mkdir(parents=True)
        key = directory / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        for number in range(GPUS):
            os.mknod(directory / f"gpu{number}", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        (directory / "cgroup.conf").write_text("ConstrainCores=no\n")
        (directory / "gres.conf").write_text(f"NodeName=g[1-2] Name=gpu File={directory}/gpu[0-{GPUS - 1}]\n")
        (directory / "slurm.conf").write_text(self._configuration())
        # --force: directories of tests are closed to other users, which munged warns of.
        munge = ["munged", "--foreground", "--force", f"--socket={directory}/munge.socket"]
        munge += [f"--{part}-file={directory}/munge.{part}" for part in ("key", "pid", "log", "seed")]
        self._daemon("munged", munge)
        self.wait_until((directory / "munge.socket").exists, "munged")
        self._daemon("slurmctld", ["slurmctld", "-D"])
        self.wait_until(lambda: "is UP" in self._try("scontrol", "ping"), "slurmctld")
        for name in NODES:
            self._daemon(name, ["slurmd", "-D", "-N", name])
        idle = ["idle"] * len(NODES)
        self.wait_until(lambda: self._try("sinfo", "-hN", "-o", "%T").split() == idle, "nodes")

    def stop(self) -> None:
        """End all jobs and every daemon, the controller before munge."""
        self._try("scancel", "--state=RUNNING")
        self._try("scancel", "--state=PENDING")
        with suppress(RuntimeError):
            self.wait_until(lambda: not self._try("squeue", "-h"), "end of jobs", seconds=40)
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def command(self, *arguments: object, cwd: Path | None = None, **environment: str) -> str:
        """Run one of Slurm's commands and return what it prints; RuntimeError if it fails."""
        done = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=cwd,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def job(self, number: str) -> dict[str, str]:
        """What the controller says of a job, such as JobState, ExitCode and Restarts."""
        words = self.command("scontrol", "--oneliner", "show", "job", number).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait_for_end(self, number: str) -> str:
        """Wait until a job has ended for good; returns its state."""
        self.wait_until(lambda: self.job(number)["JobState"] in ENDED, f"end of job {number}", seconds=240)
        return self.job(number)["JobState"]

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Return when the condition holds; RuntimeError with the daemons' logs when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                logs = [f"{path.name}: {path.read_text()[-2000:]}" for path in self.directory.glob("*.log")]
                raise RuntimeError("\n".join([f"no {what} within {seconds} s", *logs]))
            time.sleep(0.1)

    def _daemon(self, name: str, command: Sequence[str]) -> None:
        with open(self.directory / f"{name}.out.log", "wb") as log:
            # A session of its own: Ctrl-C on the tests lets `stop` end the jobs first.
            self._daemons.append(
                subprocess.Popen(
                    command, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    def _try(self, *arguments: str) -> str:
        with suppress(RuntimeError):
            return self.command(*arguments)
        return ""

    def _configuration(self) -> str:
        directory, host = self.directory, socket.gethostname().partition(".")[0]
        controller, *ports = _free_ports(1 + len(NODES))
        nodes = [
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 {gpus}"
            for (name, gpus), port in zip(NODES.items(), ports, strict=True)
        ]
        settings = {
            "ClusterName": "test",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmctldPort": controller,
            "SlurmUser": "root",
            "AuthType": "auth/munge",
            "AuthInfo": f"socket={directory}/munge.socket",
            "CredType": "cred/munge",
            "StateSaveLocation": f"{directory}/state",
            "SlurmdSpoolDir": f"{directory}/spool.%n",
            "SlurmctldPidFile": f"{directory}/slurmctld.pid",
            "SlurmdPidFile": f"{directory}/%n.pid",
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core",
            "SchedulerParameters": "sched_interval=2,batch_sched_delay=0",
            "SlurmdParameters": "config_overrides",  # more cores in all than the machine has
            "GresTypes": "gpu",
            "MpiDefault": "none",
            "MinJobAge": 3600,  # ended jobs can still be asked after
            "ReturnToService": 2,
            "MailProg": "/bin/true",
            "AccountingStorageType": "accounting_storage/none",
        }
        lines = [f"{name}={value}" for name, value in settings.items()]
        lines += [*nodes, "PartitionName=cpu Nodes=c[1-2] Default=YES", "PartitionName=gpu Nodes=g[1-2]"]
        return "\n".join(lines) + "\n"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
