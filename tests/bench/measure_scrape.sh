# needs: ipvs throwaway
# memory: 3G
# timeout: 900
host director eth0 10.0.0.2/16
api=http://10.0.0.2:9100
python3 - "$LAB_SERVICES" "$LAB_DESTINATIONS" >"$LAB_RUN/cluster.yaml" <<'PYTHON'
import sys

services, destinations = map(int, sys.argv[1:])
print("apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\nspec:\n  members:")
for i in range(destinations):
    print(f"    - {{address: 10.0.9.{i + 1}}}")
for i in range(services):
    print("---\napiVersion: ballast/v1\nkind: VirtualService")
    print(f"metadata: {{name: s{i}}}")
    print(f"spec: {{nodes: [director], address: 10.{1 + i // 250}.1.{1 + i % 250}, port: 80, forwarding: NAT, pool: p}}")
PYTHON
run_ballast director "$LAB_RUN/cluster.yaml" --listen 10.0.0.2:9100 --metrics-destinations 1000000
ready() { fetch director $api/readyz; }
wait_until 600 "the table" ready
on director python3 - <<'PYTHON'
import http.client
import threading
import time


def get(path):
    begin = time.monotonic()
    connection = http.client.HTTPConnection("10.0.0.2", 9100, timeout=120)
    connection.request("GET", path)
    size = len(connection.getresponse().read())
    return time.monotonic() - begin, size


def measure(name, seconds):
    print(f"{name}: {seconds * 1000:.0f} ms", flush=True)


quiet = [get("/healthz")[0] for _ in range(20)]
measure("longest answer of /healthz without a scrape", max(quiet))
for _ in range(3):
    waits, over = [], threading.Event()

    def others():
        while not over.is_set():
            waits.append(get("/healthz")[0])
            time.sleep(0.01)

    thread = threading.Thread(target=others)
    thread.start()
    took, size = get("/metrics")
    over.set()
    thread.join()
    measure(f"scrape of {size / 1e6:.1f} MB", took)
    measure(f"longest answer of /healthz meanwhile (of {len(waits)})", max(waits))
    again, _ = get("/metrics")
    measure("the same page again", again)
    if took > 5:
        break  # waiting until a new page is made would take minutes
    time.sleep(took * 12)
PYTHON
grep -E "^Vm(HWM|RSS)" "/proc/${lab_node_pid[director]}/status"
