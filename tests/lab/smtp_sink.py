"""A mail server that takes everything: smtp_sink.py DIRECTORY [--no-ehlo].

Each message becomes a file in DIRECTORY: its envelope as first lines, then what was sent. It listens on port 25 of all
addresses. It greets with 220, or with the code in the file `greeting` beside DIRECTORY.
"""

import argparse
import itertools
import os
import socket
import socketserver

parser = argparse.ArgumentParser()
parser.add_argument("directory")
parser.add_argument("--no-ehlo", action="store_true")
options = parser.parse_args()
numbers = itertools.count(1)
name = socket.gethostname()


def greeting():
    try:
        with open(os.path.join(os.path.dirname(options.directory), "greeting")) as file:
            return file.read().strip()
    except FileNotFoundError:
        return "220"


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def keep(self, envelope):
        content = []
        while (line := self.rfile.readline()) not in (b".\r\n", b".\n", b""):
            content.append(line[1:] if line.startswith(b".") else line)
        path = os.path.join(options.directory, str(next(numbers)))
        with open(path + ".new", "wb") as file:
            file.write("".join(line + "\n" for line in envelope).encode() + b"\n" + b"".join(content))
        os.rename(path + ".new", path)

    def handle(self):
        envelope = []
        self.say(greeting() + " " + name + " ESMTP")
        while line := self.rfile.readline(1000).decode(errors="replace").strip():
            verb = line.split()[0].upper()
            if verb == "EHLO" and not options.no_ehlo:
                self.say("250-" + name)
                self.say("250 SIZE 1000000")
            elif verb in ("HELO", "NOOP"):
                self.say("250 " + name)
            elif verb in ("MAIL", "RCPT"):
                envelope.append(line)
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.keep(envelope)
                envelope = []
                self.say("250 kept")
            elif verb == "RSET":
                envelope = []
                self.say("250 ok")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 what")


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


Server(("::", 25), Session).serve_forever()
