// What the packet filter does around a service, source NAT and the SYN proxy: for whom it can.
#include <algorithm>

#include "model/validate_service.hpp"

namespace ballast {
namespace {

/// One of the two fields.
struct Feature {
  std::string_view name;
  Origin origin;
  std::string_view needs_nat;  ///< why
};

void check_kind_of_service(Validation& validation, const VirtualService& service, const Feature& feature) {
  Report& report = validation.report;
  if (service.fwmark) {
    report.add(feature.origin, cat("'", feature.name,
                                   "' finds connections by address and port, which a fwmark service has not; write a "
                                   "service for each address"));
    return;
  }
  if (service.port && service.port->value == 0) {
    report.add(feature.origin, cat("'", feature.name, "' needs a port, and this service has every port"));
  }
}

/// Whatever is not reached by NAT, named at the place that says so.
void check_forwarding(Validation& validation, const VirtualService& service, const PoolDigest* digest,
                      const Feature& feature) {
  const auto complain = [&](const Origin& origin, std::string_view who, Forwarding forwarding) {
    validation.report.add(origin, cat("'", feature.name, "' needs forwarding NAT", who, ", not ", text_of(forwarding),
                                      ": ", feature.needs_nat));
  };
  if (!service.forwarding.origin.known()) return;
  const Forwarding usual = service.forwarding.value;
  if (usual != Forwarding::nat) {
    complain(feature.origin, "", usual);
    return;
  }
  const auto& sorry = service.sorry_server;
  if (sorry && sorry->forwarding && sorry->forwarding->value != Forwarding::nat) {
    complain(sorry->forwarding->origin, cat(" of the sorry server too, in service '", service.header.name, "'"),
             sorry->forwarding->value);
  }
  if (digest == nullptr || (!digest->dr.any() && !digest->tun.any())) return;
  for (const Member& member : digest->pool->members) {
    if (validation.report.full()) return;
    if (!member.forwarding || member.forwarding->value == Forwarding::nat) continue;
    complain(member.forwarding->origin, cat(" of every member, in service '", service.header.name, "'"),
             member.forwarding->value);
  }
}

void check_source_nat(Validation& validation, const VirtualService& service, const PoolDigest* digest) {
  const Feature feature{"sourceNat", service.source_nat.origin,
                        "the replies of the others do not come back through the director, where their addresses are "
                        "put right"};
  check_kind_of_service(validation, service, feature);
  check_forwarding(validation, service, digest, feature);
  if (service.fwmark) return;
  if (protocol_of(service) == Protocol::sctp) {
    validation.report.add(feature.origin,
                          "'sourceNat' needs protocol: TCP or UDP, not SCTP, whose ends tell each other "
                          "their addresses");
  }
  const auto& flags = service.scheduler_flags;
  const auto ops =
      std::find_if(flags.begin(), flags.end(), [](const auto& flag) { return flag.value == SchedulerFlag::ops; });
  if (ops != flags.end()) {
    validation.report.add(ops->origin,
                          "ops (each datagram by itself) leaves no connection by which 'sourceNat' could "
                          "find the client again; remove one of them");
  }
}

void check_syn_proxy(Validation& validation, const VirtualService& service, const PoolDigest* digest) {
  const Feature feature{"synProxy", service.syn_proxy->origin,
                        "the replies of the others bypass the director, which has to put their sequence numbers right"};
  check_kind_of_service(validation, service, feature);
  check_forwarding(validation, service, digest, feature);
  if (!service.fwmark && protocol_of(service) != Protocol::tcp) {
    validation.report.add(feature.origin, cat("'synProxy' needs protocol: TCP, not ", text_of(protocol_of(service))));
  }
}

}  // namespace

void check_packet_rules(Validation& validation, const VirtualService& service, const PoolDigest* digest) {
  if (service.source_nat.value) check_source_nat(validation, service, digest);
  if (service.syn_proxy) check_syn_proxy(validation, service, digest);
}

}  // namespace ballast
