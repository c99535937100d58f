"""What the two Python flows share: checks that are printed, and a receiver of webhooks."""

import http.server
import sys
import threading


class Checks:
    """Prints one line for each check; `done` ends the process with the outcome."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, name, holds, otherwise=""):
        if holds:
            self.passed += 1
            print("ok  ", name)
        else:
            self.failed += 1
            print("FAIL", name, otherwise)

    def same(self, name, given, expected):
        self.that(name, given == expected, f"expected {expected!r}, got {given!r}")

    def refused(self, name, kind, detail, call):
        """The call raises an error of this class that says this."""
        try:
            answer = call()
        except Exception as error:  # the class is what is checked
            self.same(name, (type(error).__name__, error_detail(error)), (kind, detail))
        else:
            self.that(name, False, f"was not refused: {answer!r}")

    def done(self):
        print(f"{self.passed} checks passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def error_detail(error):
    """What the server said, wherever the generation of the SDK keeps it; for 422s, the places."""
    body = getattr(error, "error", None) or getattr(error, "data", None)
    if isinstance(body, str):
        return body
    detail = getattr(body, "detail", None)
    if isinstance(detail, list):
        return [list(problem.loc) for problem in detail]
    return detail


class Receiver:
    """A web server on this machine that keeps what it is sent."""

    def __init__(self):
        received = self.received = []
        arrived = self.arrived = threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with arrived:
                    received.append((dict(self.headers), body))
                    arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count):
        """The first deliveries, so many of them; fewer when they do not arrive in time."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.received) >= count, timeout=20)
            return list(self.received[:count])
