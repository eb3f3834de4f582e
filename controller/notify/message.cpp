#include "controller/notify/message.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast::notify {
namespace {

using Json = nlohmann::ordered_json;

void add_event(Json& object, const Event& event) {
  object["event"] = word_of(event.what);
  if (event.what == Event::What::role_changed) {
    object["router"] = event.name;
    object["addresses"] = event.address;
    object["role"] = event.role;
    object["previousRole"] = event.previous_role;
  } else {
    object["service"] = event.name;
    object["address"] = event.address;
    if (!event.member.empty()) object["member"] = event.member;
  }
  object["reason"] = event.reason;
  object["time"] = time_text(event.at);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment_of(const Event& event, std::string_view node,
                                                                std::size_t more) {
  std::vector<std::pair<std::string, std::string>> variables = {{"BALLAST_NODE", std::string(node)},
                                                                {"BALLAST_EVENT", std::string(word_of(event.what))},
                                                                {"BALLAST_REASON", event.reason},
                                                                {"BALLAST_TIME", time_text(event.at)},
                                                                {"BALLAST_MORE", std::to_string(more)}};
  const auto add = [&](const char* name, std::string value) { variables.emplace_back(name, std::move(value)); };
  if (event.what == Event::What::role_changed) {
    add("BALLAST_ROUTER", event.name);
    add("BALLAST_ROLE", event.role);
    add("BALLAST_PREVIOUS_ROLE", event.previous_role);
    add("BALLAST_PRIORITY", std::to_string(event.priority));
    add("BALLAST_ADDRESSES", event.address);
    return variables;
  }
  add("BALLAST_SERVICE", event.name);
  add("BALLAST_ADDRESS", event.address);
  if (!event.member.empty()) add("BALLAST_MEMBER", event.member);
  return variables;
}

std::string json_of(const Digest& digest, std::string_view node) {
  Json object;
  object["node"] = node;
  add_event(object, *digest.headline);
  object["more"] = digest.more();
  Json& events = object["events"] = Json::array();
  for (const EventPtr& event : digest.shown) add_event(events.emplace_back(Json::object()), *event);
  if (digest.lost > 0) object["lost"] = digest.lost;
  constexpr int one_line = -1;
  return object.dump(one_line, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ballast::notify
