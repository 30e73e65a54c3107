"""Serves the Flash player's own files on loopback: 14 MB would be slow over DevTools."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "assets" / "ruffle"
TYPES: Final = {".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}
_POLL: Final = 0.05
"""Seconds that the server may take to end."""


@contextmanager
def served(folder: Path = FOLDER) -> Iterator[str]:
    """The address below which the files lie; its path is a secret, as the port is not."""
    files = {path.name: path for path in folder.iterdir() if path.suffix in TYPES}
    prefix = f"/{secrets.token_urlsafe(16)}/"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix(prefix)
            path = files.get(name) if self.path.startswith(prefix) else None
            if path is None:
                self.send_error(404)
                return
            body = path.read_bytes()
            self.send_response_only(200)
            self.send_header("Content-Type", TYPES[path.suffix])
            self.send_header("Content-Length", str(len(body)))
            # Pages of any origin, isolated or not, secure or not, may load them.
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args  # these requests are no part of the record

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
