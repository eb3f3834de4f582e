# A process that stood still goes on as if nothing had happened.
set(file machine.cpp)
set(from [[  notice_pause();
  last_run_]])
set(to [[  last_run_]])
