// `ballast digest`: the digest of what a web server answers, for a check's md5 and sha256.
#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/url.hpp"
#include "drivers/probes/attempt.hpp"
#include "drivers/probes/digests.hpp"
#include "drivers/probes/http_message.hpp"
#include "drivers/probes/stream.hpp"

namespace ballast {
namespace {

using Clock = std::chrono::steady_clock;
using probes::Progress;

constexpr std::size_t read_bytes = 16 * 1024;

/// All that the name stands for, in the system's order of preference.
Result<std::vector<IpAddress>> resolve(const std::string& host) {
  if (const auto address = IpAddress::parse(host)) return std::vector{*address};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
    return Error{fmt::format("the host name {} cannot be resolved: {}", host, gai_strerror(error)), 0};
  }
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const auto bytes = [](const auto& address) { return reinterpret_cast<const std::uint8_t*>(&address); };
    if (entry->ai_family == AF_INET) {
      const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(entry->ai_addr);
      addresses.push_back(IpAddress::from_bytes(Family::ipv4, bytes(ipv4->sin_addr)));
    } else if (entry->ai_family == AF_INET6) {
      const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(entry->ai_addr);
      addresses.push_back(IpAddress::from_bytes(Family::ipv6, bytes(ipv6->sin6_addr)));
    }
  }
  freeaddrinfo(found);
  return addresses;
}

/// One request, made with blocking waits.
class Fetch {
 public:
  Fetch(const Url& url, std::string host, std::chrono::milliseconds timeout)
      : url_(url), host_(std::move(host)), timeout_(timeout), deadline_(Clock::now() + timeout) {}

  Result<void> run(const IpAddress& address, const probes::HttpReply::BodySink& sink) {
    if (auto connected = connect(address); !connected) return connected;
    std::string request = probes::make_http_request(HttpMethod::get, url_.target, host_, false);
    while (!request.empty()) {
      const auto written = until_done("answer", [&] { return stream_.write(request); });
      if (!written) return written.error();
      request.erase(0, written->bytes);
    }
    const HttpRequest wanted;
    probes::HttpReply reply(wanted, HttpMethod::get, false, sink);
    std::array<char, read_bytes> bytes;
    while (!reply.decided()) {
      const std::string_view awaited = reply.header_done() ? "end of the body" : "answer";
      const auto read = until_done(awaited, [&] { return stream_.read(bytes.data(), bytes.size()); });
      if (!read) return read.error();
      read->done() ? reply.take({bytes.data(), read->bytes}) : reply.take_end();
    }
    if (!reply.passed()) return Error{reply.text(), 0};
    return {};
  }

  [[nodiscard]] bool connected() const { return connected_; }

 private:
  Result<void> connect(const IpAddress& address) {
    const ProbeTarget target{address, url_.port, std::nullopt, 0};
    bool begun = false;
    const auto socket = until_done(
        "connection", [&] { return std::exchange(begun, true) ? stream_.connected() : stream_.connect(target); });
    if (!socket) return socket.error();
    connected_ = true;
    if (!url_.tls) return {};
    const std::size_t bracket = host_.starts_with('[') ? host_.find(']') : 0;
    const std::string name = bracket != 0 ? host_.substr(1, bracket - 1) : host_.substr(0, host_.find(':'));
    const Progress begin = stream_.begin_tls(contexts_, TlsOptions{}, name);
    if (!begin.done()) return Error{begin.text, 0};
    const auto handshake = until_done("TLS handshake", [&] { return stream_.handshake(); });
    if (!handshake) return handshake.error();
    return {};
  }

  /// Done or closed.
  template <class Call>
  Result<Progress> until_done(std::string_view awaited, const Call& call) {
    while (true) {
      Progress progress = call();
      if (progress.state == Progress::State::failed) return Error{progress.text, 0};
      if (progress.state != Progress::State::wait) return progress;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
      pollfd waiting{stream_.descriptor(), static_cast<short>(progress.events == EPOLLIN ? POLLIN : POLLOUT), 0};
      const int ready = left.count() > 0 ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
      if (ready == 0) return Error{fmt::format("no {} within {}", awaited, probes::duration_text(timeout_)), 0};
    }
  }

  const Url& url_;
  const std::string host_;
  const std::chrono::milliseconds timeout_;
  const Clock::time_point deadline_;
  probes::TlsContexts contexts_;
  probes::Stream stream_;
  bool connected_ = false;
};

}  // namespace

int run_digest(const DigestOptions& options) {
  const auto url = read_url(options.url);
  if (!url) {
    print_error("digest", url.error().text);
    return exit_error;
  }
  const auto addresses = resolve(url->host);
  if (!addresses) {
    print_error("digest", addresses.error().text);
    return exit_error;
  }
  Digest digest(options.sha256 ? DigestKind::sha256 : DigestKind::md5);
  const auto take = [&](std::string_view bytes) { digest.take(bytes); };
  Result<void> result = Error{"the host name stands for no address", 0};
  for (const IpAddress& address : *addresses) {
    Fetch fetch(*url, options.host.empty() ? url->authority : options.host, options.timeout);
    result = fetch.run(address, take);
    if (result || fetch.connected()) break;  // an address that cannot be reached may have a neighbour that can
  }
  if (!result) {
    print_error("digest", fmt::format("{}: {}", options.url, result.error().text));
    return exit_error;
  }
  return print(digest.text() + "\n") ? exit_ok : exit_error;
}

}  // namespace ballast
