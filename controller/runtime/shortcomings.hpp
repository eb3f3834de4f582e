// What a look says of the node for `ballast status`: what is wanted but not so, and what somebody else made.
// Pure.
#pragma once

#include "controller/converge.hpp"
#include "controller/http/drift_status.hpp"

namespace ballast {

/// At most so many are listed; all are counted.
inline constexpr std::size_t most_listed = 1000;

/// `seen`: the last look at everything, which knows the manifest's lines.
http::Bounded<http::MissingObject> missing_objects(const std::vector<Trouble>& troubles, const Convergence& seen);
http::Bounded<http::ForeignObject> foreign_objects(const Convergence& seen);

}  // namespace ballast
