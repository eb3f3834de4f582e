# A MASTER measures itself by the interval of the one before: it takes its own rhythm for a pause.
set(file roles.cpp)
set(from [[    status_.master_priority = status_.priority;
    status_.master_interval = config_.group.interval;]])
set(to [[    status_.master_priority = status_.priority;]])
