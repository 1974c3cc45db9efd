"""ClickHouse's HTTP interface over chDB, ClickHouse's engine within a Python process.

It serves what the Collector's clickhouse exporter and the tests need: statements, queries, inserts in Native format.
One statement runs at a time, since chDB has one session for a process.

Usage: server.py PORT DIRECTORY
"""

import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb import session

# The driver asks this first, and reads the answer in the layout of its own protocol version, which chDB cannot write.
HELLO = "SELECT displayName(), version(), revision(), timezone()"

engine = session.Session(sys.argv[2])
turn = threading.Lock()


def native_string(text: str) -> bytes:
    data = text.encode()
    assert len(data) < 128, "longer lengths take more than one byte"
    return bytes([len(data)]) + data


def hello() -> bytes:
    """One row in the Native format. Revision 0 makes the driver read all later answers without a block header."""
    _, version, _, timezone = run(HELLO, "TabSeparated").decode().rstrip("\n").split("\t")
    columns = [
        ("displayName()", "String", native_string("chdb")),
        ("version()", "String", native_string(version)),
        ("revision()", "UInt32", (0).to_bytes(4, "little")),
        ("timezone()", "String", native_string(timezone)),
    ]
    block_info = b"\x01\x00\x02\xff\xff\xff\xff\x00"
    answer = block_info + bytes([len(columns), 1])
    for name, kind, value in columns:
        no_custom_serialization = b"\x00"
        answer += native_string(name) + native_string(kind) + no_custom_serialization + value
    return answer


def run(sql: str, output: str) -> bytes:
    with turn:
        return engine.query(sql, output).bytes() or b""


def insert(sql: str, data: bytes) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".native") as file:
        file.write(data)
        file.flush()
        head = sql[: sql.upper().rindex("FORMAT NATIVE")]
        return run(f"{head} FROM INFILE '{file.name}' FORMAT Native", "Native")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        options = parse_qs(urlsplit(self.path).query)
        body = self.read_body()
        try:
            if "query" in options:
                self.answer(200, insert(options["query"][0], body))
                return
            sql = body.decode()
            if sql.strip() == HELLO:
                self.answer(200, hello())
                return
            self.answer(200, run(sql, options.get("default_format", ["JSONEachRow"])[0]))
        except Exception as error:  # What the engine refuses, the client gets to read.
            self.answer(500, str(error).encode(), {"X-ClickHouse-Exception-Code": "1"})

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self, status: int, body: bytes, headers: dict[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
