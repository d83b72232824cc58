"""A WebSocket client nobody here wrote. Prints one JSON object a line: `open`, every `message`, and `closed` with the close
code, its reason and the seconds since the epoch; or `refused` with the HTTP status and body.
"""

import argparse
import json
import ssl
import sys
import time

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("--authority", help="PEM file of the CA")
    options.add_argument("--certificate", help="PEM file with the client certificate and its key")
    options.add_argument("--cookie", help="the Cookie header")
    options.add_argument("--origin")
    options.add_argument("--send", action="append", default=[], help="a text to send at once")
    chosen = options.parse_args()
    context = None
    if chosen.url.startswith("wss:"):
        context = ssl.create_default_context(cafile=chosen.authority)
        if chosen.certificate:
            context.load_cert_chain(chosen.certificate)
    headers = {"Cookie": chosen.cookie} if chosen.cookie else {}
    try:
        with connect(
            chosen.url, ssl=context, additional_headers=headers, origin=chosen.origin, proxy=None
        ) as socket:
            say("open")
            for text in chosen.send:
                socket.send(text)
            try:
                while True:
                    say("message", text=socket.recv())
            except ConnectionClosed as closed:
                got = closed.rcvd
                say("closed", code=got and got.code, reason=got and got.reason, at=time.time())
    except InvalidStatus as refused:
        body = refused.response.body.decode("utf-8", "replace") if refused.response.body else ""
        say("refused", status=refused.response.status_code, body=body)
        sys.exit(1)


if __name__ == "__main__":
    main()
