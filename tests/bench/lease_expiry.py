#!/usr/bin/python3
"""Adds an address with a lifetime of 1 s, renews it twice, and prints how long it then stays: lease_expiry.py ROUNDS.
See tests/bench/lease_expiry. With real-time priority where it may, so that it is not late itself."""
import os
import random
import socket
import struct
import sys
import time

RTM_NEWADDR, RTM_DELADDR, RTMGRP_IPV4_IFADDR = 20, 21, 0x10
IFA_ADDRESS, IFA_LOCAL, IFA_CACHEINFO = 1, 2, 6
REQUEST_CREATE_REPLACE = 0x1 | 0x400 | 0x100
LOOPBACK = 1


def new_address(seconds):
    address = socket.inet_aton("10.9.9.9")
    body = struct.pack("BBBBI", socket.AF_INET, 32, 0, 0, LOOPBACK)
    body += struct.pack("HH", 8, IFA_LOCAL) + address + struct.pack("HH", 8, IFA_ADDRESS) + address
    body += struct.pack("HHIIII", 20, IFA_CACHEINFO, seconds, seconds, 0, 0)
    return struct.pack("IHHII", 16 + len(body), RTM_NEWADDR, REQUEST_CREATE_REPLACE, 1, 0) + body


def main():
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    events.bind((0, RTMGRP_IPV4_IFADDR))
    commands = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    except PermissionError:
        pass
    for _ in range(int(sys.argv[1])):
        time.sleep(random.random())
        for renewal in range(3):
            time.sleep(0.25 if renewal else 0)
            commands.send(new_address(1))
            renewed = time.monotonic()
        try:  # where it was so late that the lease ended between renewals
            while events.recv(65536, socket.MSG_DONTWAIT):
                pass
        except BlockingIOError:
            pass
        while struct.unpack_from("IH", events.recv(65536))[1] != RTM_DELADDR:
            pass
        print("%.3f" % (time.monotonic() - renewed), flush=True)


main()
