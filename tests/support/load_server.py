"""A server under load, and what its workers have cost so far."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from forking_servers import running_server

KIND, WORKERS = "gunicorn gthread", 2


class LoadServer(NamedTuple):
    process: subprocess.Popen
    port: int

    def spent(self):
        """Processor time of all its workers so far, in seconds."""
        # The clock of another process, as clock_getcpuclockid(3) names it.
        return sum(time.clock_gettime(~each << 3 | 2) for each in self.workers())

    def workers(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]


@contextmanager
def load_server(*told):
    """Serves what `load_app` builds of `told`."""
    with running_server(KIND, f"load_app:build{told}", WORKERS) as found:
        yield LoadServer(*found)
