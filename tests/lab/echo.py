# echo.py ADDRESS PORT: sends each datagram back. The address need not be there yet.
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
server.bind((sys.argv[1], int(sys.argv[2])))
while True:
    data, client = server.recvfrom(65536)
    server.sendto(data, client)
