#!/usr/bin/python3
"""Sends forged VRRP advertisements: forge_vrrp.py KIND COUNT [SOURCE]

Multicast from eth0, version 2 with PASS unless KIND says otherwise, all of priority 255 but for one thing that is wrong.
SOURCE is pretended as the sender's address. A hundred packets at a time, so that no queue on the way overflows."""
import socket
import struct
import sys
import time

GROUP, VRID, VIP, PASSWORD = "224.0.0.18", 51, "10.0.0.100", b"s3cret\0\0"


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def message(version=2, kind=1, vrid=VRID, addresses=(VIP,), password=PASSWORD, auth=1, interval=1, count=None):
    number = len(addresses) if count is None else count
    head = struct.pack("!BBBBBB", version << 4 | kind, vrid, 255, number, auth, interval)
    tail = b"".join(socket.inet_aton(address) for address in addresses) + password
    return head + struct.pack("!H", checksum(head + b"\0\0" + tail)) + tail


# What is wrong with each: the bytes, and the TTL they come with.
KINDS = {
    "ttl": (message(), 254),
    "checksum": (message()[:6] + b"\x12\x34" + message()[8:], 255),
    "vrid": (message(vrid=52), 255),
    "auth-type": (message(auth=0), 255),
    "auth-mismatch": (message(password=b"guessed\0"), 255),
    "address-list": (message(addresses=("10.0.0.200",)), 255),
    "address-count": (message(addresses=()), 255),
    "length": (message(count=40), 255),
    "version": (message(version=3), 255),
    "type": (message(kind=2), 255),
    "interval": (message(interval=9), 255),
}


def main():
    payload, ttl = KINDS[sys.argv[1]]
    count = int(sys.argv[2])
    source = sys.argv[3] if len(sys.argv) > 3 else "10.0.0.66"
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(payload), 1, 0, ttl, 112, 0, socket.inet_aton(source),
                         socket.inet_aton(GROUP))
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.0.0.66"))
    for sent in range(count):
        sender.sendto(header + payload, (GROUP, 0))
        if sent % 100 == 99:
            time.sleep(0.005)


main()
