// What explain knows, asked by object: what is wanted of this node, what the kernel has now, what failed.
// Internal to report/explain*.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/report/explain.hpp"

namespace ballast {

class Facts {
 public:
  explicit Facts(const Knowledge& knowledge);

  const Knowledge& known;
  State wanted;  ///< of this node

  const State& kernel;  ///< as it was seen last; empty before that

  [[nodiscard]] std::optional<Service> kernel_service(const ServiceKey& key) const;
  [[nodiscard]] std::optional<Destination> kernel_destination(const DestinationKey& key) const;
  [[nodiscard]] std::optional<SysctlValue> kernel_sysctl(const SysctlKey& key) const;
  [[nodiscard]] std::optional<Link> kernel_link(const std::string& name) const;
  [[nodiscard]] std::optional<std::uint32_t> kernel_timeout(Timer timer) const;
  [[nodiscard]] std::vector<AddressKey> kernel_addresses(const IpAddress& address) const;
  /// Of one service.
  [[nodiscard]] std::vector<DestinationKey> kernel_destinations(const ServiceKey& key) const;
  [[nodiscard]] bool is_foreign(const std::string& object) const;  ///< "service tcp 192.0.2.1:80"

  /// Why it is not as wanted although this node tries; empty: it is.
  [[nodiscard]] std::vector<std::string> failures(Kind kind, const std::string& object) const;

  /// "VirtualService/web at web.yaml:41"
  [[nodiscard]] static std::string place(const Origin& origin);
  /// "the manifest 0123456789ab is held: ..." where that concerns an object that only one of the two has.
  void note_held(Explanation& out, bool in_force, bool in_held) const;
  [[nodiscard]] const http::RouterStatus* router(std::string_view name) const;
  /// "not MASTER of web: BACKUP for 5h03m; 192.0.2.9 is MASTER (priority 150)"; empty: MASTER.
  [[nodiscard]] std::string why_not_master(std::string_view router) const;
};

/// "a, b and c", of many "a, b and 17 more".
std::string list_text(const std::vector<std::string>& items, std::size_t most = 12);
std::string names_text(const NodeList& nodes);

// Each adds an explanation for each object of its kind that the name means.
void explain_routers(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out);
void explain_services(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out);
void explain_members(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out);
void explain_addresses(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out);
void explain_settings(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out);

}  // namespace ballast
