// What the service manager hears, and when the watchdog is no longer fed.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/runtime/supervision.hpp"
#include "controller/runtime/telemetry.hpp"
#include "drivers/descriptor.hpp"

using namespace ballast;
using namespace std::chrono_literals;

namespace {

/// The service manager's end of NOTIFY_SOCKET.
class Sink {
 public:
  Sink() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    REQUIRE(::mkdtemp(directory_.data()) != nullptr);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Sink() { std::filesystem::remove_all(directory_); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  [[nodiscard]] std::string path() const { return directory_ + "/notify"; }
  /// What came since the last call, one message each.
  std::vector<std::string> heard() const {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(socket_.get(), buffer, sizeof buffer, 0)) > 0;) {
      messages.emplace_back(buffer, static_cast<std::size_t>(count));
    }
    return messages;
  }

 private:
  std::string directory_ = "/tmp/ballast-notify-XXXXXX";
  Descriptor socket_;
};

using Messages = std::vector<std::string>;

/// A node whose threads do what the test says.
struct Node {
  boost::asio::io_context loop;
  Vitals vitals;
  bool vrrp_answers = true;
  std::string status = "fine";

  SupervisionCallbacks callbacks() {
    vitals.last_look = Vitals::Time::clock::now();
    SupervisionCallbacks callbacks;
    callbacks.vitals = [this] { return vitals; };
    callbacks.ask_vrrp = [this](const std::function<void()>& answered) {
      if (vrrp_answers) answered();
    };
    callbacks.status = [this] { return status; };
    return callbacks;
  }
};

constexpr Vitals::Time start{std::chrono::hours{1}};

}  // namespace

TEST_CASE("vitals: threads that make progress, however slowly the tables allow") {
  const Vitals idle{start, 5s, std::nullopt, std::nullopt};
  CHECK(ailment(idle, start + 10s).empty());
  CHECK(ailment({start, 5s, start + 5s, start + 60s}, start + 65s).empty());
  CHECK(ailment({start, 5s, start + 300s, std::nullopt}, start + 301s).empty());
  CHECK(ailment({start, 250s, std::nullopt, std::nullopt}, start + 800s).empty());
}

TEST_CASE("vitals: a thread that hangs is named") {
  CHECK(ailment({start, 5s, std::nullopt, start}, start + 11s) == "the VRRP thread has not answered for 11 s");
  CHECK(ailment({start, 5s, start, std::nullopt}, start + 121s) ==
        "the reconciling thread has been at one piece of work for 121 s");
  CHECK(ailment({start, 5s, std::nullopt, std::nullopt}, start + 136s) ==
        "the kernel has not been looked at for 136 s");
}

TEST_CASE("supervision: ready, reloading and stopping, each once") {
  const Sink sink;
  Node node;
  Supervision supervision(node.loop, ServiceManager(sink.path(), std::nullopt), node.callbacks());
  supervision.reloading();  // before it is ready there is nothing to tell
  supervision.reloaded();
  CHECK(sink.heard() == Messages{});
  supervision.ready();
  supervision.ready();
  CHECK(sink.heard() == Messages{"READY=1\nSTATUS=fine"});
  supervision.reloading();
  const Messages reloading = sink.heard();
  REQUIRE(reloading.size() == 1);
  CHECK(reloading[0].starts_with("RELOADING=1\nMONOTONIC_USEC="));
  node.status = "changed";
  supervision.reloaded();
  supervision.reloaded();
  CHECK(sink.heard() == Messages{"READY=1\nSTATUS=changed"});
  supervision.stopping();
  CHECK(sink.heard() == Messages{"STOPPING=1\nSTATUS=stopping"});
}

TEST_CASE("supervision: the watchdog is fed for as long as all threads make progress") {
  const Sink sink;
  Node node;
  Supervision supervision(node.loop, ServiceManager(sink.path(), 40ms), node.callbacks());
  supervision.start();
  node.loop.run_for(300ms);
  CHECK(sink.heard().size() >= 3);
  CHECK(supervision.ailment().empty());

  node.vitals.worker_busy_since = Vitals::Time::clock::now() - 3min;
  sink.heard();
  node.loop.run_for(300ms);
  CHECK(sink.heard() == Messages{});
  CHECK(supervision.ailment().starts_with("the reconciling thread has been"));

  node.vitals.worker_busy_since.reset();
  node.loop.run_for(300ms);
  CHECK(sink.heard().size() >= 3);
}

TEST_CASE("supervision: a change of status is told once the node is ready") {
  const Sink sink;
  Node node;
  Supervision supervision(node.loop, ServiceManager(sink.path(), 20ms), node.callbacks());
  supervision.ready();
  supervision.start();
  node.status = "BACKUP of web";
  node.loop.run_for(100ms);
  Messages heard = sink.heard();
  std::erase(heard, "WATCHDOG=1");
  CHECK(heard == Messages{"READY=1\nSTATUS=fine", "STATUS=BACKUP of web"});
}

TEST_CASE("service manager: nobody listens where nobody is named, and the environment is not handed on") {
  CHECK_FALSE(ServiceManager().present());
  CHECK_FALSE(ServiceManager("", 1s).present());
  CHECK_FALSE(ServiceManager("relative", 1s).tell("READY=1"));
  const Sink sink;
  ::setenv("NOTIFY_SOCKET", sink.path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  const ServiceManager manager = ServiceManager::from_environment();
  CHECK(manager.present());
  CHECK(manager.watchdog() == 2s);
  CHECK(manager.tell("READY=1"));
  CHECK(sink.heard() == Messages{"READY=1"});
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
  CHECK(std::getenv("WATCHDOG_USEC") == nullptr);

  ::setenv("NOTIFY_SOCKET", sink.path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(ServiceManager::from_environment().watchdog().has_value());
}

TEST_CASE("summary: one line that says who holds what and what is wrong") {
  using vrrp::Role;
  CHECK(summary_text(
            {{{"web", Role::master}, {"db", Role::backup}, {"mail", Role::master}}, "0123456789ab", false, {}, {}}) ==
        "MASTER of mail, web; BACKUP of db; manifest 0123456789ab");
  CHECK(summary_text({{{"web", Role::fault}}, "0123456789ab", true, {"IPVS is missing"}, {"a\nb", "c"}}) ==
        "FAULT of web; manifest 0123456789ab; suspended; not ready: IPVS is missing; 2 problems: a b");
  CHECK(summary_text({{}, "", false, {}, {}}) == "no manifest in force");
  CHECK(summary_text({{}, "0", false, {}, {std::string(1000, 'x')}}).size() == 300);
}
