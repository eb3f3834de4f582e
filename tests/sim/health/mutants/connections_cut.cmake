# A drain ends as soon as the weight is 0.
set(file reconcilers/drain.cpp)
set(from [[value.weight == 0 && !has_connections(observed_, key)]])
set(to [[value.weight == 0]])
