"""`--offline`: nothing leaves this machine, not through a library, a redirect or a proxy."""

import subprocess
import sys

import pytest
from perfsmith.agents.models._offline import _refuse as refuse
from perfsmith.optimizer.core.errors import ModelError

SCRIPT = """
import os, sys, socket, threading, http.server, urllib.request
from perfsmith.agents.models._offline import stay_on_this_machine
from perfsmith.optimizer.core.errors import ModelError

class Redirects(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://192.0.2.1/")
        self.end_headers()
    def log_message(self, *_): pass

server = http.server.HTTPServer(("127.0.0.1", 0), Redirects)
threading.Thread(target=server.serve_forever, daemon=True).start()
stay_on_this_machine()
port = server.server_address[1]
socket.create_connection(("127.0.0.1", port)).close()
os.environ["http_proxy"] = "http://192.0.2.7:3128"
for attempt in (
    lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/"),
    lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
    lambda: socket.create_connection(("example.org", 80)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
):
    try:
        attempt()
    except ModelError as error:
        print(error.code, error.exit_code, str(error).split(" ")[5].rstrip(":"))
"""


def test_redirects_proxies_and_names_beyond_this_machine_are_refused():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    hosts = ["192.0.2.1", "192.0.2.7", "example.org", "192.0.2.1"]
    assert done.stdout.splitlines() == [f"offline 4 {host}" for host in hosts], done.stderr


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.8.8.8", "::1", b"localhost", "", None])
def test_names_of_this_machine_are_fine(name):
    refuse("socket.getaddrinfo", (name, 80, 0, 0, 0))


@pytest.mark.parametrize("name", ["example.org", "10.0.0.1", "0x7f.1", "::ffff:8.8.8.8", "localhost.example.org"])
def test_other_names_are_not(name):
    with pytest.raises(ModelError, match="--offline forbids"):
        refuse("socket.getaddrinfo", (name, 80, 0, 0, 0))
