"""A web server by Python's own library, with TLS: values behind a name and a password, and no end to asking.

    python web.py CERTIFICATE KEY [CA]

With an authority it asks for the client's certificate. Says `ready PORT`; ends when its input does.
"""

import base64
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIGNED_IN = "Basic " + base64.b64encode(b"reader:hunter2").decode()
asked = 0


class Values(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global asked
        if self.headers.get("authorization") != SIGNED_IN:
            return self.answer(401, "text/plain", b"who are you?")
        if self.path == "/values.json":
            asked += 1
            body = json.dumps({"rooms": [{"id": "A", "temp": -18.4}], "asked": asked}).encode()
            return self.answer(200, "application/json", body)
        if self.path == "/metrics":
            return self.answer(200, "text/plain; version=0.0.4", b'# TYPE t gauge\nt{room="A"} 4.2\n')
        self.answer(404, "text/plain", b"no such page")

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
if len(sys.argv) > 3:
    context.load_verify_locations(sys.argv[3])
    context.verify_mode = ssl.CERT_REQUIRED


class Server(ThreadingHTTPServer):
    daemon_threads = True

    # Each connection shakes hands in a thread of its own: one that does not go on keeps nobody waiting.
    def finish_request(self, request, address):
        try:
            with context.wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, address)
        except OSError:
            pass

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Values)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_address[1], flush=True)
sys.stdin.read()
