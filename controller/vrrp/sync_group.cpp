#include "controller/vrrp/sync_group.hpp"

#include <algorithm>

namespace ballast::vrrp {

namespace {

template <class Applies>
std::vector<GroupOrder> tell(std::span<const Member> members, const Event& event, Applies applies) {
  std::vector<GroupOrder> commands;
  for (std::size_t at = 0; at < members.size(); ++at) {
    if (applies(members[at])) commands.push_back({at, event});
  }
  return commands;
}

}  // namespace

std::vector<GroupOrder> synchronise(std::span<const Member> members) {
  const auto able = [](const Member& member) { return member.able; };
  const auto is_master = [](const Member& member) { return member.role == Role::master; };
  const auto blocked = [](const Member& member) { return member.blocked; };

  if (!std::all_of(members.begin(), members.end(), able)) {
    return tell(members, GroupBlocked{true, "another member of its sync group is in FAULT"},
                [](const Member& member) { return member.able && !member.blocked; });
  }
  if (std::any_of(members.begin(), members.end(), blocked)) return tell(members, GroupBlocked{false, ""}, blocked);
  if (std::all_of(members.begin(), members.end(), is_master)) return {};
  // They rise together, so that a mixture is a fall.
  if (std::any_of(members.begin(), members.end(), is_master)) return tell(members, GroupBackup{}, is_master);
  if (std::all_of(members.begin(), members.end(), [](const Member& member) { return member.wants_master; })) {
    return tell(members, GroupMaster{}, able);
  }
  return {};
}

}  // namespace ballast::vrrp
