"""A server of this machine that answers as the Hub does for one data set: revisions, trees, files with ETags and ranges."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c" * 40


@contextmanager
def hub_of(name: str, files: dict[str, bytes]) -> Iterator[str]:
    """Serve a data set with these files; gives the address for HF_ENDPOINT."""

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            path = unquote(urlsplit(self.path).path)
            of_api, of_files = f"/api/datasets/{name}", f"/datasets/{name}/resolve/"
            if path.startswith(f"{of_api}/revision/"):
                siblings = [{"rfilename": file} for file in files]
                self._answer(200, json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode())
            elif path.startswith(f"{of_api}/tree/"):
                folder = path.removeprefix(f"{of_api}/tree/").partition("/")[2]
                self._answer(200, json.dumps(_tree(files, folder)).encode())
            elif path.startswith(of_files):
                self._file(path.removeprefix(of_files).partition("/")[2])
            else:
                self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

        do_GET = do_HEAD

        def _file(self, path: str) -> None:
            if path not in files:
                return self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            data = files[path]
            marks = {"ETag": f'"{_blob(data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            if wanted := self.headers.get("Range"):
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                part = data[int(first) : int(last) + 1 if last else None]
                where = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
                return self._answer(206, part, marks | {"Content-Range": where})
            return self._answer(200, data, marks)

        def _answer(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for key, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _tree(files: dict[str, bytes], folder: str) -> list[dict[str, Any]]:
    below = [path for path in files if path.startswith(f"{folder}/")]
    names = {path.removeprefix(f"{folder}/").partition("/")[0] for path in below}
    return [
        {"type": "file", "oid": _blob(files[path]), "size": len(files[path]), "path": path}
        if (path := f"{folder}/{name}") in files
        else {"type": "directory", "oid": "d" * 40, "size": 0, "path": path}
        for name in sorted(names)
    ]


def _blob(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()
