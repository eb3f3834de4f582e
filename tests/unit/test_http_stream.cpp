// Answers without an end: pieces as they come, a limit of their own, and no mercy for who does not take them.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "controller/http/server.hpp"
#include "drivers/descriptor.hpp"

using namespace ballast;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

class Words : public http::Stream {
 public:
  std::shared_ptr<const std::string> next() override {
    if (words.empty()) return nullptr;
    auto word = std::make_shared<const std::string>(words.front());
    if (words.front().size() < 1000) words.erase(words.begin());  // a long one is said for ever
    return word;
  }
  void say(const std::string& word) {
    words.push_back(word);
    if (wake) wake();
  }
  std::vector<std::string> words;
};

class RunningServer {
 public:
  explicit RunningServer(http::Limits limits)
      : server_(
            context_, [](const std::string& text) { FAIL_CHECK(text); }, limits) {
    const auto stream = [this](const http::Request& request) {
      http::Response response{200, "text/event-stream", "", {{"Cache-Control", "no-store"}}};
      streams_.push_back(std::make_shared<Words>());
      streams_.back()->words.push_back(request.query == "long" ? std::string(1U << 20, 'x')
                                                               : "first " + request.last_event_id + ";");
      response.stream = streams_.back();
      return response;
    };
    server_.add("GET", "/stream", stream, http::Reach::anyone);
    server_.add(
        "GET", "/short",
        [](const http::Request&) {
          return http::Response{200, "text/plain", "short"};
        },
        http::Reach::anyone);
    const auto where = server_.listen(*http::TcpAddress::parse("127.0.0.1:0"));
    REQUIRE(where.has_value());
    where_ = *where;
    thread_ = std::thread([this] { context_.run(); });
  }
  ~RunningServer() {
    asio::post(context_, [this] { server_.stop(); });
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  void say(const std::string& word) {
    asio::post(context_, [this, word] {
      for (const auto& each : streams_) each->say(word);
    });
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  asio::io_context context_{1};
  http::Server server_;
  std::vector<std::shared_ptr<Words>> streams_;
  std::string where_;
  std::thread thread_;
};

class Peer {
 public:
  Peer(const std::string& where, const std::string& request) {
    const auto address = *http::TcpAddress::parse(where);
    socket_ = Descriptor(::socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) == 0);
    const std::string bytes = request + " HTTP/1.1\r\nHost: x\r\nLast-Event-ID: run/7\r\n\r\n";
    REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  static constexpr std::size_t most = 64U << 20;
  /// Everything until `end` has come, or the server closes.
  std::string until(const std::string& end) {
    char buffer[65536];
    while (text_.find(end) == std::string::npos && text_.size() < most) {
      const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) break;
      text_.append(buffer, static_cast<std::size_t>(count));
    }
    return text_;
  }

 private:
  Descriptor socket_;
  std::string text_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("http stream: pieces come as they are said, with the header of an answer that ends with its connection") {
  RunningServer server({});
  Peer peer(server.where(), "GET /stream");
  const std::string begin = peer.until("first run/7;");
  for (const char* part :
       {"200 OK", "Content-Type: text/event-stream", "Cache-Control: no-store", "Connection: close"}) {
    CHECK_MESSAGE(has(begin, part), part);
  }
  CHECK_FALSE(has(begin, "Content-Length"));
  server.say("second;");
  CHECK(has(peer.until("second;"), "first run/7;second;"));
  CHECK_FALSE(has(Peer(server.where(), "HEAD /stream").until("never"), "first"));
}

TEST_CASE("http stream: so many, and they take no place from others") {
  http::Limits limits;
  limits.connections = 1;
  limits.streams = 2;
  RunningServer server(limits);
  Peer one(server.where(), "GET /stream");
  one.until("first");
  auto two = std::make_unique<Peer>(server.where(), "GET /stream");
  two->until("first");
  const std::string refused = Peer(server.where(), "GET /stream").until("limit");
  CHECK(has(refused, "503"));
  CHECK(has(refused, "Retry-After: 10"));
  CHECK(has(Peer(server.where(), "GET /short").until("short"), "200 OK"));
  server.say("still here;");
  CHECK(has(one.until("still here;"), "still here;"));
  two.reset();  // who has gone makes room, at the next piece
  bool room = false;
  for (int i = 0; i < 200 && !room; ++i) {
    server.say("again;");
    room = has(Peer(server.where(), "GET /stream").until("first"), "200 OK");
  }
  CHECK(room);
}

TEST_CASE("http stream: who does not take a piece in time is cut off") {
  http::Limits limits;
  limits.deadline = 200ms;
  RunningServer server(limits);
  Peer peer(server.where(), "GET /stream?long");
  std::this_thread::sleep_for(1500ms);  // it is nobody's turn to say anything: the peer reads nothing
  const std::string text = peer.until("never");
  CHECK(text.size() > 100);
  CHECK(text.size() < Peer::most);
}
