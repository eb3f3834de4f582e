# Random pairs of states against real IPVS: exactly the new one, with as few writes as the difference.
# timeout: 900
# memory: 1G
host subject eth0 10.0.0.2/24
on subject "$LAB_BUILD/tests/random_states_tests"
