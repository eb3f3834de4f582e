# Among equals the lower address would be MASTER.
set(file election.cpp)
set(from [[return source > source_;]])
set(to [[return source < source_;]])
