#include "controller/commands/hand_over.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "controller/commands/common.hpp"
#include "controller/commands/progress.hpp"
#include "controller/http/apply_message.hpp"
#include "controller/http/client.hpp"
#include "controller/http/unix_listener.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds longest_exchange{60};
constexpr std::chrono::milliseconds first_pause{10};
constexpr std::chrono::milliseconds longest_pause{200};
constexpr unsigned accepted = 202;
constexpr unsigned busy = 409;

/// Nobody answers on the socket, which a killed controller leaves behind.
bool nobody_listens(const Error& error) {
  return error.errnum == ENOENT || error.errnum == ECONNREFUSED;
}

class HandOver {
 public:
  HandOver(std::string_view command, const ApplyOptions& options, bool preview)
      : command_(command),
        options_(options),
        preview_(preview),
        socket_(http::socket_path_in(options.node.state_dir)) {}

  std::optional<int> run() {
    if (::access(socket_.c_str(), F_OK) != 0) return std::nullopt;
    const auto there = ask("GET", "/v1/apply?id=0", "");
    if (!there && nobody_listens(there.error())) return std::nullopt;
    if (!there) return fail(there.error().text);
    if (!options_.node.as_master.empty()) {
      return fail(
          fmt::format("--as-master {}: the controller that runs here decides by VRRP who is MASTER; see `ballast "
                      "status`, and `ballast failover` or `ballast maintenance` to change it",
                      options_.node.as_master.front()));
    }
    auto request = make_request();
    if (!request) return exit_error;
    const auto number = send(http::apply_request_text(*request));
    if (!number) return fail(number.error().text);
    const auto answer = await(*number);
    if (!answer) return fail(answer.error().text);
    return show(*answer);
  }

 private:
  Result<http::Response> ask(const std::string& method, const std::string& target, const std::string& body) const {
    return http::request(socket_, method, target, body, longest_exchange);
  }

  int fail(const std::string& text) const {
    print_error(command_, text);
    return exit_error;
  }

  /// nullopt after what is wrong with the files was printed.
  std::optional<http::ApplyRequest> make_request() const {
    SourceFiles files = read_files(options_.node.paths);
    std::size_t bytes = 0;
    for (const SourceText& text : files.texts) bytes += text.text.size();
    if (!files.problems.empty()) {
      print_diagnostics(load_manifest(files).diagnostics);
      fail("the manifest is not valid; nothing was changed");
      return std::nullopt;
    }
    if (bytes > http::largest_handed) {
      fail(
          fmt::format("the manifests have {} MiB, and the controller takes {} MiB by hand; let its own files have them",
                      bytes >> 20, http::largest_handed >> 20));
      return std::nullopt;
    }
    http::ApplyRequest request;
    request.texts = std::move(files.texts);
    request.node = options_.node.node;
    request.preview = preview_;
    request.absent = options_.node.absent;
    request.approve = options_.approve;
    request.json = options_.node.json;
    request.colour = Palette::of(stdout).paint(Colour::red, "x") != "x";
    request.confirm = options_.confirm;
    request.guard = options_.guard;
    return request;
  }

  /// Waits for an earlier one to be finished.
  Result<std::uint64_t> send(const std::string& body) const {
    const auto end = std::chrono::steady_clock::now() + options_.lock_timeout;
    while (true) {
      const auto response = ask("POST", "/v1/apply", body);
      if (!response) return response.error();
      if (response->status == accepted) return http::read_apply_id(response->body);
      if (response->status != busy || std::chrono::steady_clock::now() >= end) {
        return Error{http::error_text(*response) + "; nothing was changed", 0};
      }
      std::this_thread::sleep_for(longest_pause);
    }
  }

  Result<http::ApplyAnswer> await(std::uint64_t number) const {
    ProgressLine line;
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
      const auto response = ask("GET", fmt::format("/v1/apply?id={}", number), "");
      if (!response) {
        return Error{response.error().text + "; what came of it is seen in `ballast status`", response.error().errnum};
      }
      if (response->status != 200) return Error{http::error_text(*response), 0};
      auto answer = http::read_apply_answer(response->body);
      if (!answer || answer->done) return answer;
      line.say(fmt::format("the controller is at work on it: {} s", line.waited().count()));
      std::this_thread::sleep_for(pause);
    }
  }

  int show(const http::ApplyAnswer& answer) const {
    for (const std::string& text : answer.diagnostics) fmt::print(stderr, "{}\n", text);
    if (answer.diagnostics.size() > 1) fmt::print(stderr, "{} errors\n", answer.diagnostics.size());
    if (!answer.output.empty() && !print(answer.output)) return exit_error;
    for (const std::string& text : answer.errors) print_error(command_, text);
    return answer.exit_status;
  }

  std::string_view command_;
  const ApplyOptions& options_;
  bool preview_;
  std::string socket_;
};

}  // namespace

std::optional<int> hand_over(std::string_view command, const ApplyOptions& options, bool preview) {
  return HandOver(command, options, preview).run();
}

}  // namespace ballast
