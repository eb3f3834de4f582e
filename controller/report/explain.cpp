// Which objects a name means, and what may have been meant where it means none.
#include "controller/report/explain.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/report/explain_facts.hpp"
#include "controller/report/wrapped.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t most_explanations = 20;
/// Edit distances to more names than that would keep the loop from its work.
constexpr std::size_t most_candidates = 2000;

std::vector<std::string> candidates(const Facts& facts) {
  std::vector<std::string> all;
  const auto add = [&](std::string text) {
    if (all.size() < most_candidates) all.push_back(std::move(text));
  };
  const Manifest& manifest = *facts.known.manifest;
  for (const VirtualRouter& each : manifest.virtual_routers) add(each.header.name);
  for (const VirtualService& each : manifest.virtual_services) add(each.header.name);
  for (const Pool& each : manifest.pools) add(each.header.name);
  for (const AddressDocument& each : manifest.addresses) add(each.header.name);
  for (const auto& [key, entry] : facts.wanted.sysctls) add(key);
  for (const auto& [key, entry] : facts.wanted.links) add(key);
  for (const auto& [key, entry] : facts.wanted.services) add(key.text());
  for (const auto& [key, entry] : facts.wanted.addresses) add(key.prefix.address.text());
  for (const VirtualRouter& each : manifest.virtual_routers) {
    for (const VirtualAddress& address : each.addresses) add(address.address.value.address.text());
  }
  for (const Pool& pool : manifest.pools) {
    for (const Member& member : pool.members) add(member.address.value.text());
  }
  return all;
}

}  // namespace

Result<std::vector<Explanation>> explain(const Knowledge& knowledge, std::string_view text) {
  const ObjectName name = parse_object_name(text);
  const Facts facts(knowledge);
  std::vector<Explanation> all;
  explain_routers(facts, name, all);
  explain_services(facts, name, all);
  explain_members(facts, name, all);
  explain_addresses(facts, name, all);
  explain_settings(facts, name, all);
  if (all.empty()) {
    const std::vector<std::string> names = candidates(facts);
    const std::vector<std::string_view> views(names.begin(), names.end());
    return Error{fmt::format("neither the manifest nor the kernel has anything called '{}'{}; name a service (web, or "
                             "\"tcp 192.0.2.1:80\"), an address, a member, a router, a sysctl or a device",
                             shown(name.text), suggestion(name.text, views)),
                 ENOENT};
  }
  if (all.size() > most_explanations) {
    const std::size_t more = all.size() - most_explanations;
    all.resize(most_explanations);
    all.back().notes.push_back(fmt::format("'{}' means {} objects more: name one of them", shown(name.text), more));
  }
  return all;
}

namespace {

constexpr std::size_t line_length = 96;
constexpr std::size_t margin = 13;

}  // namespace

std::string explanations_text(const std::vector<Explanation>& all, const Palette& palette) {
  std::string out;
  for (const Explanation& each : all) {
    if (!out.empty()) out += '\n';
    out += palette.paint(Colour::bold, each.object) + "\n";
    const auto list = [&](const char* title, const std::vector<std::string>& sentences, Colour colour) {
      const char* head = title;
      for (const std::string& sentence : sentences) {
        const char* indent = "";
        for (const std::string& line : wrapped(sentence, line_length - margin - 2)) {
          out += fmt::format("  {:<9}  {}{}\n", head, indent, palette.paint(colour, line));
          head = "";
          indent = "  ";
        }
      }
    };
    list("wanted by", each.wanted_by, Colour::none);
    list("held back", each.held_back, Colour::yellow);
    list("kernel", each.kernel, Colour::none);
    list("note", each.notes, Colour::dim);
  }
  return out;
}

std::string explanations_json(const std::vector<Explanation>& all) {
  json objects = json::array();
  for (const Explanation& each : all) {
    objects.push_back({{"object", each.object},
                       {"wantedBy", each.wanted_by},
                       {"heldBack", each.held_back},
                       {"kernel", each.kernel},
                       {"notes", each.notes}});
  }
  json body;
  body["objects"] = std::move(objects);
  // Bytes that are no UTF-8 (an interface's name can have any) are replaced, never thrown on.
  return body.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<std::vector<Explanation>> read_explanations(const std::string& text) {
  try {
    std::vector<Explanation> all;
    const json body = json::parse(text);
    for (const json& each : body.at("objects")) {
      Explanation& one = all.emplace_back();
      each.at("object").get_to(one.object);
      each.at("wantedBy").get_to(one.wanted_by);
      each.at("heldBack").get_to(one.held_back);
      each.at("kernel").get_to(one.kernel);
      each.at("notes").get_to(one.notes);
    }
    return all;
  } catch (const json::exception& error) {
    return Error{fmt::format("the controller's explanation is not understood: {}", error.what()), EPROTO};
  }
}

}  // namespace ballast
