"""How much processor time processes have used, from /proc: what ended is told before it is reaped."""

import os
import pathlib
import select
import signal
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def times(pid: int) -> tuple[float, float]:
    """Seconds of a process with all of its threads, also of a dead one not yet reaped, and of children that it has reaped."""
    try:
        # The name, which ends with the last parenthesis, may have any sign in it.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    user, system, children_user, children_system = map(int, fields[11:15])
    return (user + system) / TICKS, (children_user + children_system) / TICKS


def of_process(pid: int) -> float:
    return times(pid)[0]


def of_family(pid: int) -> float:
    """Seconds of a process and of all its children, those that have ended too."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(times(pid)) + sum(of_process(int(child)) for child in children)


def has_ended(process: subprocess.Popen) -> bool:
    """Whether a process of ours has ended; it is not reaped."""
    return process.returncode is not None or (
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None)


def end(process: subprocess.Popen, number: int = signal.SIGKILL, patience: float = 30) -> float:
    """Ends a process of ours with a signal, by force if that takes too long; all the seconds that it has used."""
    # Nobody else reaps it, so the number is no other process's.
    os.kill(process.pid, number)
    watch = os.pidfd_open(process.pid)
    try:
        # Popen's own waiting would reap it, and its times with it.
        if not select.select([watch], [], [], patience)[0]:
            os.kill(process.pid, signal.SIGKILL)
            select.select([watch], [], [])
    finally:
        os.close(watch)
    used = of_process(process.pid)
    process.wait()
    return used
