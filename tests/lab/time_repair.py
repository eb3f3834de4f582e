# time_repair.py WHAT SECONDS COMMAND [ARGUMENT...]: remembers WHAT of this network namespace, runs COMMAND, which breaks
# it, and prints how many milliseconds after that it was as before, or "never". Reads files of /proc, as programs are slow
# to start. WHAT: ipvs, addresses, or the name of a kernel parameter.
import subprocess
import sys
import time


def ipvs():
    table, service = set(), ""
    for line in open("/proc/net/ip_vs").read().splitlines()[3:]:
        words = line.split()
        if words[0] == "->":
            table.add((service, *words[1:4]))  # but for its connections
        else:
            service = line.strip()
            table.add(service)
    return table


def addresses():
    found, last = set(), ""
    for line in open("/proc/net/fib_trie").read().splitlines():
        words = line.split()
        if words[0] == "|--":
            last = words[1]
        elif words[:3] == ["/32", "host", "LOCAL"]:
            found.add(last)
    return found


def parameter(name):
    return open("/proc/sys/" + name.replace(".", "/")).read()


what, limit, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
read = {"ipvs": ipvs, "addresses": addresses}.get(what, lambda: parameter(what))
wanted = read()
subprocess.run(command, check=True)
began = time.monotonic()
while read() != wanted:
    if time.monotonic() - began > limit:
        print("never")
        sys.exit()
    time.sleep(0.001)
print(round((time.monotonic() - began) * 1000))
