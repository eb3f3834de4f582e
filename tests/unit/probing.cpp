#include "probing.hpp"

#include <csignal>
#include <utility>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "drivers/socket_address.hpp"

namespace ballast::test {
namespace {

constexpr int backlog = 4096;

std::pair<Descriptor, ProbeTarget> open_listener(const std::string& text) {
  const IpAddress address = *IpAddress::parse(text);
  SocketAddress name(address, 0);
  Descriptor listener(socket(name.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(listener.get(), name.get(), name.size) == 0);
  REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name.storage), &name.size) == 0);
  ProbeTarget target;
  target.address = address;
  target.port = ntohs(reinterpret_cast<const sockaddr_in*>(&name.storage)->sin_port);  // where IPv6 has it too
  return {std::move(listener), target};
}

}  // namespace

ProbeServer::ProbeServer(std::function<void(int)> serve, const std::string& address) {
  std::tie(listener_, target_) = open_listener(address);
  REQUIRE(listen(listener_.get(), backlog) == 0);
  thread_ = std::thread([this, serve = std::move(serve)] { run(serve); });
}

ProbeServer::~ProbeServer() {
  shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

void ProbeServer::run(const std::function<void(int)>& serve) {
  // OpenSSL writes without MSG_NOSIGNAL, to clients that have gone, too. In this thread only: a probe must never do so.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (true) {
    const Descriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) return;
    ++connections_;
    serve(connection.get());
  }
}

std::string read_request(int connection) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const auto count = recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0) return {};
    request.append(buffer, static_cast<std::size_t>(count));
  }
  return request;
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void hang(int connection) {
  char buffer[4096];
  while (recv(connection, buffer, sizeof buffer, 0) > 0) {
  }
}

std::function<void(int)> answers(std::string reply) {
  return [reply = std::move(reply)](int connection) {
    if (!read_request(connection).empty()) send_all(connection, reply);
  };
}

std::string ok(const std::string& body, const std::string& fields) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

ProbeOutcome Probing::probe(const ProbeTarget& target, CheckKind kind) {
  std::optional<ProbeOutcome> outcome;
  prober->start(target, std::make_shared<const CheckKind>(std::move(kind)),
                [&](ProbeOutcome result) { outcome = std::move(result); });
  CHECK_FALSE(outcome.has_value());  // never from within start()
  while (!outcome) loop.run_one();
  return *outcome;
}

std::string text_of(const ProbeOutcome& outcome) {
  return (outcome.passed ? "passed: " : "failed: ") + outcome.text;
}

ProbeTarget nobody_there() {
  return open_listener("127.0.0.1").second;
}

}  // namespace ballast::test
