# The value from before Ballast is the last one seen, not the first.
set(file reconcilers/ownership.cpp)
set(from [[owned.former_sysctls.emplace(key, have->second.value);]])
set(to [[owned.former_sysctls.insert_or_assign(key, have->second.value);]])
