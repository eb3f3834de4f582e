#include "controller/web/sections.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/http/query.hpp"

namespace ballast::web {
namespace {

using json = nlohmann::ordered_json;

/// A plain text is a string: most are.
json cell_json(const Cell& cell) {
  if (cell.tone == Tone::none && !cell.since && !cell.value) return cell.text;
  json body = {{"text", cell.text}};
  if (cell.tone != Tone::none) body["tone"] = word_of(cell.tone);
  if (cell.since) body["since"] = http::instant_text(*cell.since);
  if (cell.value) body["value"] = *cell.value;
  return body;
}

json cells_json(const std::vector<Cell>& cells) {
  json all = json::array();
  for (const Cell& cell : cells) all.push_back(cell_json(cell));
  return all;
}

json rows_json(const std::vector<Row>& rows) {
  json all = json::array();
  for (const Row& row : rows) all.push_back({{"key", row.key}, {"cells", cells_json(row.cells)}});
  return all;
}

json items_json(const std::vector<Item>& items) {
  json all = json::array();
  for (const Item& item : items) {
    json body = {{"cell", cell_json(item.cell)}};
    if (!item.service.empty()) body["service"] = item.service;
    all.push_back(std::move(body));
  }
  return all;
}

std::string text_of(const json& body) {
  // Bytes that are no UTF-8 (a server's answer can have any) are replaced, never thrown on.
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

json service_json(const ServiceView& service) {
  return {{"service", service.name},
          {"well", service.well},
          {"cells", cells_json(service.summary)},
          {"remarks", service.remarks},
          {"rows", rows_json(service.members)},
          {"more", service.more}};
}

}  // namespace

std::string framed(std::string_view name, std::string_view data, std::string_view id) {
  std::string text = fmt::format("event: {}\n", name);
  if (!id.empty()) text += fmt::format("id: {}\n", id);
  while (true) {
    const std::size_t end = std::min(data.find('\n'), data.size());
    text += fmt::format("data: {}\n", data.substr(0, end));
    if (end == data.size()) return text + "\n";
    data.remove_prefix(end + 1);
  }
}

std::vector<Section> sections_of(const View& view) {
  std::vector<Section> sections;
  const auto add = [&sections](std::string id, json body) {
    body["id"] = id;
    std::string text = framed("section", text_of(body));
    sections.push_back({std::move(id), std::move(text)});
  };
  add("headline", {{"cell", cell_json(view.headline)}, {"node", view.node}});
  add("troubles", {{"items", items_json(view.troubles)}});
  add("facts", {{"rows", rows_json(view.facts)}});
  add("routers", {{"rows", rows_json(view.routers)}});
  add("summary", {{"cell", cell_json(view.services_summary)}});
  json names = json::array();
  for (const ServiceView& service : view.services) names.push_back(service.name);
  add("services", {{"order", std::move(names)}});
  for (const ServiceView& service : view.services) add("service " + service.name, service_json(service));
  add("drift-summary", {{"cell", cell_json(view.drift_summary)}});
  add("drift", {{"rows", rows_json(view.drift)}});
  add("foreign-summary", {{"cell", cell_json(view.foreign_summary)}});
  add("foreign", {{"items", items_json(view.foreign)}});
  return sections;
}

std::string change_text(const http::ChangeEvent& event, std::string_view instance) {
  const Row row = event_row(event);
  const std::string id = fmt::format("{}/{}", instance, row.key);
  return framed("change", text_of({{"key", id}, {"cells", cells_json(row.cells)}}), id);
}

std::uint64_t resume_after(std::string_view last_event_id, std::string_view instance) {
  const std::size_t slash = last_event_id.rfind('/');
  if (slash == std::string_view::npos || last_event_id.substr(0, slash) != instance) return 0;
  return http::parse_decimal(last_event_id.substr(slash + 1)).value_or(0);
}

}  // namespace ballast::web
