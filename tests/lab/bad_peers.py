"""Peers that mean no good: bad_peers.py ADDRESS PORT COUNT. Opens COUNT connections that say nothing, then sends what is no
request, too long, or never complete, and prints a line "NAME STATUS" for each. The idle connections stay open until
something comes on the standard input; before it the line "idle" is printed."""

import socket
import sys

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def connect():
    return socket.create_connection((address, port), timeout=60)


def status_of(peer):
    """The status of the answer; "closed" where none came."""
    text = b""
    try:
        while chunk := peer.recv(65536):
            text += chunk
    except ConnectionError:
        pass
    return text.split(b" ", 2)[1].decode() if text.startswith(b"HTTP/1.1 ") else "closed"


def say(name, *parts):
    with connect() as peer:
        try:
            for part in parts:
                peer.sendall(part)
        except ConnectionError:
            pass
        print(name, status_of(peer), flush=True)


idle = [connect() for _ in range(count)]
print("idle", flush=True)
say("garbage", b"\x16\x03\x01\x02\x01\x01\r\n\r\n")
say("long-header", b"GET /healthz HTTP/1.1\r\nX-Long: " + b"h" * 20000)
say("long-target", b"GET /" + b"t" * 20000)
say("announced-body", b"POST /v1/status HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
say("chunks", b"POST /v1/status HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"4000\r\n" + b"c" * 0x4000 + b"\r\n"] * 8)
say("slow", b"GET /healthz HTT")
for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
    say(method, method.encode() + b" /v1/status HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
for path in ("maintenance", "member", "approve", "failover", "suspend", "confirm", "apply", "reload"):
    say(path, b"POST /v1/" + path.encode() + b' HTTP/1.1\r\nContent-Length: 12\r\n\r\n{"on": true}')
say("HEAD", b"HEAD /healthz HTTP/1.1\r\n\r\n")
sys.stdin.readline()
