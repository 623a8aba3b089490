"""As much of W&B's server as a run needs to begin: ``python wandb_server.py``, prints its port."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROJECT = {"id": "p", "name": "p", "entity": {"id": "e", "name": "e"}}
ANSWERS: dict[str, Any] = {
    "viewer": {"id": "v", "entity": "e", "flags": "{}", "teams": {"edges": []}, "username": "u"},
    "serverInfo": {"features": [], "latestLocalVersionInfo": None},
    "model": None,
    "createRunFiles": {"runID": "r", "uploadHeaders": [], "files": []},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "graphql" in self.path:
            run = {"id": "r", "displayName": "n", "historyLineCount": 0, "project": PROJECT}
            run["name"] = json.loads(body)["variables"].get("name", "n")
            answer = {"data": {**ANSWERS, "upsertBucket": {"bucket": run, "inserted": True}}}
        else:
            answer = {"exitcode": None, "limits": {}}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
