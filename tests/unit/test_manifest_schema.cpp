// The JSON Schema and the page of fields that are made from the reader's tables. That the schema judges as the reader
// does is for tests/schema/agrees, with a validator that is not ours.
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/manual/manifest_schema.hpp"
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
