// `ballast completion`, and what its scripts ask at each TAB.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/http/node_status.hpp"
#include "controller/manual/completion.hpp"

namespace ballast {
namespace {

/// A person waits for the key that they pressed.
constexpr std::chrono::milliseconds longest_wait{500};

/// "192.0.2.1:80", "[2001:db8::1]:80"
std::string address_of(const std::string& endpoint) {
  if (endpoint.starts_with('[')) return endpoint.substr(1, endpoint.find(']') - 1);
  return endpoint.substr(0, endpoint.find(':'));
}

/// Nothing where no controller answers.
KnownNames names_of_controller(const std::string& state_dir) {
  KnownNames names;
  const auto status = http::ask_status(state_dir, "/v1/status", longest_wait);
  if (!status) return names;
  for (const http::RouterStatus& router : status->routers) names.routers.insert(router.name);
  for (const http::ServiceStatus& service : status->services) {
    names.services.insert(service.name);
    names.pools.insert(service.pool);
    for (const http::MemberStatus& member : service.members) names.members.insert(address_of(member.endpoint));
  }
  if (!status->manifest.held.empty()) names.revisions.insert(status->manifest.held);
  return names;
}

}  // namespace

int run_complete(const CLI::App& app, const std::vector<std::string>& words, const std::string& state_dir) {
  const AskNames ask = [&](const std::string& given) { return names_of_controller(given.empty() ? state_dir : given); };
  return print(completion_text(complete(app, words, ask))) ? exit_ok : exit_error;
}

int run_completion(const std::string& shell) {
  return print(completion_script(shell)) ? exit_ok : exit_error;
}

}  // namespace ballast
