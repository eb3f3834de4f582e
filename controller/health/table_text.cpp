// What a table knows, as JSON through nlohmann, for the process that comes after this one.
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/health/table.hpp"

namespace ballast::health {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int format_version = 1;

std::int64_t in_milliseconds(Time time) {
  return std::chrono::duration_cast<milliseconds>(time).count();
}

constexpr Life lives[] = {Life::unknown, Life::up, Life::down};

Life parse_life(const json& word) {
  for (const Life life : lives) {
    if (text_of(life) == word.get<std::string>()) return life;
  }
  throw std::invalid_argument("'" + word.get<std::string>() + "' is no state of a member");
}

constexpr std::pair<MemberState, std::string_view> state_words[] = {
    {MemberState::enabled, "enabled"}, {MemberState::drain, "drain"}, {MemberState::down, "down"}};

MemberState parse_state(const std::string& text) {
  for (const auto& [state, word] : state_words) {
    if (word == text) return state;
  }
  throw std::invalid_argument("'" + text + "' is no state of a member");
}

std::string state_text(MemberState state) {
  for (const auto& [each, word] : state_words) {
    if (each == state) return std::string(word);
  }
  return {};
}

IpAddress parse_address(const json& text) {
  const auto address = IpAddress::parse(text.get<std::string>());
  if (!address) throw std::invalid_argument("'" + text.get<std::string>() + "' is no address");
  return *address;
}

}  // namespace

/// Written piece by piece: as one document in memory, tens of thousands of members would be many times their text.
std::string Table::text(Time now) const {
  std::string out = fmt::format("{{\"version\": {},\n\"bootMilliseconds\": {},\n\"services\": {{", format_version,
                                in_milliseconds(now));
  const char* between_services = "";
  for (const Service& service : services_) {
    out += between_services + json(service.name).dump() + ": {";
    if (service.quorum) out += *service.quorum ? "\"quorum\": true, " : "\"quorum\": false, ";
    out += "\"members\": [";
    const char* between_members = "\n";
    for (const Member& member : service.members) {
      out += between_members;
      fmt::format_to(
          std::back_inserter(out), "{{\"address\": \"{}\", \"port\": {}, \"life\": \"{}\", \"sinceMilliseconds\": {}",
          member.endpoint.address.text(), member.endpoint.port, text_of(member.life), in_milliseconds(member.since));
      if (member.failed > 0) out += fmt::format(", \"failed\": {}", member.failed);
      if (member.slow_since) {
        out += fmt::format(", \"slowSinceMilliseconds\": {}", in_milliseconds(*member.slow_since));
      }
      out += '}';
      between_members = ",\n";
    }
    out += "]}";
    between_services = ",\n";
  }
  json states = json::array();
  for (const auto& [member, state] : health_.states) {
    states.push_back({{"pool", member.pool},
                      {"address", member.address.text()},
                      {"port", member.port},
                      {"state", state_text(state)}});
  }
  return out + "},\n\"states\": " + states.dump(0) + "}\n";
}

Result<void> Table::restore(std::string_view text, Time now, Duration oldest) {
  try {
    const json all = json::parse(text);
    if (all.at("version").get<int>() != format_version) throw std::invalid_argument("written by another version");
    std::map<PoolMember, MemberState> states;
    for (const json& item : all.at("states")) {
      states.insert_or_assign(
          {item.at("pool").get<std::string>(), parse_address(item.at("address")), item.at("port").get<std::uint16_t>()},
          parse_state(item.at("state").get<std::string>()));
    }
    Memory memory;
    std::uint64_t failures = 0;
    for (const auto& [name, service] : all.at("services").items()) {
      RememberedService& remembered = memory[name];
      if (service.contains("quorum")) remembered.quorum = service.at("quorum").get<bool>();
      for (const json& item : service.at("members")) {
        RememberedMember member;
        member.life = parse_life(item.at("life"));
        member.since = milliseconds(item.at("sinceMilliseconds").get<std::int64_t>());
        member.failed = item.value("failed", std::uint64_t{0});
        failures = std::max(failures, member.failed);
        if (item.contains("slowSinceMilliseconds")) {
          member.slow_since = milliseconds(item.at("slowSinceMilliseconds").get<std::int64_t>());
        }
        remembered.members.insert_or_assign({parse_address(item.at("address")), item.at("port").get<std::uint16_t>()},
                                            member);
      }
    }
    const Time written = milliseconds(all.at("bootMilliseconds").get<std::int64_t>());
    health_.states = std::move(states);
    changed_ = true;
    if (written <= now && now - written <= oldest) {
      restored_ = std::move(memory);
      failures_ = failures;
    }
    return {};
  } catch (const json::exception&) {
    return Error{"not a record of health, or damaged", 0};
  } catch (const std::exception& error) {
    return Error{std::string("not a record of health: ") + error.what(), 0};
  }
}

}  // namespace ballast::health
