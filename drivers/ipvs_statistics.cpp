// Attributes of ip_vs_ctl.c: ip_vs_genl_fill_stats64(); kernels have them since 4.1.
#include "drivers/ipvs_statistics.hpp"

#include <array>

#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "drivers/ipvs_codec.hpp"

namespace ballast {
namespace {

/// The attribute `type` in the nested `outer` of a command; null where it lacks.
nlattr* find_nested(nlmsghdr& message, int outer, int type) {
  nlattr* nest = nlmsg_find_attr(&message, GENL_HDRLEN, outer);
  return nest == nullptr ? nullptr : nla_find(static_cast<nlattr*>(nla_data(nest)), nla_len(nest), type);
}

std::optional<Traffic> read_traffic(nlmsghdr& message, int outer, int type) {
  nlattr* statistics = find_nested(message, outer, type);
  if (statistics == nullptr) return std::nullopt;
  std::array<nlattr*, IPVS_STATS_ATTR_MAX + 1> attributes{};
  if (nla_parse_nested(attributes.data(), IPVS_STATS_ATTR_MAX, statistics, nullptr) != 0) return std::nullopt;
  bool complete = true;
  const auto number = [&](int attribute) {
    nlattr* found = attributes[static_cast<std::size_t>(attribute)];
    const bool fits = found != nullptr && nla_len(found) >= static_cast<int>(sizeof(std::uint64_t));
    complete = complete && fits;
    return fits ? nla_get_u64(found) : 0;
  };
  const Traffic traffic{number(IPVS_STATS_ATTR_CONNS),    number(IPVS_STATS_ATTR_INPKTS),
                        number(IPVS_STATS_ATTR_OUTPKTS),  number(IPVS_STATS_ATTR_INBYTES),
                        number(IPVS_STATS_ATTR_OUTBYTES), number(IPVS_STATS_ATTR_CPS),
                        number(IPVS_STATS_ATTR_INPPS),    number(IPVS_STATS_ATTR_OUTPPS),
                        number(IPVS_STATS_ATTR_INBPS),    number(IPVS_STATS_ATTR_OUTBPS)};
  if (!complete) return std::nullopt;
  return traffic;
}

}  // namespace

std::optional<ServiceStatistics> read_service_statistics(nlmsghdr& message) {
  const auto service = read_service(message);
  if (!service) return std::nullopt;
  const auto traffic = read_traffic(message, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_STATS64);
  if (!traffic) return std::nullopt;
  return ServiceStatistics{service->key, *traffic};
}

std::optional<DestinationStatistics> read_destination_statistics(nlmsghdr& message, const ServiceKey& key) {
  const auto destination = read_destination(message, key);
  if (!destination) return std::nullopt;
  const auto traffic = read_traffic(message, IPVS_CMD_ATTR_DEST, IPVS_DEST_ATTR_STATS64);
  if (!traffic) return std::nullopt;
  return DestinationStatistics{destination->key, destination->value.weight, destination->connections, *traffic};
}

}  // namespace ballast
