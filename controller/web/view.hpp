// What the page shows, as values: which texts stand where, and which of them tell of trouble. It is made once from the
// node's status; page.cpp writes it as HTML, sections.cpp as what follows live.
// Pure: no clock, no HTML.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "controller/http/change_event.hpp"
#include "controller/http/node_status.hpp"

namespace ballast::web {

enum class Tone : std::uint8_t { none, good, warning, bad, dim };
/// Also the name of its class in style.css; empty: none.
const char* word_of(Tone tone);

struct Cell {
  std::string text;
  Tone tone = Tone::none;
  std::optional<http::Instant> since{};  ///< its age follows the text, and goes on by itself
  std::optional<double> value{};         ///< what the text says, for a chart of the last minute
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Row {
  std::string key;  ///< identity in its table
  std::vector<Cell> cells;
};

/// A line of a list.
struct Item {
  Cell cell;
  std::string service{};  ///< that it speaks of; empty: none
};

struct ServiceView {
  std::string name;
  std::vector<Cell> summary;  ///< as service_columns
  std::vector<std::string> remarks;
  std::vector<Row> members;  ///< as member_columns
  std::size_t more = 0;      ///< members that are not among them
  bool well = true;
};

struct View {
  std::string node;
  std::string version;
  std::string service;  ///< that was asked for; empty: all
  Cell headline;
  std::vector<Item> troubles;
  std::vector<Row> facts;    ///< a name and what it is
  std::vector<Row> routers;  ///< as router_columns
  Cell services_summary;
  std::vector<ServiceView> services;
  Cell drift_summary;
  std::vector<Row> drift;  ///< as drift_columns
  Cell foreign_summary;
  std::vector<Item> foreign;
};

struct Column {
  const char* title;
  const char* kind;  ///< how it is set and followed: name, text, number, chart, role, state, wide
};
inline constexpr std::array router_columns = {
    Column{"Router", "name"}, Column{"Role", "role"}, Column{"Since", "text"},  Column{"Priority", "number"},
    Column{"MASTER", "text"}, Column{"VIPs", "text"}, Column{"Remarks", "wide"}};
inline constexpr std::array service_columns = {Column{"Address", "text"},      Column{"Members", "state"},
                                               Column{"Connections", "chart"}, Column{"New/s", "chart"},
                                               Column{"B/s in", "number"},     Column{"B/s out", "number"}};
inline constexpr std::array member_columns = {
    Column{"Member", "name"},    Column{"Check", "state"},     Column{"Standing", "text"}, Column{"Weight", "number"},
    Column{"Active", "chart"},   Column{"Inactive", "number"}, Column{"New/s", "number"},  Column{"B/s in", "number"},
    Column{"B/s out", "number"}, Column{"Remarks", "wide"}};
inline constexpr std::array drift_columns = {Column{"Object", "name"}, Column{"Put back", "wide"},
                                             Column{"Times", "number"}, Column{"Last", "text"}};
inline constexpr std::array event_columns = {Column{"Time", "name"}, Column{"Cause", "text"}, Column{"What", "wide"},
                                             Column{"Why", "wide"}};

/// With more members in all, only those of services that are not well are shown beside their services.
inline constexpr std::size_t most_members = 500;
inline constexpr std::size_t most_events = 100;

/// `service`: the status has only that one; empty: all. `now`: of the status.
View make_view(const http::NodeStatus& status, const std::string& service, http::Instant now);
/// Where there is no status: the node has no such service (any more), or no manifest yet.
View make_refusal(const std::string& why, const std::string& service);

/// "2026-11-21 10:00:00Z": people need no milliseconds.
std::string time_text(http::Instant instant);

Row event_row(const http::ChangeEvent& event);

}  // namespace ballast::web
