"""The service manager's end of sd_notify(3): notify_sink.py SOCKET FILE. Each datagram becomes a line of FILE, its lines
joined by '|'."""

import socket
import sys

sink = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sink.bind(sys.argv[1])
with open(sys.argv[2], "a", buffering=1) as file:
    while True:
        file.write(sink.recv(65536).decode().replace("\n", "|") + "\n")
