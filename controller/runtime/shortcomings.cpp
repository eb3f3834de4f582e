#include "controller/runtime/shortcomings.hpp"

#include <map>
#include <string>
#include <utility>

namespace ballast {
namespace {

struct Wish {
  Verb verb{};
  Origin origin;
};
using Wishes = std::map<std::pair<Kind, std::string>, Wish>;

void add(Wishes& wishes, const Plan& plan) {
  for_each_kind([&](Kind kind, auto changes, auto) {
    for (const auto& change : plan.*changes) {
      wishes.emplace(std::pair(kind, object_text(change.key)), Wish{change.verb, change.origin});
    }
  });
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
    http::MissingObject object{std::string(word_of(trouble.kind)), trouble.object, "", trouble.text, ""};
    if (const auto wish = wishes.find({trouble.kind, trouble.object}); wish != wishes.end()) {
      object.change = text_of(wish->second.verb);
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
