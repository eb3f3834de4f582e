# A member leaves after its first failed round, whatever `fall` says.
set(file controller/health/machine.cpp)
set(from [[if (fails_ >= check.fall.value)]])
set(to [[if (fails_ >= 1)]])
