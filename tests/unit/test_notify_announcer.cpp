// Who is told of what: scripts that run, a web server and a mail server on the loopback.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/notify/announcer.hpp"
#include "mail_server.hpp"

using namespace ballast;
using namespace ballast::test;
using notify::Announcer;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

Located<std::string> word(const std::string& text) {
  return {text, {}};
}

/// A program that writes down what it is told, as whoever runs these tests.
struct Notes {
  Notes() {
    char name[] = "/tmp/ballast-notify-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
  }
  ~Notes() { fs::remove_all(folder); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  [[nodiscard]] Program program(const std::string& end = "") const {
    Program program;
    const std::string shown = "$BALLAST_EVENT $BALLAST_NODE $BALLAST_SERVICE$BALLAST_ROUTER $BALLAST_MEMBER";
    program.command = {word("echo \"" + shown + "\" >>" + folder.string() + "/notes" + end)};
    program.shell.value = true;
    program.user = word(std::to_string(getuid()));
    return program;
  }
  [[nodiscard]] Lines lines() const {
    std::ifstream file(folder / "notes");
    Lines lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  fs::path folder;
};

/// Takes what is posted.
class Hook {
 public:
  Hook()
      : server_([this](int connection) {
          Peer peer(connection);
          std::string request;
          while (!request.ends_with("}\n")) {
            const std::string more = peer.read();
            if (more.empty()) return;
            request += more;
          }
          {
            const std::lock_guard lock(mutex_);
            posts_.push_back(nlohmann::json::parse(request.substr(request.find("\r\n\r\n"))));
          }
          peer.write(ok(""));
        }) {}
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.target().port) + "/"; }
  std::vector<nlohmann::json> posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

 private:
  std::mutex mutex_;
  std::vector<nlohmann::json> posts_;
  ProbeServer server_;
};

struct Node {
  Node() { setenv("no_proxy", "*", 1); }

  Director& director() {
    Director& added = manifest.directors.emplace_back();
    added.nodes = {word("lvs-1")};
    return added;
  }
  VirtualService& service(const std::string& name) {
    VirtualService& added = manifest.virtual_services.emplace_back();
    added.header.name = name;
    return added;
  }
  void begin() { announcer.update(manifest, "lvs-1"); }

  void tell(health::Event::What what, const std::string& name, const std::string& member) {
    health::Event event;
    event.what = what;
    event.service = name;
    event.key = {*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
    event.member = Endpoint{*IpAddress::parse(member), 80};
    event.reason = "why";
    announcer.tell(event);
  }
  void down(const std::string& name, const std::string& member) {
    tell(health::Event::What::member_down, name, member);
  }
  void up(const std::string& name, const std::string& member) { tell(health::Event::What::member_up, name, member); }
  void finish(std::chrono::milliseconds how_long = patience) {
    bool is_done = false;
    announcer.finish(how_long, [&] { is_done = true; });
    while (!is_done) {
      loop.restart();
      loop.run_one();
    }
  }

  boost::asio::io_context loop{1};
  Manifest manifest;
  Lines log;
  Announcer announcer{loop, [this](const std::string& text) { log.push_back(text); }};
};

}  // namespace

TEST_CASE("announcer: a service's script is told of its own members, in order; the node's of all") {
  const Notes own;
  const Notes all;
  Node node;
  node.director().notify.script = all.program();
  node.service("web").notify.script = own.program("; sleep 0.1");
  node.service("db");
  node.begin();
  node.down("web", "10.0.0.3");
  node.up("web", "10.0.0.3");
  node.down("db", "10.0.0.4");
  node.down("web", "10.0.0.3");
  vrrp::RoleChange change;
  change.router = "gateway";
  change.notify.to = vrrp::Role::master;
  node.announcer.tell(change);
  node.finish();
  CHECK(own.lines() == Lines{"member-down lvs-1 web 10.0.0.3:80", "member-up lvs-1 web 10.0.0.3:80",
                             "member-down lvs-1 web 10.0.0.3:80"});
  CHECK(all.lines() == Lines{"member-down lvs-1 web 10.0.0.3:80", "member-up lvs-1 web 10.0.0.3:80",
                             "member-down lvs-1 db 10.0.0.4:80", "member-down lvs-1 web 10.0.0.3:80",
                             "role-changed lvs-1 gateway "});
  CHECK(node.log == Lines{});
}

TEST_CASE("announcer: one POST and one mail for what happens together; named twice is told once") {
  Hook hook;
  MailServer mail;
  Node node;
  Director& director = node.director();
  director.notify.webhook = word(hook.url());
  Email email;
  email.to = {word("a@example.com"), word("b@example.com")};
  email.from = word("ballast@example.com");
  email.server = word(mail.name());
  email.timeout.value = patience;
  director.notify.email = email;
  node.service("web").notify.webhook = word(hook.url());
  node.begin();
  node.down("web", "10.0.0.3");
  node.down("web", "10.0.0.4");
  node.finish();
  REQUIRE(hook.posts().size() == 1);
  CHECK(hook.posts()[0]["member"] == "10.0.0.4:80");
  CHECK(hook.posts()[0]["more"] == 1);
  REQUIRE(mail.mails().size() == 1);
  CHECK(mail.mails()[0].recipients == Lines{"<a@example.com>", "<b@example.com>"});
  CHECK(mail.mails()[0].text.find("\nSubject: ballast lvs-1: web 10.0.0.4:80 is down, and 1 more\n") !=
        std::string::npos);
  CHECK(node.log == Lines{});
}

TEST_CASE("announcer: other nodes' Directors are none of ours; a new manifest tells others") {
  Hook first;
  Hook second;
  Node node;
  node.director().notify.webhook = word(first.url());
  node.manifest.directors[0].nodes = {word("lvs-2")};
  node.begin();
  node.down("web", "10.0.0.3");
  node.manifest.directors[0].nodes = {word("lvs-1")};
  node.begin();
  node.down("web", "10.0.0.4");
  node.manifest.directors[0].notify.webhook = word(second.url());
  node.begin();  // what waits for the first one still leaves
  node.up("web", "10.0.0.4");
  node.finish();
  REQUIRE(first.posts().size() == 1);
  CHECK(first.posts()[0]["member"] == "10.0.0.4:80");
  REQUIRE(second.posts().size() == 1);
  CHECK(second.posts()[0]["event"] == "member-up");
}

TEST_CASE("announcer: what fails is one line each, and no secret of a URL") {
  Node node;
  const ProbeServer server(answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.target().port);
  Director& director = node.director();
  director.notify.webhook = word(url + "/services/secret?token");
  Program program;
  program.command = {word("/bin/false")};
  program.user = word(std::to_string(getuid()));
  director.notify.script = program;
  node.begin();
  node.down("web", "10.0.0.3");
  node.finish();
  std::sort(node.log.begin(), node.log.end());
  CHECK(node.log == Lines{"notify /bin/false: web 10.0.0.3:80 is down: exit code 1",
                          "notify " + url + ": 1 event could not be told: answered 404"});
}

TEST_CASE("announcer: servers that hang hold up neither the loop nor the end") {
  const ProbeServer server([](int connection) { hang(connection); });
  const Notes notes;
  Node node;
  Director& director = node.director();
  director.notify.webhook = word("http://127.0.0.1:" + std::to_string(server.target().port));
  director.notify.script = notes.program();
  node.begin();
  for (int round = 0; round < 100; ++round) node.down("web", "10.0.0.3");
  bool ticked = false;
  boost::asio::steady_timer timer(node.loop, 1ms);
  timer.async_wait([&](const auto&) { ticked = true; });
  while (!ticked) node.loop.run_one();
  node.finish(impatience);
  REQUIRE(node.log.size() == 1);
  CHECK(node.log[0].starts_with("notify: "));
  CHECK(node.log[0].ends_with(" events could not be told before the end"));
}
