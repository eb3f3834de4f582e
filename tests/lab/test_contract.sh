# The drivers keep the contract of drivers/kernel.hpp against a real kernel; the fake one passes the same tests.
# (The packet filter: lab.manifest_fullnat, as this kernel has none.)
# timeout: 300
host subject eth0 10.0.0.2/24
on subject "$LAB_BUILD/tests/contract_tests" --kernel=real --test-suite-exclude="packet filter"
