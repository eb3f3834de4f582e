"""A web server that takes POSTs: post_sink.py FILE. Each body becomes a line of FILE. It listens on port 8080."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(sys.argv[1], "a") as file:
            file.write(body.strip() + "\n")
        self.send_response(204)
        self.end_headers()


http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
