# The drivers keep the contract of drivers/kernel.hpp against a real kernel; the fake one passes the same tests.
# timeout: 300
host subject eth0 10.0.0.2/24
on subject "$LAB_BUILD/tests/contract_tests" --kernel=real
