# steady_client.py ADDRESS PORT: a datagram every 20 ms, for which an answer is awaited, until SIGTERM; then prints how
# many were sent and how many were never answered.
import selectors
import signal
import socket
import sys
import time

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect((sys.argv[1], int(sys.argv[2])))
client.setblocking(False)
running = True
waiting = set()
sent = 0


def stop(*_):
    global running
    running = False


def take(until):
    while (left := until - time.monotonic()) > 0 and (running or waiting):
        for _ in events.select(left):
            try:
                waiting.discard(int(client.recv(64)))
            except OSError:
                pass  # refused: that one stays unanswered


events = selectors.DefaultSelector()
events.register(client, selectors.EVENT_READ)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
due = time.monotonic()
while running:
    sent += 1
    waiting.add(sent)
    try:
        client.send(str(sent).encode())
    except OSError:
        pass
    due = max(due + 0.02, time.monotonic())
    take(due)
take(time.monotonic() + 5)
print(sent, len(waiting))
