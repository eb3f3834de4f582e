// Who listens to the page's stream hears what has changed since they were served last, and nobody is asked for nothing.
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "controller/web/feed.hpp"

using namespace ballast;
using namespace std::chrono_literals;

namespace {

struct Node {
  boost::asio::io_context loop{1};
  http::Typist typist{loop};
  http::NodeStatus status{"lvs-128", "0.1.0", false, true, "", {}, {}, {}, {}};
  http::EventPage history{"run", 0, 0, {}};
  int asked = 0;
  web::Feed feed{loop, sources(), "", "v1"};

  web::Sources sources() {
    return {[this](const std::string&, const auto& done) {
              ++asked;
              done(status);
            },
            [this](std::uint64_t since) {
              http::EventPage page{history.instance, history.last, 0, {}};
              for (const auto& event : history.events) {
                if (event.id > since) page.events.push_back(event);
              }
              return page;
            },
            typist};
  }
  void happen(const std::string& text) {
    http::ChangeEvent event;
    event.id = ++history.last;
    event.text = text;
    history.events.push_back(event);
  }
  void run(std::chrono::milliseconds time) {
    loop.restart();
    loop.run_for(time);
  }
  /// All that it hears until `part` is among it.
  std::string hear(http::Stream& listener, const std::string& part) {
    std::string text;
    for (int i = 0; i < 2000 && text.find(part) == std::string::npos; ++i) {
      if (const auto piece = listener.next()) {
        text += *piece;
      } else {
        run(10ms);
      }
    }
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
    return text;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("web feed: everything first, then only what is another, to all the same bytes") {
  Node node;
  node.happen("the first");
  const auto one = node.feed.listen("");
  const auto two = node.feed.listen("");
  const std::string first = node.hear(*one, "\"id\":\"foreign\"");
  for (const char* part :
       {"retry: ", "event: hello", "\"assets\":\"v1\"", "\"text\":\"ready\"", "id: run/1", "the first"}) {
    CHECK_MESSAGE(has(first, part), part);
  }
  node.hear(*two, "\"id\":\"foreign\"");
  node.hear(*one, "event: tick");

  node.status.maintenance = true;
  node.happen("the second");
  int woken = 0;
  one->wake = [&woken] { ++woken; };
  const std::string later = node.hear(*one, "MAINTENANCE");
  CHECK(has(later, "id: run/2"));
  CHECK_FALSE(has(later, "the first"));
  CHECK_FALSE(has(later, "\"id\":\"routers\""));
  CHECK_FALSE(has(later, "event: hello"));
  CHECK(woken > 0);
  // Two that are at the same place get the same piece.
  while (two->next()) {
  }
  while (one->next()) {
  }
  node.happen("the third");
  const auto piece = one->next();
  REQUIRE(piece);
  CHECK(piece == two->next());
}

TEST_CASE("web feed: a slow listener gets the newest state once; who comes back, the events it missed") {
  Node node;
  const auto slow = node.feed.listen("");
  const auto quick = node.feed.listen("");
  node.hear(*slow, "\"id\":\"foreign\"");
  node.hear(*quick, "\"id\":\"foreign\"");
  for (const char* name : {"first", "second", "third"}) {
    node.status.node = name;
    node.hear(*quick, name);
  }
  const std::string heard = node.hear(*slow, "third");
  CHECK_FALSE(has(heard, "\"node\":\"first\""));
  CHECK_FALSE(has(heard, "\"node\":\"second\""));

  for (const char* text : {"one", "two", "three"}) node.happen(text);
  const std::string back = node.hear(*node.feed.listen("run/2"), "three");
  CHECK_FALSE(has(back, "\"one\""));
  CHECK_FALSE(has(back, "id: run/2\n"));
  CHECK(has(node.hear(*node.feed.listen("another/2"), "three"), "id: run/1\n"));
}

TEST_CASE("web feed: nobody listens, nobody asks; a status that cannot be had is said") {
  Node node;
  node.run(20ms);
  CHECK(node.asked == 0);
  auto listener = node.feed.listen("");
  node.hear(*listener, "\"id\":\"foreign\"");
  CHECK(node.feed.is_heard());
  listener.reset();
  CHECK_FALSE(node.feed.is_heard());
  const int asked = node.asked;
  node.run(2500ms);
  CHECK(node.asked <= asked + 1);
  node.status.node = "another";
  const std::string anew = node.hear(*node.feed.listen(""), "\"id\":\"foreign\"");
  CHECK(has(anew, "\"node\":\"another\""));
  CHECK_FALSE(has(anew, "\"node\":\"lvs-128\""));
}
