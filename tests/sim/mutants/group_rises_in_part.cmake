# Each router of a sync group takes over as soon as it would alone.
set(file sync_group.cpp)
set(from [[  if (std::all_of(members.begin(), members.end(), [](const Member& member) { return member.wants_master; })) {
    return tell(members, GroupMaster{}, able);
  }
  return {};]])
set(to [[  return tell(members, GroupMaster{}, [](const Member& member) { return member.wants_master; });]])
