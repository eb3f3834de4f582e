// `ballast member STATE ADDRESS`: takes a real server out of its pools and puts it back, without touching the manifest.
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/runtime/member_state.hpp"

namespace ballast {
namespace {

/// "192.0.2.3", "192.0.2.3:80", "2001:db8::3", "[2001:db8::3]:80"
Result<MemberRequest> parse_endpoint(const std::string& text) {
  MemberRequest request;
  if (const auto address = IpAddress::parse(text)) {
    request.address = *address;
    return request;
  }
  const Error bad{fmt::format("'{}' is no address; give 192.0.2.3, 192.0.2.3:80 or [2001:db8::3]:80", text), 0};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (!address || error != std::errc{} || rest != end || port == 0) return bad;
  request.address = *address;
  request.port = port;
  return request;
}

}  // namespace

int run_member(const MemberOptions& options) {
  auto request = parse_endpoint(options.member);
  if (!request) {
    print_error("member", request.error().text);
    return exit_error;
  }
  request->pool = options.pool;
  if (options.state == "enable") request->state = MemberState::enabled;
  if (options.state == "drain") request->state = MemberState::drain;
  if (options.state == "down") request->state = MemberState::down;
  const auto answer = http::call_controller(options.state_dir, "POST", "/v1/member", member_request_json(*request));
  if (!answer) {
    print_error("member", answer.error().text);
    return exit_error;
  }
  const auto body = nlohmann::json::parse(*answer, nullptr, false);
  std::string pools;
  if (body.is_object() && body.contains("pools")) {
    for (const auto& pool : body["pools"]) pools += (pools.empty() ? "" : ", ") + pool.get<std::string>();
  }
  const std::string what = options.state == "manifest" ? "is as the manifest says"
                           : options.state == "enable" ? "is enabled"
                           : options.state == "drain"  ? "gets no new connections"
                                                       : "is taken out";
  return print(fmt::format("{} {} in {}; `ballast status` shows it\n", options.member, what, pools)) ? exit_ok
                                                                                                     : exit_error;
}

}  // namespace ballast
