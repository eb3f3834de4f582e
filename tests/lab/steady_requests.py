# steady_requests.py ADDRESS LOG: HTTP requests one after another, each by its own connection, until it is killed. LOG gets
# a line for each: when it began, in milliseconds since 1970, and "ok" or what was wrong.
import http.client
import sys
import time

with open(sys.argv[2], "w", buffering=1) as log:
    while True:
        begun = time.time_ns() // 1000000
        client = http.client.HTTPConnection(sys.argv[1], timeout=5)
        try:
            client.request("GET", "/", headers={"Connection": "close"})
            answer = client.getresponse()
            answer.read()
            result = "ok" if answer.status == 200 else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            result = f"{type(error).__name__} {error}"
        client.close()
        print(begun, result, file=log)
        time.sleep(0.005)
