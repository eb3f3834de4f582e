# A MASTER that stops is waited for as if it had died.
set(file election.cpp)
set(from [[listen_for_skew_time();]])
set(to [[]])
