// The JSON Schema and the page of fields that are made from the reader's tables. That the schema judges as the reader
// does is for tests/schema/agrees, with a validator that is not ours.
#include <fstream>
#include <regex>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/manual/duration_pattern.hpp"
#include "controller/manual/manifest_schema.hpp"
#include "model/duration.hpp"
#include "model/fields.hpp"

namespace ballast {
namespace {

using json = nlohmann::json;

json schema_of(const std::string& kind, const std::string& field) {
  return json::parse(manifest_schema())["definitions"][kind]["properties"][field];
}

TEST_CASE("schema: a field has its type, limits, default and meaning") {
  CHECK(schema_of("VirtualRouter", "virtualRouterId") ==
        json{{"type", "integer"},
             {"minimum", 1},
             {"maximum", 255},
             {"description", "VRID, equal on all routers of the group.\n\nwhole number 1..255, required"}});
  CHECK(schema_of("VirtualService", "protocol") ==
        json{{"type", "string"},
             {"enum", {"TCP", "UDP", "SCTP"}},
             {"default", "TCP"},
             {"description", "Transport protocol of an address service.\n\nTCP | UDP | SCTP; default: TCP"}});
  const json drain = schema_of("Pool", "drain");
  CHECK(drain["default"] == "0s");
  CHECK(drain["description"].get<std::string>().find("duration 0s..744h") != std::string::npos);
  // A default in words is no value.
  const json assume_up = schema_of("Pool", "assumeUp");
  CHECK_FALSE(assume_up.contains("default"));
  CHECK(assume_up["description"].get<std::string>().ends_with("default: whether it does already"));
}

TEST_CASE("schema: a duration's limits are in its pattern") {
  using std::chrono::milliseconds;
  const std::pair<std::int64_t, std::int64_t> ranges[] = {
      {0, 0}, {0, 1000}, {1, 255'000}, {100, 86'400'000}, {1000, 2'147'483'000}, {10, 99}, {999, 1001}, {1990, 60'100}};
  for (const auto& [least, most] : ranges) {
    const std::regex pattern(duration_pattern(milliseconds(least), milliseconds(most)));
    for (const std::int64_t base : {least, most, (least + most) / 2, std::int64_t{0}}) {
      for (const auto& [unit, size] : {std::pair("ms", 1), {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}) {
        for (std::int64_t number = base / size - 12; number <= base / size + 12; ++number) {
          if (number < 0) continue;
          const std::string text = std::to_string(number) + unit;
          const milliseconds value = *parse_duration(text);
          CAPTURE(least);
          CAPTURE(most);
          CAPTURE(text);
          CHECK(std::regex_match(text, pattern) == (value.count() >= least && value.count() <= most));
          CHECK(std::regex_match("00" + text, pattern) == std::regex_match(text, pattern));
        }
      }
    }
  }
  const std::regex pattern(duration_pattern(milliseconds(1), milliseconds(1000)));
  CHECK(std::regex_match("1m30s", pattern));
  for (const char* wrong : {"", "5", "s", "1.5s", "-1s", "6sec", "1 s"}) CHECK_FALSE(std::regex_match(wrong, pattern));
}

TEST_CASE("schema: every kind is described, and nothing else is taken") {
  const json schema = json::parse(manifest_schema());
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["properties"]["kind"]["enum"].size() == kinds().size());
  for (const KindInfo& kind : kinds()) {
    const json& spec = schema["definitions"][std::string(kind.name)];
    CHECK(spec["properties"].size() == kind.spec->fields.size());
    CHECK(spec["additionalProperties"] == false);
  }
}

TEST_CASE("reference: model/FIELDS.md is what the tables say; ballast schema --markdown > model/FIELDS.md") {
  std::ifstream file(BALLAST_SOURCE_DIR "/model/FIELDS.md");
  std::ostringstream text;
  text << file.rdbuf();
  CHECK((text.str() == manifest_reference()));
}

}  // namespace
}  // namespace ballast
