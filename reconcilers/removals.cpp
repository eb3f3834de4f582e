#include "reconcilers/removals.hpp"

#include <vector>

#include <fmt/format.h>

#include "model/render.hpp"

namespace ballast {
namespace {

constexpr std::size_t named = 3;

bool is_too_much(std::size_t gone, std::size_t all, const RemovalLimit& limit) {
  if (limit.count) return gone > *limit.count;
  return gone >= limit.at_least && gone * 2 > all;
}

std::string sentence(const std::vector<std::string>& gone, std::size_t all, const std::string& what) {
  std::vector<std::string> shown(gone.begin(), gone.begin() + static_cast<long>(std::min(gone.size(), named)));
  if (gone.size() > named) shown.push_back(fmt::format("and {} more", gone.size() - named));
  return fmt::format("{} of {} {} go: {}", gone.size(), all, what, fmt::join(shown, ", "));
}

}  // namespace

std::string too_much_removed(const Manifest& before, const Manifest& after, std::string_view node,
                             const RemovalLimit& limit) {
  Conditions conditions;
  for (const Manifest* manifest : {&before, &after}) {
    for (const VirtualRouter& router : manifest->virtual_routers) conditions.master_of.insert(router.header.name);
  }
  return too_much_removed(render(before, conditions, node), render(after, conditions, node), limit);
}

std::string too_much_removed(const State& before, const State& after, const RemovalLimit& limit) {
  std::vector<std::string> services;
  for (const auto& [key, entry] : before.services) {
    if (!after.services.contains(key)) services.push_back(key.text());
  }
  if (is_too_much(services.size(), before.services.size(), limit)) {
    return sentence(services, before.services.size(), "services");
  }
  for (const auto& [key, entry] : before.services) {
    if (!after.services.contains(key)) continue;
    std::vector<std::string> members;
    std::size_t all = 0;
    auto member = before.destinations.lower_bound({key, {}, 0});
    for (; member != before.destinations.end() && member->first.service == key; ++member, ++all) {
      if (!after.destinations.contains(member->first)) {
        members.push_back(endpoint_text(member->first.address, member->first.port));
      }
    }
    if (is_too_much(members.size(), all, limit)) return sentence(members, all, "members of " + key.text());
  }
  return {};
}

}  // namespace ballast
