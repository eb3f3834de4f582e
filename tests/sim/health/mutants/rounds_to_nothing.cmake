# A slow start's first share of a small weight is 0.
set(file model/health.cpp)
set(from [[std::max<std::uint64_t>(weight * health.permille / whole, 1)]])
set(to [[std::max<std::uint64_t>(weight * health.permille / whole, 0)]])
