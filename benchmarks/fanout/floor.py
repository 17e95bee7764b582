"""The lower bound: a C server that only writes. It gets events by a pipe, cheaper than Redis."""

import subprocess

from benchmarks.fanout.c_programs import compile_program
from benchmarks.fanout.processes import SERVER_CORE, Pinned
from benchmarks.fanout.server import Server, make_data


class WriteOnly(Server):
    name = "C, write() only"

    def start(self) -> None:
        command = [str(compile_program("write_only")), str(self.port)]
        self.process = Pinned(command, SERVER_CORE, pipes=True)
        self.wait_ready()

    def publish(self, version: int, at: str) -> None:
        process: subprocess.Popen[bytes] = self.process.process
        assert process.stdin is not None
        process.stdin.write(f"{version} {make_data(version, at, self.data_bytes)}\n".encode())
        process.stdin.flush()
