# When one router of a sync group steps back, the others stay.
set(file sync_group.cpp)
set(from [[if (std::any_of(members.begin(), members.end(), is_master)) return tell(members, GroupBackup{}, is_master);]])
set(to [[]])
