"""A stream through an HTTP/2 front that cuts what is silent for a minute, as load balancers do.

`python -m benchmarks.long_stream [SECONDS]`, 300 unless said. nginx stands for the load balancer,
with an idle timeout of 60 s (infra/templates/web.yaml gives ours 120 s). Beside the web app's
stream, one that says nothing after its head shows that the timeout is at work.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.conftest import ROOT, RedisServer, free_port

IDLE_SECONDS = 60

_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{front} ssl http2;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_read_timeout {idle}s; send_timeout {idle}s; keepalive_timeout {idle}s;
    location / {{ proxy_pass http://127.0.0.1:{app}; }}
    location /silent {{ proxy_pass http://127.0.0.1:{silent}; }}
  }}
}}
"""


class _Silent(BaseHTTPRequestHandler):
    """Answers with a stream's head, and never says anything more."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.flush()
        time.sleep(600)

    def log_message(self, *_: object) -> None:
        pass


def _start_nginx(folder: Path, app: int, silent: int) -> tuple["subprocess.Popen[bytes]", int]:
    front = free_port()
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    configuration = _NGINX.format(
        folder=folder, front=front, app=app, silent=silent, idle=IDLE_SECONDS
    )
    (folder / "nginx.conf").write_text(configuration)
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    return process, front


def _read_stream(url: str, seconds: int) -> tuple[int, float, Counter[str], float]:
    """Return curl's exit code, how long the stream was open, its events and the longest silence."""
    command = ["curl", "-skN", "--http2", "--max-time", str(seconds), url]
    started = last = time.monotonic()
    events: Counter[str] = Counter()
    silence = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        for line in curl.stdout:
            now = time.monotonic()
            silence, last = max(silence, now - last), now
            if line.startswith("event: "):
                events[line.split()[1]] += 1
        code = curl.wait()
    return code, time.monotonic() - started, events, silence


def main(seconds: int) -> None:
    redis, app_port = RedisServer(), free_port()
    environment = os.environ | {"REDIS_URL": redis.url, "BOARDS": "boards", "PORT": str(app_port)}
    app = subprocess.Popen([sys.executable, "-m", "webapp"], cwd=ROOT, env=environment)
    silent = ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    silent.daemon_threads = True
    threading.Thread(target=silent.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        nginx, front = _start_nginx(Path(folder), app_port, silent.server_port)
        try:
            time.sleep(2)
            for path in ("silent", "events?board=fundraiser"):
                code, lasted, events, gap = _read_stream(
                    f"https://127.0.0.1:{front}/{path}", seconds
                )
                # curl: 28 is our own --max-time, anything else the front's doing.
                end = "we ended it" if code == 28 else f"the front cut it (curl {code})"
                print(
                    f"/{path}: open {lasted:.0f} s, {end}; events {dict(events)};"
                    f" longest silence {gap:.1f} s",
                    flush=True,
                )
        finally:
            nginx.terminate()
            app.terminate()
            nginx.wait()
            app.wait()
            redis.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
