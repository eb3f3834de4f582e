#include "controller/http/drift_status.hpp"

#include <nlohmann/json.hpp>

namespace ballast::http {

using json = nlohmann::ordered_json;

std::uint64_t DriftStatus::total() const {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : repaired) sum += count;
  return sum;
}

json drift_json(const DriftStatus& drift) {
  json repaired = json::object();
  for (const auto& [kind, count] : drift.repaired) repaired[kind] = count;
  json objects = json::array();
  for (const DriftObject& each : drift.objects) {
    objects.push_back({{"kind", each.kind},
                       {"object", each.object},
                       {"what", each.what},
                       {"times", each.times},
                       {"last", instant_text(each.last)}});
  }
  return {{"repaired", std::move(repaired)}, {"objects", std::move(objects)}};
}

json missing_json(const Bounded<MissingObject>& missing) {
  json objects = json::array();
  for (const MissingObject& each : missing.first) {
    json manifest = nullptr;
    if (!each.manifest.empty()) manifest = each.manifest;
    objects.push_back({{"kind", each.kind},
                       {"object", each.object},
                       {"change", each.change},
                       {"text", each.text},
                       {"manifest", std::move(manifest)}});
  }
  return {{"total", missing.total}, {"objects", std::move(objects)}};
}

json foreign_json(const Bounded<ForeignObject>& foreign) {
  json objects = json::array();
  for (const ForeignObject& each : foreign.first) objects.push_back({{"object", each.object}, {"detail", each.detail}});
  return {{"total", foreign.total}, {"objects", std::move(objects)}};
}

json impeded_json(const std::optional<ImpededChecks>& impeded) {
  if (!impeded) return nullptr;
  return {{"checks", impeded->checks}, {"reason", impeded->reason}, {"sinceSeconds", impeded->since_seconds}};
}

DriftStatus drift_from(const json& from) {
  DriftStatus drift;
  from.at("repaired").get_to(drift.repaired);
  for (const json& each : from.at("objects")) {
    DriftObject object{each.at("kind"), each.at("object"), each.at("what"), each.at("times"), {}};
    object.last = instant_from(each.at("last"));
    drift.objects.push_back(std::move(object));
  }
  return drift;
}

Bounded<MissingObject> missing_from(const json& from) {
  Bounded<MissingObject> missing;
  from.at("total").get_to(missing.total);
  for (const json& each : from.at("objects")) {
    const json& manifest = each.at("manifest");
    missing.first.push_back({each.at("kind"), each.at("object"), each.at("change"), each.at("text"),
                             manifest.is_null() ? std::string() : manifest.get<std::string>()});
  }
  return missing;
}

Bounded<ForeignObject> foreign_from(const json& from) {
  Bounded<ForeignObject> foreign;
  from.at("total").get_to(foreign.total);
  for (const json& each : from.at("objects")) foreign.first.push_back({each.at("object"), each.at("detail")});
  return foreign;
}

std::optional<ImpededChecks> impeded_from(const json& from) {
  if (from.is_null()) return std::nullopt;
  return ImpededChecks{from.at("checks"), from.at("reason"), from.at("sinceSeconds")};
}

}  // namespace ballast::http
