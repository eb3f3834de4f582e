// The record is JSON, so that people can read it in an emergency.
#include "controller/vrrp/virtual_macs.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ballast::vrrp {
namespace {

using nlohmann::json;

constexpr const char* record_name = "virtual-macs.json";

std::string record_text(const std::vector<VirtualMac>& devices, const std::vector<SysctlChange>& changes) {
  json text = {{"devices", json::array()}, {"sysctls", json::array()}};
  for (const VirtualMac& device : devices) {
    text["devices"].push_back({{"name", device.name},
                               {"parent", device.parent},
                               {"family", device.family == Family::ipv4 ? 4 : 6},
                               {"virtualRouterId", device.vrid}});
  }
  for (const SysctlChange& change : changes) {
    text["sysctls"].push_back({{"name", change.key}, {"before", change.before}, {"after", change.after}});
  }
  return text.dump(1) + "\n";
}

}  // namespace

VirtualMacs::VirtualMacs(std::string state_dir)
    : directory_(std::move(state_dir)), macvlans_(sysctls_, [this](const SysctlChange& change) {
        changes_.push_back(change);
        return save();
      }) {}

Result<void> VirtualMacs::load() {
  const auto text = directory_.load(record_name);
  if (!text) return text.error();
  if (!text->has_value()) return {};
  try {
    const json record = json::parse(**text);
    for (const json& device : record.at("devices")) {
      devices_.push_back({device.at("name"), device.at("parent"),
                          device.at("family").get<int>() == 4 ? Family::ipv4 : Family::ipv6,
                          device.at("virtualRouterId")});
    }
    for (const json& change : record.at("sysctls")) {
      changes_.push_back({change.at("name"), change.at("before"), change.at("after")});
    }
  } catch (const json::exception&) {
    devices_.clear();
    changes_.clear();
    return Error{directory_.path_of(record_name) + " is not readable as a record of virtual MACs; it will be replaced",
                 0};
  }
  return {};
}

Result<void> VirtualMacs::save() const {
  return directory_.save(record_name, record_text(devices_, changes_));
}

std::vector<std::string> VirtualMacs::take_up(const std::vector<VirtualMac>& wanted) {
  std::vector<std::string> troubles;
  if (auto loaded = load(); !loaded) troubles.push_back(loaded.error().text);
  const std::vector<VirtualMac> left = devices_;
  for (const VirtualMac& device : left) {
    const bool stays = std::any_of(wanted.begin(), wanted.end(), [&](const VirtualMac& each) {
      return each.name == device.name && each.parent == device.parent;
    });
    if (stays) continue;
    if (auto removed = remove(device); !removed) troubles.push_back(removed.error().text);
  }
  return troubles;
}

Result<unsigned> VirtualMacs::create(const VirtualMac& wanted) {
  const auto is_it = [&](const VirtualMac& device) { return device.name == wanted.name; };
  if (std::none_of(devices_.begin(), devices_.end(), is_it)) {
    devices_.push_back(wanted);
    if (auto saved = save(); !saved) {
      devices_.pop_back();
      return saved.error();
    }
  }
  const auto made = macvlans_.create(wanted);
  if (made) return static_cast<unsigned>(made->index);
  static_cast<void>(forget(wanted.name));
  return made.error();
}

Result<void> VirtualMacs::remove(const VirtualMac& device) {
  auto removed = macvlans_.remove(device);
  auto forgotten = forget(device.name);
  return removed ? forgotten : removed;
}

Result<void> VirtualMacs::forget(const std::string& name) {
  std::erase_if(devices_, [&](const VirtualMac& device) { return device.name == name; });
  if (devices_.empty()) {
    macvlans_.restore(changes_);
    changes_.clear();
  }
  return save();
}

}  // namespace ballast::vrrp
