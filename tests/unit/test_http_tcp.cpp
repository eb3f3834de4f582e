// The API on TCP: what anyone may ask there, what is for the unix socket only, and that neither crowds out the other.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "controller/http/client.hpp"
#include "controller/http/server.hpp"
#include "drivers/descriptor.hpp"

using namespace ballast;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

http::Limits patient() {
  http::Limits limits;
  limits.deadline = 60s;
  return limits;
}

http::TcpAddress address_of(const std::string& text) {
  const auto address = http::TcpAddress::parse(text);
  REQUIRE_MESSAGE(address.has_value(), (address ? "" : address.error().text));
  return *address;
}

/// On a unix socket and on a port of the loopback.
class RunningServer {
 public:
  explicit RunningServer(http::Limits limits = patient())
      : server_(
            context_, [](const std::string& text) { FAIL_CHECK(text); }, limits) {
    REQUIRE(::mkdtemp(directory_.data()) != nullptr);
    const auto say = [](const char* what) {
      return [what](const http::Request& request) { return http::Response{200, "text/plain", what + request.body}; };
    };
    server_.add("GET", "/v1/status", say("fine"), http::Reach::anyone);
    server_.add("POST", "/v1/status", say("changed"));
    server_.add("POST", "/v1/approve", say("approved"));
    server_.add(
        "GET", "/shared",
        [](const http::Request&) {
          http::Response response{200, "text/plain", ""};
          response.shared_body = std::make_shared<const std::string>("the same for all");
          return response;
        },
        http::Reach::anyone);
    const auto later = [this](const http::Request&, const http::Respond& respond) {
      timer_.expires_after(20ms);
      timer_.async_wait([respond](const auto&) {
        respond({200, "text/plain", "at last"});
        respond({200, "text/plain", "and again"});
      });
    };
    server_.add("GET", "/later", http::SlowRoute{later, 60s}, http::Reach::anyone);
    server_.add("GET", "/never", http::SlowRoute{[](const http::Request&, const http::Respond&) {}, 50ms},
                http::Reach::anyone);
    REQUIRE(server_.listen(path()).has_value());
    const auto where = server_.listen(address_of("127.0.0.1:0"));
    REQUIRE_MESSAGE(where.has_value(), (where ? "" : where.error().text));
    where_ = *where;
    thread_ = std::thread([this] { context_.run(); });
  }
  ~RunningServer() {
    asio::post(context_, [this] { server_.stop(); });
    thread_.join();
    std::filesystem::remove_all(directory_);
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  [[nodiscard]] std::string path() const { return directory_ + "/ballast.sock"; }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] std::string ask_locally(const std::string& method, const std::string& target) const {
    const auto response = http::request(path(), method, target, "", 20s);
    REQUIRE_MESSAGE(response.has_value(), (response ? "" : response.error().text));
    return fmt::format("{} {}", response->status, response->body);
  }

 private:
  std::string directory_ = "/tmp/ballast-tcp-XXXXXX";
  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
  http::Server server_;
  std::string where_;
  std::thread thread_;
};

/// A peer on TCP.
class Peer {
 public:
  explicit Peer(const std::string& where) {
    const http::TcpAddress address = address_of(where);
    socket_ = Descriptor(::socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) == 0);
  }
  void send(const std::string& bytes) const {
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Everything until the server closes.
  [[nodiscard]] std::string rest() const {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(socket_.get(), buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  Descriptor socket_;
};

/// "405 {"error":"..."}"
std::string answer_in(const std::string& text) {
  const auto body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == std::string::npos) return "not HTTP: " + text;
  return text.substr(9, 3) + " " + text.substr(body + 4);
}

std::string ask(const RunningServer& server, const std::string& method, const std::string& target) {
  const Peer peer(server.where());
  peer.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  return peer.rest();
}

}  // namespace

TEST_CASE("http on tcp: anyone may look, and nobody may change anything") {
  const RunningServer server;
  CHECK(answer_in(ask(server, "GET", "/v1/status")) == "200 fine");
  CHECK(answer_in(ask(server, "POST", "/v1/status")) == "405 {\"error\":\"/v1/status takes GET, HEAD, not POST\"}\n");
  CHECK(answer_in(ask(server, "POST", "/v1/approve")) ==
        "403 {\"error\":\"/v1/approve is for the controller's unix socket only\"}\n");
  CHECK(answer_in(ask(server, "GET", "/v1/nothing")) == "404 {\"error\":\"nothing is at /v1/nothing\"}\n");
  CHECK(server.ask_locally("POST", "/v1/status") == "200 changed");
  CHECK(server.ask_locally("POST", "/v1/approve") == "200 approved");
}

TEST_CASE("http: HEAD says how long the answer is and does not give it") {
  const RunningServer server;
  const std::string text = ask(server, "HEAD", "/v1/status");
  CHECK(text.starts_with("HTTP/1.1 200"));
  CHECK(text.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("http: an answer that comes later, that is shared, or that never comes") {
  const RunningServer server;
  CHECK(answer_in(ask(server, "GET", "/later")) == "200 at last");
  CHECK(server.ask_locally("GET", "/later") == "200 at last");
  CHECK(answer_in(ask(server, "GET", "/shared")) == "200 the same for all");
  CHECK(answer_in(ask(server, "GET", "/never")) == "504 {\"error\":\"no answer in time; try again later\"}\n");
}

TEST_CASE("http on tcp: 300 idle connections keep neither other peers nor the operator out") {
  const RunningServer server;
  const Peer operators_friend(server.where());
  std::vector<std::unique_ptr<Peer>> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(std::make_unique<Peer>(server.where()));
  CHECK(server.ask_locally("GET", "/v1/status") == "200 fine");
  CHECK(answer_in(ask(server, "GET", "/v1/status")) == "200 fine");
  CHECK(answer_in(idle.front()->rest()).starts_with("503 "));
}

TEST_CASE("http: who waits for a slow answer does not make room for idle peers") {
  http::Limits limits = patient();
  limits.connections = 4;
  const RunningServer server(limits);
  const Peer waiting(server.where());
  waiting.send("GET /later HTTP/1.1\r\n\r\n");
  std::vector<std::unique_ptr<Peer>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Peer>(server.where()));
  CHECK(answer_in(waiting.rest()) == "200 at last");
}

TEST_CASE("http: connections that wait for an answer end with the server") {
  std::optional<Peer> waiting;
  {
    const RunningServer server;
    waiting.emplace(server.where());
    waiting->send("GET /never HTTP/1.1\r\n\r\n");
    REQUIRE(server.ask_locally("GET", "/v1/status") == "200 fine");
  }
  CHECK(waiting->rest().find("200") == std::string::npos);
}

TEST_CASE("http on tcp: an address in use, or not of this machine, says so") {
  const RunningServer server;
  asio::io_context context{1};
  http::Server other(context, [](const std::string&) {});
  const auto in_use = other.listen(address_of(server.where()));
  REQUIRE_FALSE(in_use.has_value());
  CHECK(in_use.error().text ==
        fmt::format("cannot listen on {}: address already in use (EADDRINUSE); another program listens there: "
                    "`ss -ltnp` names it",
                    server.where()));
  const auto foreign = other.listen(address_of("192.0.2.1:9100"));
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().text.find("no interface of this machine has this address") != std::string::npos);
}

TEST_CASE("http on tcp: what an address looks like") {
  CHECK(address_of("0.0.0.0:9100").address.ss_family == AF_INET);
  CHECK(address_of("[::1]:9100").address.ss_family == AF_INET6);
  CHECK(address_of("[fe80::1%lo]:9100").address.ss_family == AF_INET6);
  const auto why = [](const char* text) {
    const auto address = http::TcpAddress::parse(text);
    if (address) return std::string("taken");
    const std::string whole = address.error().text;
    return whole.substr(0, whole.find(';'));
  };
  CHECK(why("9100") == "'9100' is no address to listen on: the port is missing");
  CHECK(why(":9100") == "':9100' is no address to listen on: the address is missing");
  CHECK(why("localhost:9100") == "'localhost:9100' is no address to listen on: 'localhost' is no IP address");
  CHECK(why("127.0.0.1:http") == "'127.0.0.1:http' is no address to listen on: 'http' is no port");
  CHECK(why("127.0.0.1:70000") == "'127.0.0.1:70000' is no address to listen on: '70000' is no port");
  CHECK(why("::1:9100") ==
        "'::1:9100' is no address to listen on: an IPv6 address stands in brackets, an IPv4 address does not");
  CHECK(why("[fe80::1%nosuch]:9100") ==
        "'[fe80::1%nosuch]:9100' is no address to listen on: there is no interface 'nosuch'");
}
