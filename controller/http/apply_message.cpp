#include "controller/http/apply_message.hpp"

#include <cerrno>

#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using nlohmann::json;

constexpr auto replace = json::error_handler_t::replace;

Error malformed(const std::string& why) {
  return {"this is no manifest as `ballast apply` hands it over: " + why, 0};
}

/// Throws json::exception where a member lacks or has another type. The texts are cut out of `rest`.
ApplyRequest request_from(const json& header, std::string_view rest) {
  ApplyRequest request;
  for (const json& text : header.at("texts")) {
    const auto bytes = text.at("bytes").get<std::size_t>();
    if (bytes > rest.size()) throw json::other_error::create(500, "the texts are shorter than it says", &header);
    request.texts.push_back({text.at("name"), std::string(rest.substr(0, bytes))});
    rest.remove_prefix(bytes);
  }
  if (!rest.empty()) throw json::other_error::create(500, "the texts are longer than it says", &header);
  request.node = header.value("node", "");
  request.preview = header.value("preview", false);
  request.absent = header.value("absent", false);
  request.approve = header.value("approve", false);
  request.json = header.value("json", false);
  request.colour = header.value("colour", false);
  request.guard = header.value("guard", false);
  if (header.contains("confirmSeconds")) {
    constexpr double longest = 86400;
    const double seconds = header.at("confirmSeconds");
    if (!(seconds > 0 && seconds <= longest)) {
      throw json::other_error::create(500, "confirmSeconds must be above 0, 86400 at most", &header);
    }
    request.confirm = std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  }
  return request;
}

}  // namespace

std::string apply_request_text(const ApplyRequest& request) {
  json texts = json::array();
  std::size_t bytes = 0;
  for (const SourceText& text : request.texts) {
    texts.push_back({{"name", text.name}, {"bytes", text.text.size()}});
    bytes += text.text.size();
  }
  json header = {{"texts", std::move(texts)}, {"node", request.node},       {"preview", request.preview},
                 {"absent", request.absent},  {"approve", request.approve}, {"json", request.json},
                 {"colour", request.colour},  {"guard", request.guard}};
  if (request.confirm) header["confirmSeconds"] = static_cast<double>(request.confirm->count()) / 1000;
  std::string body = header.dump(-1, ' ', false, replace) + "\n";
  body.reserve(body.size() + bytes);
  for (const SourceText& text : request.texts) body += text.text;
  return body;
}

Result<ApplyRequest> parse_apply_request(std::string_view body) {
  const std::size_t end = body.find('\n');
  if (end == std::string_view::npos) return malformed("it has no first line");
  if (end > largest_handed_header) return malformed("its first line is too long");
  try {
    return request_from(json::parse(body.substr(0, end)), body.substr(end + 1));
  } catch (const json::exception& error) {
    return malformed(error.what());
  }
}

std::string apply_answer_json(const ApplyAnswer& answer) {
  if (!answer.done) return "{\"done\": false}\n";
  const json body = {{"done", true},
                     {"exitStatus", answer.exit_status},
                     {"output", answer.output},
                     {"diagnostics", answer.diagnostics},
                     {"errors", answer.errors}};
  return body.dump(-1, ' ', false, replace) + "\n";
}

Result<ApplyAnswer> read_apply_answer(const std::string& text) {
  try {
    const json body = json::parse(text);
    ApplyAnswer answer;
    body.at("done").get_to(answer.done);
    if (!answer.done) return answer;
    body.at("exitStatus").get_to(answer.exit_status);
    body.at("output").get_to(answer.output);
    body.at("diagnostics").get_to(answer.diagnostics);
    body.at("errors").get_to(answer.errors);
    return answer;
  } catch (const json::exception& error) {
    return Error{std::string("the controller's answer is not understood: ") + error.what(), EPROTO};
  }
}

Result<std::uint64_t> read_apply_id(const std::string& text) {
  const json body = json::parse(text, nullptr, false);
  if (body.is_object() && body.contains("id") && body["id"].is_number_unsigned()) {
    return body["id"].get<std::uint64_t>();
  }
  return Error{"the controller's answer is not understood: it has no \"id\"", EPROTO};
}

}  // namespace ballast::http
