#include "controller/runtime/shortcomings.hpp"

#include <map>
#include <string>
#include <utility>

namespace ballast {
namespace {

std::string kind_text(Kind kind) {
  return kind == Kind::link ? "device" : std::string(text_of(kind));
}

struct Wish {
  Verb verb{};
  Origin origin;
};
using Wishes = std::map<std::pair<Kind, std::string>, Wish>;

template <class Key, class Value>
void add(Wishes& wishes, Kind kind, const Changes<Key, Value>& changes) {
  for (const auto& change : changes)
    wishes.emplace(std::pair(kind, object_text(change.key)), Wish{change.verb, change.origin});
}

void add(Wishes& wishes, const Plan& plan) {
  add(wishes, Kind::link, plan.links);
  add(wishes, Kind::sysctl, plan.sysctls);
  add(wishes, Kind::timeout, plan.timeouts);
  add(wishes, Kind::daemon, plan.daemons);
  add(wishes, Kind::service, plan.services);
  add(wishes, Kind::destination, plan.destinations);
  add(wishes, Kind::address, plan.addresses);
}

}  // namespace

http::Bounded<http::MissingObject> missing_objects(const std::vector<Trouble>& troubles, const Convergence& seen) {
  http::Bounded<http::MissingObject> all;
  all.total = troubles.size();
  if (troubles.empty()) return all;
  Wishes wishes;
  for (const Plan* plan : {&seen.remaining, &seen.held, &seen.plan}) add(wishes, *plan);
  for (const Trouble& trouble : troubles) {
    if (all.first.size() == most_listed) break;
    http::MissingObject object{kind_text(trouble.kind), trouble.object, "", trouble.text, ""};
    if (const auto wish = wishes.find({trouble.kind, trouble.object}); wish != wishes.end()) {
      const Verb verb = wish->second.verb;
      object.change = verb == Verb::add ? "add" : verb == Verb::update ? "update" : "remove";
      if (wish->second.origin.known()) object.manifest = wish->second.origin.text();
    }
    all.first.push_back(std::move(object));
  }
  return all;
}

http::Bounded<http::ForeignObject> foreign_objects(const Convergence& seen) {
  http::Bounded<http::ForeignObject> all;
  all.total = seen.plan.foreign.size();
  for (const Foreign& each : seen.plan.foreign) {
    if (all.first.size() == most_listed) break;
    all.first.push_back({each.object, each.detail});
  }
  return all;
}

}  // namespace ballast
