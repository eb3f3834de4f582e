// The API's server and client in one process, over a socket in a directory of its own.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/http/client.hpp"
#include "controller/http/server.hpp"
#include "controller/http/unix_listener.hpp"
#include "drivers/descriptor.hpp"

using namespace ballast;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/ballast-http-XXXXXX";
};

http::Limits patient() {
  http::Limits limits;
  limits.deadline = 60s;
  return limits;
}

/// A server on its own thread, with routes that show what arrives.
class RunningServer {
 public:
  explicit RunningServer(http::Limits limits = patient())
      : server_(
            context_, [](const std::string& text) { FAIL_CHECK(text); }, limits) {
    server_.add("GET", "/v1/status", [](const http::Request&) { return http::Response{200, "text/plain", "fine"}; });
    server_.add("POST", "/v1/echo", [](const http::Request& request) {
      return http::Response{200, "text/plain", request.method + " " + request.query + " " + request.body};
    });
    const auto count = [](const http::Request& request, const http::Respond& respond) {
      respond({200, "text/plain", fmt::format("{} bytes", request.body.size()), {}});
    };
    server_.add("POST", "/v1/large", http::SlowRoute{count, {}, 1U << 20});
    server_.add("GET", "/v1/echo", [](const http::Request& request) {
      return http::Response{200, "text/plain", request.query};
    });
    server_.add("GET", "/v1/big", [](const http::Request&) {
      return http::Response{200, "text/plain", std::string(8U << 20, 'x')};
    });
    server_.add("GET", "/v1/broken",
                [](const http::Request&) -> http::Response { throw std::runtime_error("no such map"); });
    const auto listening = server_.listen(path());
    REQUIRE_MESSAGE(listening.has_value(), (listening ? "" : listening.error().text));
    thread_ = std::thread([this] { context_.run(); });
  }
  ~RunningServer() {
    stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  /// The context runs out of work, and so ends, only if no connection is left behind.
  void stop() {
    asio::post(context_, [this] { server_.stop(); });
  }
  [[nodiscard]] std::string path() const { return directory_.file("ballast.sock"); }
  [[nodiscard]] http::Response ask(const std::string& method, const std::string& target,
                                   const std::string& body = "") const {
    auto response = http::request(path(), method, target, body, 20s);
    REQUIRE_MESSAGE(response.has_value(), (response ? "" : response.error().text));
    return *response;
  }

 private:
  TemporaryDirectory directory_;
  asio::io_context context_{1};
  http::Server server_;
  std::thread thread_;
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// A peer that sends what it likes.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = address_of(path);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  void send(const std::string& bytes) const {
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  void end() const { ::shutdown(socket_.get(), SHUT_WR); }
  /// Until the server has closed, without reading.
  void await_close() const {
    ::pollfd hang_up = {socket_.get(), 0, 0};
    REQUIRE(::poll(&hang_up, 1, 20000) == 1);
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

/// "413 {"error":"..."}"
std::string answer_in(const std::string& text) {
  const auto body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == std::string::npos) return "not HTTP: " + text;
  return text.substr(9, 3) + " " + text.substr(body + 4);
}

std::string brief(const http::Response& response) {
  return fmt::format("{} {}", response.status, response.body);
}

}  // namespace

TEST_CASE("http: a request reaches its handler with query and body, and the answer comes back whole") {
  const RunningServer server;
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
  CHECK(brief(server.ask("POST", "/v1/echo?since=5&x=?", "{\"on\": true}")) == "200 POST since=5&x=? {\"on\": true}");
  CHECK(server.ask("GET", "/v1/status").content_type == "text/plain");
  CHECK(server.ask("GET", "/v1/big").body == std::string(8U << 20, 'x'));
}

TEST_CASE("http: unknown paths, wrong methods and failing handlers are answered as JSON") {
  const RunningServer server;
  CHECK(brief(server.ask("GET", "/v2/status")) == "404 {\"error\":\"nothing is at /v2/status\"}\n");
  CHECK(brief(server.ask("GET", "/v1/status/")) == "404 {\"error\":\"nothing is at /v1/status/\"}\n");
  const http::Response wrong = server.ask("DELETE", "/v1/echo");
  CHECK(brief(wrong) == "405 {\"error\":\"/v1/echo takes GET, HEAD, POST, not DELETE\"}\n");
  CHECK(wrong.headers.at("Allow") == "GET, HEAD, POST");
  CHECK(wrong.content_type == "application/json");
  CHECK(brief(server.ask("FROBNICATE", "/v1/status")) ==
        "405 {\"error\":\"/v1/status takes GET, HEAD, not FROBNICATE\"}\n");
  CHECK(brief(server.ask("GET", "/v1/broken")) == "500 {\"error\":\"GET /v1/broken failed: no such map\"}\n");
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
}

TEST_CASE("http: bytes that are no request are refused, and the next request is served") {
  const RunningServer server;
  for (const std::string bytes : {"\x16\x03\x01\x02\x01\x01", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                  "POST /v1/echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                                  "POST /v1/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const RawClient client(server.path());
    client.send(bytes);
    client.end();
    const std::string answer = answer_in(client.rest());
    CAPTURE(answer);
    CHECK(answer.starts_with("400 {\"error\":\"this is no HTTP request: "));
  }
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
}

TEST_CASE("http: a peer that goes away in the middle of its request gets no answer and costs nothing") {
  const RunningServer server;
  for (const std::string bytes : {"", "GET /v1/st", "POST /v1/echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"}) {
    const RawClient client(server.path());
    client.send(bytes);
    client.end();
    CHECK(client.rest().empty());
  }
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
}

TEST_CASE("http: a header above its bound is 431") {
  const RunningServer server;
  const RawClient client(server.path());
  // No end of the header: what counts is that no more is kept.
  client.send("GET /v1/status HTTP/1.1\r\nX-Long: " + std::string(9000, 'h'));
  CHECK(answer_in(client.rest()) == "431 {\"error\":\"the header has more than 8192 bytes\"}\n");
  const RawClient within(server.path());
  within.send("GET /v1/status HTTP/1.1\r\nX-Long: " + std::string(8000, 'h') + "\r\n\r\n");
  CHECK(answer_in(within.rest()) == "200 fine");
}

TEST_CASE("http: a body above its bound is 413, whether announced or sent in chunks") {
  const RunningServer server;
  CHECK(brief(server.ask("POST", "/v1/echo", std::string(65537, 'b'))) ==
        "413 {\"error\":\"the body has more than 65536 bytes\"}\n");
  CHECK(server.ask("POST", "/v1/echo", std::string(65536, 'b')).status == 200);

  const RawClient announced(server.path());
  announced.send("POST /v1/echo HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n");
  announced.end();
  CHECK(answer_in(announced.rest()).starts_with("413 "));

  const RawClient chunked(server.path());
  chunked.send("POST /v1/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 5; ++i) chunked.send("4000\r\n" + std::string(0x4000, 'c') + "\r\n");
  chunked.end();
  CHECK(answer_in(chunked.rest()).starts_with("413 "));
}

TEST_CASE("http: one route may take more than the others, and no more than it says") {
  const RunningServer server;
  CHECK(brief(server.ask("POST", "/v1/large", std::string(1U << 20, 'b'))) == "200 1048576 bytes");
  CHECK(brief(server.ask("POST", "/v1/large?x=1", std::string(100000, 'b'))) == "200 100000 bytes");
  CHECK(brief(server.ask("POST", "/v1/large", std::string((1U << 20) + 1, 'b'))) ==
        "413 {\"error\":\"the body has more than 1048576 bytes\"}\n");
  CHECK(brief(server.ask("GET", "/v1/large", std::string(100000, 'b'))).starts_with("413 "));
}

TEST_CASE("http: who sends a megabyte all the same can send it to the end and then reads why it was refused") {
  const RunningServer server;
  const RawClient client(server.path());
  client.send("POST /v1/echo HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(1000000, 'b'));
  client.end();
  CHECK(answer_in(client.rest()).starts_with("413 "));
}

TEST_CASE("http: a request that is not complete in time is 408") {
  http::Limits limits;
  limits.deadline = 50ms;
  const RunningServer server(limits);
  const RawClient client(server.path());
  client.send("POST /v1/echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(answer_in(client.rest()) == "408 {\"error\":\"the request took too long\"}\n");
}

TEST_CASE("http: an answer that nobody takes is cut off in time") {
  http::Limits limits;
  limits.deadline = 50ms;
  const RunningServer server(limits);
  const RawClient client(server.path());
  client.send("GET /v1/big HTTP/1.1\r\n\r\n");
  client.await_close();
  CHECK(client.rest().size() < (8U << 20));
}

TEST_CASE("http: 100 idle connections keep nobody out; the oldest make room") {
  const RunningServer server;
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(std::make_unique<RawClient>(server.path()));
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
  CHECK(answer_in(idle.front()->rest()) == "503 {\"error\":\"too many connections, and this one was open longest\"}\n");
  idle.back()->send("GET /v1/status HTTP/1.1\r\n\r\n");
  CHECK(answer_in(idle.back()->rest()) == "200 fine");
}

TEST_CASE("http: peers that linger after a refusal are bounded as well") {
  const RunningServer server;
  std::vector<std::unique_ptr<RawClient>> lingering;
  for (int i = 0; i < 65; ++i) {
    lingering.push_back(std::make_unique<RawClient>(server.path()));
    lingering.back()->send("nonsense\r\n\r\n");
  }
  for (const auto& client : lingering) CHECK(answer_in(client->rest()).starts_with("400 "));
  CHECK(brief(server.ask("GET", "/v1/status")) == "200 fine");
}

TEST_CASE("http: stop closes idle connections, removes the socket file and leaves no work") {
  RunningServer server;
  const RawClient idle(server.path());
  REQUIRE(server.ask("GET", "/v1/status").status == 200);
  server.stop();
  CHECK(idle.rest().empty());
  const auto response = http::request(server.path(), "GET", "/v1/status", "", 20s);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().text == fmt::format("no controller runs here ({}: no such file or directory (ENOENT)); "
                                             "start it with `ballast run`",
                                             server.path()));
}
