# Every BACKUP takes over at the same moment.
set(file machine.cpp)
set(from [[return (256 - status_.priority) * whole / 256;]])
set(to [[return 0 * whole;]])
