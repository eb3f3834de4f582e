// A manifest that `apply` or `diff` hands to the running controller, and what came of it, as values and as bytes.
//
// POST /v1/apply takes one line of JSON, then the texts themselves, one after another: a manifest of megabytes is
// neither escaped nor copied more than once.
//   {"texts": [{"name": "web.yaml", "bytes": 812}, ...], "node": "", "preview": false, "absent": false, "approve":
//   false,
//    "json": false, "colour": false, "confirmSeconds": 60, "guard": false}
// It answers 202 {"id": 7}; GET /v1/apply?id=7 then says {"done": false}, and at last {"done": true, "exitStatus": 0,
// "output": "what the command prints", "diagnostics": [...], "errors": [...]}.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/manifest.hpp"
#include "model/result.hpp"

namespace ballast::http {

/// All texts together.
inline constexpr std::size_t largest_handed = std::size_t{50} << 20;
/// The line before them.
inline constexpr std::size_t largest_handed_header = std::size_t{1} << 20;

struct ApplyRequest {
  std::vector<SourceText> texts;
  std::string node;      ///< that was asked for; empty: the controller's
  bool preview = false;  ///< only show what would be done
  bool absent = false;   ///< the manifest may leave the node out
  bool approve = false;  ///< it may take away more than the controller allows by itself
  bool json = false;
  bool colour = false;
  std::optional<std::chrono::milliseconds> confirm;  ///< rolled back after it unless somebody confirms
  bool guard = false;                                ///< and at once where more members fail than before
};

struct ApplyAnswer {
  bool done = false;
  int exit_status = 0;
  std::string output;
  std::vector<std::string> diagnostics;  ///< "web.yaml:41:3: ...", of a manifest that is not valid
  std::vector<std::string> errors;

  friend bool operator==(const ApplyAnswer&, const ApplyAnswer&) = default;
};

std::string apply_request_text(const ApplyRequest& request);
/// The error says what would be right.
Result<ApplyRequest> parse_apply_request(std::string_view body);

std::string apply_answer_json(const ApplyAnswer& answer);
Result<ApplyAnswer> read_apply_answer(const std::string& json);

/// The number in {"id": 7}.
Result<std::uint64_t> read_apply_id(const std::string& json);

}  // namespace ballast::http
