"""A real server for tests that fetch: what it serves can be changed while it runs, and it remembers what was asked."""

from __future__ import annotations

from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class SmallServer:
    """Path without its query → body; what was asked, with the Referer. Everything else is a 404."""

    def __init__(self) -> None:
        self.serves: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.promise = 0
        """Bytes that the announced length is longer than the body."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, self.headers["Referer"]))
                body = server.serves.get(self.path.partition("?")[0])
                if body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + server.promise))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """The test says what matters."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._http.server_port}"
        Thread(target=partial(self._http.serve_forever, poll_interval=0.01), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
