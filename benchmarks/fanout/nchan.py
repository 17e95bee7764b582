"""nginx with nchan: one worker, published to by HTTP POST, as its documentation has it."""

import http.client
import os
import shutil
from pathlib import Path

from benchmarks.fanout.server import Server, make_data

_MODULES = [
    Path("/usr/lib/nginx/modules/ngx_nchan_module.so"),
    Path("/usr/share/nginx/modules/ngx_nchan_module.so"),
    Path("/usr/lib64/nginx/modules/ngx_nchan_module.so"),
]

_CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/pid;
error_log {folder}/log warn;
load_module {module};
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  nchan_shared_memory_size 64M;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    keepalive_requests 1000000;
    location = /publish {{
      nchan_publisher;
      nchan_channel_id board;
      nchan_message_buffer_length 10;
    }}
    location = /events {{
      nchan_subscriber eventsource;
      nchan_channel_id board;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


class Nchan(Server):
    name = "nginx + nchan"

    @classmethod
    def missing(cls) -> str | None:
        if shutil.which("nginx") and any(path.exists() for path in _MODULES):
            return None
        return "apt install nginx-light libnginx-mod-nchan"

    def start(self) -> None:
        module = next(path for path in _MODULES if path.exists())
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                user="user root;" if os.getuid() == 0 else "",
                files=20_000,
                folder=self.folder,
                module=module,
                port=self.port,
            )
        )
        self.spawn(["nginx", "-e", str(self.folder / "log"), "-c", str(configuration)])
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def publish(self, version: int, at: str) -> None:
        data = make_data(version, at, self.data_bytes)
        headers = {"X-EventSource-Event": "update"}
        self._connection.request("POST", "/publish", data, headers)
        response = self._connection.getresponse()
        response.read()
        if response.status not in {200, 201, 202}:
            raise OSError(f"nchan answered a publish with {response.status}")
