#!/usr/bin/python3
"""Prints what a UDP server answers: echo_once.py ADDRESS PORT"""
import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.sendto(b"?", (sys.argv[1], int(sys.argv[2])))
print(client.recv(100).decode())
