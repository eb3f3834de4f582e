# What no manifest wants is forgotten before it is gone.
set(file reconcilers/ownership.cpp)
set(from [[return !wanted.services.contains(key) && !now.services.contains(key);]])
set(to [[return !wanted.services.contains(key);]])
