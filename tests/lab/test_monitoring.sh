# The alert rules, the dashboard and the scrape configuration under manifests/monitoring are what Prometheus and Grafana
# take; the rules fire when they should. That their metrics exist is shown by run_api.
# needs: none
# timeout: 120
cd "$LAB_SOURCE/manifests/monitoring"
promtool check rules alerts.yaml
promtool test rules alerts_test.yaml
promtool check config --syntax-only scrape.yaml

echo "each alert has a summary and a severity"
python3 - <<'PYTHON'
import re
text = open("alerts.yaml").read()
for alert in re.split(r"\n      - alert: ", text)[1:]:
    assert "summary:" in alert and "severity:" in alert, alert
PYTHON

echo "each expression of the dashboard is PromQL"
jq -e '.panels | length > 10' dashboard.json >/dev/null
jq -e '[.panels[] | select(.type != "row" and (.targets | length) == 0)] == []' dashboard.json >/dev/null
jq -e '[.panels[].id] | length == (unique | length)' dashboard.json >/dev/null
jq -r '.. | .expr? // empty' dashboard.json |
  sed -e 's/\$__rate_interval/5m/g' -e 's/\$[a-z]*/x/g' |
  jq -R '{record: "checked", expr: .}' |
  jq -s '{groups: [{name: "dashboard", rules: [to_entries[] | .value.record += "_\(.key)" | .value]}]}' >"$LAB_RUN/exprs.yaml"
promtool check rules "$LAB_RUN/exprs.yaml"

echo "a Prometheus server loads them, and evaluates each rule"
sed "s|alerts.yaml|$PWD/alerts.yaml|" scrape.yaml >"$LAB_RUN/prometheus.yaml"
unshare --net bash -c 'ip link set lo up && exec prometheus --config.file="$1/prometheus.yaml" --storage.tsdb.path="$1/data" \
  --web.listen-address=127.0.0.1:9090' prometheus "$LAB_RUN" >"$LAB_RUN/prometheus.log" 2>&1 &
server=$!
ask() { nsenter --net --target $server curl --silent "http://127.0.0.1:9090/api/v1/$1"; }
evaluated() { ask rules | jq -e '[.data.groups[].rules[]] | length > 0 and all(.health == "ok")'; }
lab_poll=0.5 wait_until 60 "all rules to be evaluated" evaluated
assert_eq "rules" "$(grep -c '^ *- alert:' alerts.yaml)" "$(ask rules | jq '[.data.groups[].rules[]] | length')"
kill $server
wait $server || true
