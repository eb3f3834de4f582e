// Drains as JSON through nlohmann; keys in the words that every message uses.
#include <nlohmann/json.hpp>

#include "reconcilers/drain.hpp"

namespace ballast {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int format_version = 1;

std::int64_t in_milliseconds(BootTime time) {
  return std::chrono::duration_cast<milliseconds>(time).count();
}

DestinationKey parse_key(const json& item) {
  const std::string service = item.at("service");
  const std::string address = item.at("address");
  const auto service_key = ServiceKey::parse(service);
  const auto parsed = IpAddress::parse(address);
  if (!service_key) throw std::invalid_argument("'" + service + "' is no service");
  if (!parsed) throw std::invalid_argument("'" + address + "' is no address");
  return {*service_key, *parsed, item.at("port").get<std::uint16_t>()};
}

}  // namespace

std::string drains_text(const Drains& drains, BootTime now) {
  json items = json::array();
  for (const auto& [key, deadline] : drains) {
    items.push_back({{"service", key.service.text()},
                     {"address", key.address.text()},
                     {"port", key.port},
                     {"leftMilliseconds", std::max<std::int64_t>(in_milliseconds(deadline - now), 0)}});
  }
  return json{{"version", format_version}, {"bootMilliseconds", in_milliseconds(now)}, {"drains", std::move(items)}}
             .dump(0) +
         "\n";
}

Result<Drains> parse_drains(std::string_view text, BootTime now) {
  try {
    const json whole = json::parse(text);
    if (whole.at("version").get<int>() != format_version) throw std::invalid_argument("written by another version");
    const BootTime written = std::min<BootTime>(milliseconds(whole.at("bootMilliseconds").get<std::int64_t>()), now);
    Drains drains;
    for (const json& item : whole.at("drains")) {
      drains.emplace(parse_key(item), written + milliseconds(item.at("leftMilliseconds").get<std::int64_t>()));
    }
    return drains;
  } catch (const json::exception&) {
    return Error{"not a record of drains, or damaged", 0};
  } catch (const std::exception& error) {
    return Error{std::string("not a record of drains: ") + error.what(), 0};
  }
}

}  // namespace ballast
