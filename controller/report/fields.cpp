#include "controller/report/fields.hpp"

#include <fmt/format.h>

namespace ballast {

std::vector<std::string> flag_words(const Service& value) {
  std::vector<std::string> words;
  const bool hashes = value.scheduler == "sh" || value.scheduler == "mh";
  const auto add = [&](std::uint32_t bit, const char* word) {
    if ((value.flags & bit) == 0) return;
    words.push_back(hashes ? value.scheduler + "-" + word : fmt::format("flag {:#x}", bit));
  };
  add(ServiceFlag::scheduler1, "fallback");
  add(ServiceFlag::scheduler2, "port");
  if ((value.flags & ServiceFlag::scheduler3) != 0) words.push_back(fmt::format("flag {:#x}", ServiceFlag::scheduler3));
  if ((value.flags & ServiceFlag::one_packet) != 0) words.emplace_back("ops");
  return words;
}

std::string granularity_text(Family family, std::uint32_t granularity) {
  if (family == Family::ipv6) return std::to_string(granularity);
  return fmt::format("{}.{}.{}.{}", granularity >> 24, (granularity >> 16) & 255, (granularity >> 8) & 255,
                     granularity & 255);
}

Fields fields_of(const ServiceKey& key, const Service& value) {
  Fields fields{{"scheduler", value.scheduler}};
  const auto words = flag_words(value);
  fields.emplace_back("schedulerFlags", words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", ")));
  if (!value.persistent()) {
    fields.emplace_back("persistence", "none");
  } else {
    fields.emplace_back("persistence", fmt::format("{}s", value.persistence_seconds));
    fields.emplace_back("granularity", granularity_text(key.family(), value.granularity));
  }
  fields.emplace_back("engine", value.persistence_engine.empty() ? "none" : value.persistence_engine);
  return fields;
}

Fields fields_of(const DestinationKey&, const Destination& value) {
  Fields fields{{"forwarding", std::string(text_of(value.forwarding))},
                {"weight", std::to_string(value.weight)},
                {"upperThreshold", std::to_string(value.upper_threshold)},
                {"lowerThreshold", std::to_string(value.lower_threshold)}};
  if (value.forwarding == Forwarding::tun) {
    std::string tunnel(text_of(value.tunnel.type));
    if (value.tunnel.port != 0) tunnel += fmt::format(" port {}", value.tunnel.port);
    if (value.tunnel.checksum != TunnelChecksum::none) {
      tunnel += fmt::format(" checksum {}", text_of(value.tunnel.checksum));
    }
    fields.emplace_back("tunnel", tunnel);
  }
  return fields;
}

Fields fields_of(const AddressKey&, const Address& value) {
  Fields fields{{"scope", std::string(text_of(value.scope))}};
  if (!value.label.empty()) fields.emplace_back("label", value.label);
  return fields;
}

Fields fields_of(const std::string&, const SysctlValue& value) {
  return {{"value", value}};
}

Fields fields_of(const std::string&, const Link& value) {
  return {{"state", value.up ? "up" : "down"}};
}

Fields fields_of(Timer, std::uint32_t seconds) {
  return {{"value", fmt::format("{}s", seconds)}};
}

Fields fields_of(DaemonRole, const SyncDaemon& value) {
  Fields fields{{"interface", value.interface},
                {"syncId", std::to_string(value.sync_id)},
                {"group", value.group.text()},
                {"port", std::to_string(value.port)},
                {"ttl", std::to_string(value.ttl)}};
  if (value.max_length != 0) fields.emplace_back("maxLength", std::to_string(value.max_length));
  return fields;
}

Fields fields_of(const ServiceKey&, const PacketRules& value) {
  Fields fields{{"sourceNat", value.source_nat ? "true" : "false"}, {"synProxy", "none"}};
  if (value.syn_proxy) {
    fields.back().second =
        fmt::format("mss {} windowScale {}", value.syn_proxy->mss, int{value.syn_proxy->window_scale});
  }
  fields.emplace_back("table", value.damaged ? "damaged" : "intact");
  return fields;
}

}  // namespace ballast
