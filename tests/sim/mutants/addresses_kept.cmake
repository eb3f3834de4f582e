# A MASTER that gives way keeps the addresses until their lease ends.
set(file election.cpp)
set(from [[    act(RemoveAddresses{});
    become_backup(]])
set(to [[    become_backup(]])
