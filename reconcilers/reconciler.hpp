// From wanted State to a kernel that equals it: observe, make_plan, apply, and the record of what is ours.
//
//   observe -> make_plan -> (diff stops here) -> take_ownership -> apply -> observe, make_plan again -> drop_ownership
//
// Only observe and apply touch the kernel, through drivers/kernel.hpp; the rest are functions from values to values.
#pragma once

#include "reconcilers/plan.hpp"

namespace ballast {

std::string_view text_of(Kind kind);
/// As people call it: a link is a "device".
std::string_view word_of(Kind kind);
std::string_view text_of(Verb verb);

/// A change that did not happen.
struct Failure {
  Kind kind;
  std::string object;  ///< object_text() of the change's key
  std::string text;    ///< "add service tcp 192.0.2.1:80: ... (ENOENT) (web.yaml:18)"
  int errnum = 0;      ///< 0 where it was skipped because something that it stands on failed
};

struct ApplyReport {
  std::size_t writes = 0;  ///< commands sent to the kernel
  std::size_t done = 0;    ///< changes carried out
  std::vector<Failure> failures;
};

/// Reads everything that `wanted` or `owned` speak of, and all services and addresses beside. IPVS is not touched
/// (which would load its module) on a node that neither wants nor owns anything of it.
Result<Observation> observe(Kernel& kernel, const State& wanted, const Ownership& owned);

/// The same, but of IPVS only these services.
Result<Observation> observe(Kernel& kernel, const State& wanted, const Ownership& owned,
                            std::span<const ServiceKey> services);

/// The services that `plan` touches, sorted, each once.
std::vector<ServiceKey> touched_services(const Plan& plan);

/// `wanted` with these services only, which are sorted.
State narrowed(const State& wanted, std::span<const ServiceKey> services);

/// Minimal and ordered. Removes only what is owned, or belongs to a service that is.
Plan make_plan(const State& wanted, const Observation& observed, const Ownership& owned);

/// `owned` with all of `wanted`, and the values that were there before; to be written down before apply, so that a
/// crash in the middle leaves nothing without an owner.
Ownership take_ownership(Ownership owned, const State& wanted, const Observation& observed);

/// Carries out the plan made from `observed`. One object's failure stops what stands on it, not the others.
ApplyReport apply(const Plan& plan, const Observation& observed, Kernel& kernel);

/// `owned` without what is no longer wanted and, by `observed`, gone or given back. Of the services only those in
/// `only`, sorted, where it is given: `observed` knows no others.
Ownership drop_ownership(Ownership owned, const State& wanted, const Observation& observed,
                         const std::optional<std::vector<ServiceKey>>& only = {});

// How people call an object: "tcp 192.0.2.1:80", "10.0.0.3:80 of tcp 192.0.2.1:80", "192.0.2.1/24 on eth0".
std::string object_text(const std::string& name);
std::string object_text(Timer timer);
std::string object_text(DaemonRole role);
std::string object_text(const ServiceKey& key);
std::string object_text(const DestinationKey& key);
std::string object_text(const AddressKey& key);

}  // namespace ballast
