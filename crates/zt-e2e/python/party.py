"""What parties in Python share: the pages of one, each a method that gives JSON, where to send the browser, or a text of its own."""
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def query(address):
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


class Text(str):
    """A page that is no JSON."""

    def __new__(cls, text, kind):
        said = super().__new__(cls, text)
        said.kind = kind
        return said


class Session:
    """Who is signed in to a party, by the `sid` of her ID token, and what it was told of its end (Back-Channel Logout 1.0)."""

    def __init__(self):
        self.sid, self.told = None, threading.Event()

    def begins(self, sid):
        self.sid = sid
        self.told.clear()

    def ends(self, sid):
        if sid == self.sid:
            self.sid = None
            self.told.set()

    def ended(self):
        """Waits until it is told."""
        return {"told": self.told.wait(20), "signed_in": self.sid is not None}


def serve(make):
    """Serves what `make` makes of its own address, on a free port, and says where."""
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), BaseHTTPRequestHandler)
    here = f"http://127.0.0.1:{server.server_port}"
    party = make(here)

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            address = f"{here}{self.path}"
            self.say(lambda page: page(address), 502)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            # What is not a logout token is refused (Back-Channel Logout 1.0 §2.8).
            self.say(lambda page: page(body), 400)

        def say(self, asked, wrong):
            try:
                said = asked(getattr(party, urlsplit(self.path).path.lstrip("/")))
                moved = not isinstance(said, Text) and "to" in said
                status = 302 if moved else 200
            except Exception as error:  # Whatever went wrong is what the test wants to read.
                name = getattr(error, "error", type(error).__name__)
                said, status = {"error": name, "message": str(error)}, wrong
            self.send_response(status)
            if status == 302:
                self.send_header("Location", said["to"])
            text = said if isinstance(said, Text) else Text(json.dumps(said), "application/json")
            self.send_header("Content-Type", text.kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server.RequestHandlerClass = Pages
    print(here, flush=True)
    server.serve_forever()
