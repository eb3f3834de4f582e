// Letters to servers on the loopback that take them, refuse them, hang and never end.
#include <cstdlib>

#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include "drivers/courier.hpp"
#include "mail_server.hpp"

using namespace ballast;
using namespace ballast::test;
using namespace std::chrono_literals;

namespace {

struct Post {
  Post() { setenv("no_proxy", "*", 1); }  // these servers are here

  Delivery deliver(Letter letter) {
    std::optional<Delivery> delivery;
    loop.restart();  // it had nothing to do any more
    courier->send(std::move(letter), [&](Delivery result) { delivery = std::move(result); });
    while (!delivery) loop.run_one();
    return *delivery;
  }
  std::string text_of(Letter letter) {
    const Delivery delivery = deliver(std::move(letter));
    std::string text = delivery.delivered ? "delivered" : delivery.may_help ? "not now" : "never";
    text += ": " + delivery.text;
    for (const std::string& refusal : delivery.refusals) text += "; " + refusal;
    return text;
  }

  boost::asio::io_context loop{1};
  std::optional<Courier> courier{loop};
};

Letter post_to(const ProbeTarget& target, std::chrono::milliseconds timeout = patience) {
  return {
      "http://127.0.0.1:" + std::to_string(target.port) + "/hook", "{\"a\":1}", "application/json", {}, {}, timeout};
}

Letter mail_to(const MailServer& server, std::vector<std::string> recipients,
               std::chrono::milliseconds timeout = patience) {
  return {server.url(), "Subject: x\r\n\r\none\r\n.\r\n..two\r\n", {}, "me@example.com", std::move(recipients),
          timeout};
}

std::string answer_to_post(const std::string& status) {
  const ProbeServer server(answers("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"));
  return Post().text_of(post_to(server.target()));
}

}  // namespace

TEST_CASE("courier: a POST arrives as it was given") {
  std::string request;
  {
    const ProbeServer server([&](int connection) {
      Peer peer(connection);
      while (!request.ends_with("}")) request += peer.read();
      peer.write(ok("thanks"));
    });
    CHECK(Post().text_of(post_to(server.target())) == "delivered: answered 200");
  }
  CHECK(request.starts_with("POST /hook HTTP/1.1\r\n"));
  CHECK(request.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(request.ends_with("\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
}

TEST_CASE("courier: what a web server answers says whether to try again") {
  CHECK(answer_to_post("204 No Content") == "delivered: answered 204");
  CHECK(answer_to_post("503 Busy") == "not now: answered 503");
  CHECK(answer_to_post("429 Slowly") == "not now: answered 429");
  CHECK(answer_to_post("404 What") == "never: answered 404");
  CHECK(answer_to_post("302 There\r\nLocation: http://127.0.0.1/") == "never: answered 302");
  const std::string refused = Post().text_of(post_to(nobody_there()));
  CHECK(refused.starts_with("not now: failed to connect to 127.0.0.1 port"));
}

TEST_CASE("courier: a server that hangs costs its time and nobody else's") {
  const ProbeServer hanging([](int connection) { hang(connection); });
  const ProbeServer good(answers(ok("")));
  Post post;
  CHECK(post.text_of(post_to(hanging.target(), impatience)).starts_with("not now: operation timed out after"));
  bool dropped_told = false;
  for (int count = 0; count < 3; ++count) {
    post.courier->send(post_to(hanging.target(), 600s), [&](const Delivery&) { dropped_told = true; });
  }
  CHECK(post.text_of(post_to(good.target())) == "delivered: answered 200");
  // The loop goes on: a timer comes first of all.
  bool ticked = false;
  boost::asio::steady_timer timer(post.loop, 1ms);
  timer.async_wait([&](const auto&) { ticked = true; });
  while (!ticked) post.loop.run_one();
  // The end waits for none of them.
  post.courier.reset();
  post.loop.restart();
  post.loop.run();
  CHECK_FALSE(dropped_told);
}

TEST_CASE("courier: more letters than slots all arrive") {
  const ProbeServer good(answers(ok("")));
  Post post;
  std::size_t delivered = 0;
  constexpr std::size_t letters = Courier::slots * 3;
  for (std::size_t count = 0; count < letters; ++count) {
    post.courier->send(post_to(good.target()), [&](const Delivery& delivery) { delivered += delivery.delivered; });
  }
  post.loop.run();
  CHECK(delivered == letters);
}

TEST_CASE("courier: an endless answer is cut off") {
  const std::string kilobyte(1024, 'x');
  const ProbeServer body([&](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\n\r\n");
    while (send_all(connection, kilobyte)) {
    }
  });
  CHECK(Post().text_of(post_to(body.target(), 600s)) == "delivered: answered 200");
  const ProbeServer header([&](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\n");
    while (send_all(connection, "X: " + kilobyte + "\r\n")) {
    }
  });
  // That it is one is known by its status.
  CHECK(Post().text_of(post_to(header.target(), 600s)) == "delivered: answered 200");
  const ProbeServer garbage([&](int connection) {
    while (send_all(connection, kilobyte)) {
    }
  });
  CHECK(Post().text_of(post_to(garbage.target(), 600s)).starts_with("never: received HTTP/0.9"));
}

TEST_CASE("courier: a mail reaches all its recipients, dots included") {
  MailServer server;
  CHECK(Post().text_of(mail_to(server, {"a@example.com", "b@example.com"})) == "delivered: taken");
  const auto mails = server.mails();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].sender == "<me@example.com>");
  CHECK(mails[0].recipients == std::vector<std::string>{"<a@example.com>", "<b@example.com>"});
  CHECK(mails[0].text == "Subject: x\n\none\n.\n..two\n");
}

TEST_CASE("courier: a recipient that is refused does not keep the mail from the others") {
  MailServer server([](const std::string& command) {
    return command.find("<b@") == std::string::npos ? std::string() : "550-no\r\n550 no such user\x1b";
  });
  CHECK(Post().text_of(mail_to(server, {"a@example.com", "b@example.com", "c@example.com"})) ==
        "delivered: taken; to b@example.com: 550 no such user?");
  REQUIRE(server.mails().size() == 1);
  CHECK(server.mails()[0].recipients == std::vector<std::string>{"<a@example.com>", "<c@example.com>"});
}

TEST_CASE("courier: what a mail server answers says whether to try again") {
  const auto answered = [](const std::string& command, const std::string& reply) {
    MailServer server([&](const std::string& said) { return said.starts_with(command) ? reply : std::string(); });
    return Post().text_of(mail_to(server, {"a@example.com"}));
  };
  CHECK(answered("RCPT", "550 no such user") == "never: 550 no such user");
  CHECK(answered("RCPT", "451 later") == "not now: 451 later");
  CHECK(answered("MAIL", "451 later") == "not now: 451 later");
  CHECK(answered("DATA's end", "554 spam") == "never: 554 spam");
}

TEST_CASE("courier: a mail server that hangs is bounded; once it has taken the mail, it is not waited for") {
  Post post;
  MailServer silent([](const std::string&) { return std::string("hang"); });
  CHECK(post.text_of(mail_to(silent, {"a@example.com"}, impatience)).starts_with("not now: "));
  MailServer lingering([](const std::string& said) { return said == "QUIT" ? std::string("hang") : std::string(); });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(post.text_of(mail_to(lingering, {"a@example.com"}, 600s)) == "delivered: taken");
  CHECK(std::chrono::steady_clock::now() - begin < 60s);  // curl's own patience is two minutes
}
