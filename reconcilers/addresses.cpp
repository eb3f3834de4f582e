// Addresses on interfaces. rtnetlink changes neither scope nor label of an address in place, so such an update is a
// removal followed at once by an addition; likewise an IPv6 address whose prefix length changes, as IPv6 knows an
// address once per interface whatever its length (addrconf.c, ipv6_add_addr()).
#include <algorithm>
#include <cerrno>

#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

using AddressChange = Change<AddressKey, Address>;

std::string explain(const AddressChange& change, int errnum) {
  switch (errnum) {
    case ENODEV:
      return "there is no interface '" + change.key.interface + "' on this node (ENODEV)";
    case EEXIST:
      return "the interface has this address already, with another prefix length or made by somebody else (EEXIST)";
    case EADDRNOTAVAIL:
      return "the interface does not have it (EADDRNOTAVAIL)";
    case EPERM:
      return "writing it needs CAP_NET_ADMIN (EPERM)";
    default:
      return errno_text(errnum);
  }
}

bool same_subnet(const AddressKey& a, const AddressKey& b) {
  return a.interface == b.interface && a.prefix.length == b.prefix.length && a.prefix.contains(b.prefix.address);
}

/// Whether others go when `key` goes, unless the kernel promotes them: the secondaries of a primary's subnet
/// (devinet.c, __inet_del_ifa()). What was seen as a secondary may be promoted by now, if `changes` take its primary.
bool takes_others_along(const AddressKey& key, const Observation& observed,
                        const Changes<AddressKey, Address>& changes) {
  if (!key.prefix.address.is_ipv4()) return false;
  const auto is_secondary = [&](const AddressKey& address) {
    const auto facts = observed.address_facts.find(address);
    return facts == observed.address_facts.end() || facts->second.secondary;
  };
  const bool promoted = std::any_of(changes.begin(), changes.end(), [&](const AddressChange& change) {
    return change.verb != Verb::add && same_subnet(change.key, key) && !is_secondary(change.key);
  });
  if (is_secondary(key) && !promoted) return false;
  const auto is_other = [&](const AddressKey& other) { return other != key && same_subnet(other, key); };
  // What comes was added before, behind the primary that goes.
  return std::any_of(observed.address_facts.begin(), observed.address_facts.end(),
                     [&](const auto& other) { return is_other(other.first); }) ||
         std::any_of(changes.begin(), changes.end(),
                     [&](const AddressChange& change) { return change.verb == Verb::add && is_other(change.key); });
}

/// Switches promote_secondaries on for an interface while an address is removed from it.
class Promotion {
 public:
  Promotion(Sysctls& sysctls, const std::string& interface, ApplyReport& report) : sysctls_(sysctls), report_(report) {
    std::string name = interface;
    std::replace(name.begin(), name.end(), '.', '/');
    key_ = "net.ipv4.conf." + name + ".promote_secondaries";
    if (reads_one("net.ipv4.conf.all.promote_secondaries") || reads_one(key_)) return;
    errnum_ = sysctls_.write(key_, "1");
    count_write(report_, errnum_, unsent_sysctl);
    restore_ = errnum_ == 0;
  }
  ~Promotion() {
    if (!restore_) return;
    sysctls_.write(key_, "0");
    ++report_.writes;
  }
  Promotion(const Promotion&) = delete;
  Promotion& operator=(const Promotion&) = delete;

  [[nodiscard]] int errnum() const { return errnum_; }

 private:
  bool reads_one(const SysctlKey& key) {
    const auto value = sysctls_.read(key);
    return value && *value != "0";
  }

  Sysctls& sysctls_;
  ApplyReport& report_;
  SysctlKey key_;
  int errnum_ = 0;
  bool restore_ = false;
};

int write_one(Verb verb, const AddressChange& change, Network& network, ApplyReport& report) {
  const AddressWrite write{verb, &change.key, verb == Verb::add ? &*change.after : nullptr};
  const int errnum = network.write(std::span(&write, 1)).front();
  count_write(report, errnum, {ENODEV});
  return errnum;
}

/// A real server must not hold a VIP that it would answer ARP for: it would take the director's traffic.
bool would_answer_arp(const AddressChange& change, const ApplyReport& report) {
  if (change.key.interface != "lo" || !change.key.prefix.address.is_ipv4()) return false;
  return std::any_of(report.failures.begin(), report.failures.end(), [](const Failure& failure) {
    return failure.kind == Kind::sysctl &&
           (failure.object.ends_with(".arp_ignore") || failure.object.ends_with(".arp_announce"));
  });
}

/// The removal of the same IPv6 address with another length, if the plan has one.
const AddressChange* obstacle(const AddressChange& change, const Changes<AddressKey, Address>& changes) {
  if (change.verb != Verb::add || change.key.prefix.address.is_ipv4()) return nullptr;
  for (const AddressChange& other : changes) {
    if (other.verb == Verb::remove && other.key.interface == change.key.interface &&
        other.key.prefix.address == change.key.prefix.address) {
      return &other;
    }
  }
  return nullptr;
}

bool is_replaced(const AddressChange& removal, const Changes<AddressKey, Address>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const AddressChange& change) { return obstacle(change, changes) == &removal; });
}

void remove_one(const AddressChange& change, const Changes<AddressKey, Address>& changes, const Observation& observed,
                Kernel& kernel, ApplyReport& report) {
  if (!takes_others_along(change.key, observed, changes)) {
    const int errnum = write_one(Verb::remove, change, kernel.network, report);
    record(report, Kind::address, change, "remove address", errnum, explain(change, errnum));
    return;
  }
  const Promotion promotion(kernel.sysctls, change.key.interface, report);
  if (promotion.errnum() != 0) {
    record(
        report, Kind::address, change, "remove address", promotion.errnum(),
        "removing it would take the other addresses of its subnet with it, and promote_secondaries could not be set: " +
            errno_text(promotion.errnum()));
    return;
  }
  const int errnum = write_one(Verb::remove, change, kernel.network, report);
  record(report, Kind::address, change, "remove address", errnum, explain(change, errnum));
}

void replace_one(const AddressChange& change, const Changes<AddressKey, Address>& changes, const Observation& observed,
                 Kernel& kernel, ApplyReport& report) {
  const bool takes_others = takes_others_along(change.key, observed, changes);
  std::optional<Promotion> promotion;
  if (takes_others) promotion.emplace(kernel.sysctls, change.key.interface, report);
  int errnum = promotion ? promotion->errnum() : 0;
  if (errnum == 0) errnum = write_one(Verb::remove, change, kernel.network, report);
  if (errnum == 0) errnum = write_one(Verb::add, change, kernel.network, report);
  record(report, Kind::address, change, "replace address", errnum, explain(change, errnum));
}

/// Additions in one batch; what has to be done one by one is left to the caller.
void add_many(const std::vector<const AddressChange*>& additions, Network& network, ApplyReport& report) {
  if (additions.empty()) return;
  std::vector<AddressWrite> writes;
  writes.reserve(additions.size());
  for (const AddressChange* change : additions) writes.push_back({Verb::add, &change->key, &*change->after});
  const std::vector<int> errnums = network.write(writes);
  count_writes(report, errnums, {ENODEV});
  for (std::size_t i = 0; i < additions.size(); ++i) {
    record(report, Kind::address, *additions[i], "add address", errnums[i], explain(*additions[i], errnums[i]));
  }
}

bool is_worth_listing(const IpAddress& address) {
  return !address.is_loopback() && !address.is_link_local();
}

}  // namespace

void observe_addresses(std::vector<ObservedAddress>&& addresses, Observation& observed) {
  for (ObservedAddress& address : addresses) {
    normalise(address.key, address.value);
    observed.address_facts.emplace(address.key, AddressFacts{address.protocol, address.secondary, address.finite});
    observed.state.addresses.emplace(std::move(address.key), Entry<Address>{std::move(address.value), {}});
  }
}

void plan_addresses(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan) {
  // One of ours with a lifetime is a lease: VRRP's, which renews it or lets it end.
  const auto is_lease = [&](const AddressKey& key) {
    const AddressFacts& facts = observed.address_facts.at(key);
    return facts.finite && facts.protocol == address_protocol;
  };
  const auto is_ours = [&](const AddressKey& key) {
    if (is_lease(key)) return false;
    return owned.addresses.contains(key) || observed.address_facts.at(key).protocol == address_protocol;
  };
  plan.addresses = diff(wanted.addresses, observed.state.addresses, is_ours);
  // A label that no manifest asks for is no reason to replace an address.
  std::erase_if(plan.addresses, [](const AddressChange& change) {
    return change.verb == Verb::update && change.after->label.empty() && change.before->scope == change.after->scope;
  });

  for (const auto& [key, entry] : wanted.addresses) {
    if (observed.interfaces.contains(key.interface)) continue;
    plan.warnings.push_back({entry.origin, "there is no interface '" + key.interface +
                                               "' on this node: " + key.prefix.text() + " cannot be added"});
  }
  for (const auto& [key, facts] : observed.address_facts) {
    if (wanted.addresses.contains(key) || is_ours(key) || is_lease(key) || !is_worth_listing(key.prefix.address))
      continue;
    plan.foreign.push_back({"address " + key.text(), facts.finite ? "has a lifetime" : ""});
  }
}

void apply_addresses(const Changes<AddressKey, Address>& changes, Phase phase, const Observation& observed,
                     Kernel& kernel, ApplyReport& report) {
  std::vector<const AddressChange*> additions;
  for (const AddressChange& change : changes) {
    if (!belongs_to(change, phase)) continue;
    if (change.verb == Verb::add) {
      if (would_answer_arp(change, report)) {
        skip(report, Kind::address, change, "add address",
             "this node would answer ARP for it, as arp_ignore or arp_announce could not be set");
        continue;
      }
      if (const AddressChange* removal = obstacle(change, changes))
        remove_one(*removal, changes, observed, kernel, report);
      additions.push_back(&change);
    } else if (change.verb == Verb::update) {
      replace_one(change, changes, observed, kernel, report);
    } else if (!is_replaced(change, changes)) {
      remove_one(change, changes, observed, kernel, report);
    }
  }
  add_many(additions, kernel.network, report);
}

}  // namespace ballast
