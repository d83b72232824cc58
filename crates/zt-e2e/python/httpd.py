"""Apache without rights, in a folder of its own, for relying parties that want one."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
READY = "resuming normal operations"


RESERVED = []


def free_port():
    """A port that nobody else gets before this program ends: a server that may use an address again can listen there beside the
    socket that holds it, while the system gives it to no connection and to nobody who asks for any port."""
    asked = socket.socket()
    asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    asked.bind(("127.0.0.1", 0))
    RESERVED.append(asked)
    return asked.getsockname()[1]


@contextmanager
def folder():
    """A folder that ends with this program, which whoever Apache goes on as where root starts it can read."""
    with tempfile.TemporaryDirectory(prefix="sekisho-httpd-") as place:
        os.chmod(place, 0o755)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        yield Path(place)


@contextmanager
def running(command, ready, told):
    """A server in the foreground, from when it says that it is ready; what else it says goes on to standard error."""
    environment = {**os.environ, **{name: str(value) for name, value in told.items()}}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            if ready in line:
                break
            print(line, end="", file=sys.stderr)
        else:
            raise RuntimeError(f"{command[0]} ended before it was ready")
        yield server
    finally:
        server.terminate()
        server.wait()


@contextmanager
def apache(file, place, port, told):
    """Apache with a file of this crate's apache/."""
    told = {"FOLDER": place, "PORT": port, "APACHE": ROOT / "crates/zt-e2e/apache", **told}
    told["EXAMPLES"] = ROOT / "docs/examples/clients"
    command = ["apache2", "-DFOREGROUND", "-f", ROOT / "crates/zt-e2e/apache" / file]
    with running(command, READY, told) as server:
        yield server


# What a CGI program of a party begins and ends with: each of its pages gives JSON, or where to send the browser.
FIRST = """#!/usr/bin/python3
import json
from os import environ
from urllib.parse import parse_qsl, urlencode

HERE = "http://" + environ["HTTP_HOST"]

def moved(page, fields):
    return {"to": HERE + page + "?" + urlencode(fields)}
"""
LAST = """
said = globals()[environ["SCRIPT_NAME"].strip("/")](dict(parse_qsl(environ["QUERY_STRING"])))
if "to" in said:
    print("Status: 302\\nLocation: " + said["to"] + "\\n")
else:
    print("Content-Type: application/json\\nCache-Control: no-store\\n\\n" + json.dumps(said))
"""


@contextmanager
def pages(file, place, port, program, told):
    """The same, with `program` as its CGI program."""
    cgi = place / "pages"
    cgi.write_text(FIRST + program + LAST)
    cgi.chmod(0o755)
    with apache(file, place, port, told) as server:
        yield server


def drained(server):
    """Says on what the server says, until it ends."""
    for line in server.stderr:
        print(line, end="", file=sys.stderr)
