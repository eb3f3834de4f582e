#!/usr/bin/python3
"""Sends SYNs from addresses of nobody: forge_syns.py VIP PORT COUNT

Each from another address of 198.51.100.0/24 or port. A hundred packets at a time, so that no queue on the way overflows."""
import socket
import struct
import sys
import time

HOSTS = 250


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source, source_port, vip, port):
    addresses = socket.inet_aton(source) + socket.inet_aton(vip)
    options = bytes((2, 4, 5, 0xB4))  # MSS 1460
    head = struct.pack("!HHIIBBHHH", source_port, port, source_port * 7919, 0, 6 << 4, 2, 64240, 0, 0) + options
    total = checksum(addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(head)) + head)
    tcp = head[:16] + struct.pack("!H", total) + head[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses
    return ip + tcp


def main():
    vip, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        for number in range(count):
            source = "198.51.100.%d" % (1 + number % HOSTS)
            sender.sendto(syn(source, 1024 + number // HOSTS, vip, port), (vip, port))
            if number % 100 == 99:
                time.sleep(0.02)


main()
