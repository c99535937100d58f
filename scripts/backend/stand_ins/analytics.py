"""analytics.py PORT: stands in for the database of analytics. Whatever is asked, there are no rows.

Without it the jobs of every subscription fail, and the worker tries them again for hours."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus


class Analytics(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while True:
            chunk = self.rfile.read(int(self.rfile.readline(), 16))
            self.rfile.readline()
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)

    def answer(self):
        statement = unquote_plus(self.path) + self.body().decode(errors="replace")
        # The client's first question: which version, which time zone.
        rows = b"25.3.1.1\tUTC\n" if "version()" in statement else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(rows)))
        self.end_headers()
        self.wfile.write(rows)

    do_GET = do_POST = answer

    def log_request(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Analytics).serve_forever()
