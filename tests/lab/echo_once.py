#!/usr/bin/python3
"""Prints what a UDP server answers, asking again where nothing comes: echo_once.py ADDRESS PORT"""
import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(5)
for attempt in range(6):
    client.sendto(b"?", (sys.argv[1], int(sys.argv[2])))
    try:
        print(client.recv(100).decode())
        break
    except socket.timeout:
        continue
