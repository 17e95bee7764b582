"""Pushpin: a proxy that holds streams open (GRIP) and is published to by HTTP POST."""

import http.client
import json
import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.fanout.processes import SERVER_CORE, Pinned
from benchmarks.fanout.server import Server, make_data
from tests.conftest import free_port

_DEFAULTS = Path("/etc/pushpin/pushpin.conf")
_INTERNAL = Path("/usr/lib/pushpin/internal.conf")


class _Backend(BaseHTTPRequestHandler):
    """Tells Pushpin to hold every request as a stream of the channel `board`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", "0")
        self.send_header("Grip-Hold", "stream")
        self.send_header("Grip-Channel", "board")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _BackendServer(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


class Pushpin(Server):
    name = "Pushpin"

    @classmethod
    def missing(cls) -> str | None:
        wanted = ("pushpin", "condure", "zurl")
        if all(map(shutil.which, wanted)) and _DEFAULTS.exists() and _INTERNAL.exists():
            return None
        return "apt install pushpin"

    def start(self) -> None:
        self._backend = _BackendServer(("127.0.0.1", 0), _Backend)
        threading.Thread(target=self._backend.serve_forever, daemon=True).start()
        self._publish_port = free_port()
        # zurl makes the requests to the backend; none is made while frames are counted.
        self._zurl = Pinned(
            ["zurl", f"--config={self._write_zurl()}"], SERVER_CORE, log=self.folder / "zurl.log"
        )
        self.spawn(["pushpin", f"--config={self._write_configuration()}", "-m"])
        time.sleep(1)  # its parts find each other
        self._connection = http.client.HTTPConnection("127.0.0.1", self._publish_port, timeout=10)

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "_zurl"):
            self._zurl.terminate()
        if hasattr(self, "_backend"):
            self._backend.shutdown()
            self._backend.server_close()

    def publish(self, version: int, at: str) -> None:
        data = make_data(version, at, self.data_bytes)
        content = f"event: update\nid: 9f2c4be01d7a6e35-{version}\ndata: {data}\n\n"
        item = {"channel": "board", "formats": {"http-stream": {"content": content}}}
        body = json.dumps({"items": [item]})
        self._connection.request("POST", "/publish/", body)
        response = self._connection.getresponse()
        response.read()
        if response.status != 200:
            raise OSError(f"Pushpin answered a publish with {response.status}")

    def _write_zurl(self) -> Path:
        text = Path("/etc/zurl.conf").read_text()
        text = text.replace("/var/run/zurl", str(self.folder)).replace("deny=127.*", "deny=#")
        path = self.folder / "zurl.conf"
        path.write_text(text)
        return path

    def _write_configuration(self) -> Path:
        """Return the package's own configuration with ports, folders and no limit of messages."""
        internal = self.folder / "internal.conf"
        internal.write_text(_INTERNAL.read_text().replace("/var/run/zurl", str(self.folder)))
        settings = {
            "include": str(internal),
            "rundir": str(self.folder),
            "logdir": str(self.folder),
            "http_port": f"127.0.0.1:{self.port}",
            "push_in_spec": f"ipc://{self.folder}/push-in",
            "push_in_sub_specs": f"ipc://{self.folder}/push-in-sub",
            "command_spec": f"ipc://{self.folder}/command",
            "push_in_http_port": str(self._publish_port),
            "client_maxconn": "9000",
            # By default 2,500 a second: four clients' worth of frames here.
            "message_rate": "1000000",
            "message_hwm": "1000000",
            "stats_connection_send": "false",
        }
        lines = []
        for line in _DEFAULTS.read_text().splitlines():
            field = line.partition("=")[0].strip()
            lines.append(f"{field}={settings[field]}" if field in settings else line)
        path = self.folder / "pushpin.conf"
        path.write_text("\n".join(lines) + "\n")
        (self.folder / "routes").write_text(f"* 127.0.0.1:{self._backend.server_port}\n")
        return path
