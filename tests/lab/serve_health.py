"""grpc.health.v1.Health/Check by gRPC's own library: serve_health.py STATUS_FILE, on port 50051 of all addresses.

The file holds the number of the status that the server and its service "shop" have, read anew with each call, or
"unimplemented". (Not called grpc_health.py: the library imports a module of that name where it finds one.)
"""

import sys
from concurrent import futures

import grpc

KNOWN = (b"", b"\x0a\x04shop")


def check(request, context):
    with open(sys.argv[1], encoding="ascii") as file:
        status = file.read().strip()
    if status == "unimplemented":
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
    if request not in KNOWN:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return bytes([8, int(status)])


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
handlers = {"Check": grpc.unary_unary_rpc_method_handler(check)}
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("grpc.health.v1.Health", handlers)])
if server.add_insecure_port("[::]:50051") == 0:
    sys.exit("cannot listen on port 50051")
server.start()
server.wait_for_termination()
