# What a lab test is written with: hosts on networks, programs on them, questions to the kernel, asserts.
# Sourced by run_inside; a test sources nothing. Everything lives in $LAB_RUN and ends with the lab's kernel.
# shellcheck shell=bash
: "${LAB_RUN:?is set by tests/lab/kernel}" "${LAB_SOURCE:?is set by tests/lab/run}"
. "$LAB_SOURCE/tests/lab/hosts.sh"
. "$LAB_SOURCE/tests/lab/outside.sh"
. "$LAB_SOURCE/tests/lab/browser.sh"
. "$LAB_SOURCE/tests/lab/programs.sh"
. "$LAB_SOURCE/tests/lab/proc.sh"
. "$LAB_SOURCE/tests/lab/asserts.sh"
. "$LAB_SOURCE/tests/lab/vrrp.sh"
. "$LAB_SOURCE/tests/lab/git.sh"
. "$LAB_SOURCE/tests/lab/health.sh"
. "$LAB_SOURCE/tests/lab/servers.sh"
. "$LAB_SOURCE/tests/lab/report.sh"
. "$LAB_SOURCE/tests/lab/cluster_nginx_dr.sh"
. "$LAB_SOURCE/tests/lab/cluster_fullnat.sh"
. "$LAB_SOURCE/tests/lab/guides.sh"
. "$LAB_SOURCE/tests/lab/containers.sh"
