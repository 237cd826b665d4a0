"""A local stand-in for the part of Hugging Face's web API that a preset needs."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN, USER = "hf_secret", "anna"


class HuggingFaceHub:
    """A server of repositories in memory, which accepts commits.

    Attributes:
        url: the server's address.
        repositories: the files of each repository: name -> path -> contents.
        private: names of the repositories that only requests with `TOKEN` can see.
        commits: (repository, message) of each commit.
        requests: (method, path) of each request.
        broken: whether every request is answered with an internal error.
    """

    def __init__(self):
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.commits: list[tuple[str, str]] = []
        self.requests: list[tuple[str, str]] = []
        self.broken = False
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def revision(self, name):
        text = repr(sorted(self.repositories[name].items())).encode()
        return hashlib.sha1(text).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: HuggingFaceHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        path = self.path.split("?")[0]
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.requests.append((self.command, path))
        if self.hub.broken:
            return self.send(500, {"error": "the hub is ill"})
        if path == "/api/whoami-v2":
            return self.send(200, {"type": "user", "name": USER}) if self.known else self.deny()
        if path == "/api/validate-yaml":
            return self.send(200, {"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self.create()
        for pattern, method in (
            (r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", self.describe),
            (r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", self.tree),
            (r"/api/models/([^/]+/[^/]+)/preupload/([^/]+)", self.prepare),
            (r"/api/models/([^/]+/[^/]+)/commit/([^/]+)", self.commit),
            (r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.file),
        ):
            match = re.fullmatch(pattern, path)
            if match:
                name, revision, *rest = match.groups()
                if not self.sees(name):
                    return self.send(401, {"error": "Invalid username"}, "RepoNotFound")
                if revision not in (None, "main", self.hub.revision(name)):
                    return self.send(404, {"error": "no such revision"}, "RevisionNotFound")
                return method(name, *rest)
        return self.send(404, {"error": f"unknown {path}"})

    @property
    def known(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def sees(self, name):
        return name in self.hub.repositories and (self.known or name not in self.hub.private)

    def deny(self):
        self.send(401, {"error": "Invalid credentials in Authorization header"})

    def create(self):
        if not self.known:
            return self.deny()
        asked = json.loads(self.body)
        name = f"{asked.get('organization') or USER}/{asked['name']}"
        if not name.startswith(f"{USER}/"):
            return self.send(403, {"error": f"You may not create {name}"})
        answer = {"url": f"{self.hub.url}/{name}", "name": name, "id": "1"}
        if name in self.hub.repositories:
            return self.send(409, answer)
        self.hub.repositories[name] = {".gitattributes": b"*.h5 filter=lfs\n"}
        if asked.get("visibility") == "private" or asked.get("private"):
            self.hub.private.add(name)
        return self.send(200, answer)

    def describe(self, name):
        files = [{"rfilename": path} for path in sorted(self.hub.repositories[name])]
        return self.send(200, {"id": name, "sha": self.hub.revision(name), "siblings": files})

    def tree(self, name):
        files = [
            {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            for path, data in sorted(self.hub.repositories[name].items())
        ]
        return self.send(200, files)

    def prepare(self, name):
        files = [
            {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
            for one in json.loads(self.body)["files"]
        ]
        return self.send(200, {"files": files})

    def commit(self, name):
        if not self.known:
            return self.deny()
        files = self.hub.repositories[name]
        for line in self.body.splitlines():
            step = json.loads(line)
            value = step["value"]
            if step["key"] == "header":
                self.hub.commits.append((name, value["summary"]))
            elif step["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif step["key"] == "deletedFile":
                del files[value["path"]]
            else:
                return self.send(400, {"error": f"unknown {step['key']}"})
        sha = self.hub.revision(name)
        url = f"{self.hub.url}/{name}/commit/{sha}"
        return self.send(200, {"success": True, "commitUrl": url, "commitOid": sha})

    def file(self, name, path):
        if path not in self.hub.repositories[name]:
            return self.send(404, {"error": "no such file"}, "EntryNotFound")
        data = self.hub.repositories[name][path]
        headers = {
            "ETag": f'"{hashlib.sha1(data).hexdigest()}"',
            "X-Repo-Commit": self.hub.revision(name),
        }
        return self.send(200, data, headers=headers)

    def send(self, status, body, code=None, headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
