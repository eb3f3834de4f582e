// Programs that misbehave, and what is left of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract_net/lab.hpp"
#include "drivers/child.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

ChildOptions shell(const std::string& script) {
  ChildOptions options;
  options.argv = {"/bin/sh", "-c", script};
  return options;
}

Child start(const ChildOptions& options) {
  auto child = Child::start(options);
  INFO((child.has_error() ? child.error().text : ""));
  REQUIRE(child.has_value());
  return std::move(*child);
}

/// Reads its output until it ends and waits for it.
ExitStatus finish(Child& child) {
  while (child.output_descriptor() >= 0) {
    REQUIRE(readable(child.output_descriptor()));
    child.read_output();
  }
  REQUIRE(readable(child.descriptor()));
  const auto status = child.reap();
  REQUIRE(status);
  return *status;
}

std::string output_of(const ChildOptions& options) {
  Child child = start(options);
  CHECK(finish(child).success());
  return child.output();
}

void wait_for_output(Child& child, std::size_t size) {
  while (child.output().size() < size) {
    REQUIRE(readable(child.output_descriptor()));
    REQUIRE(child.read_output());
  }
}

}  // namespace

TEST_CASE("child: the number of its output's descriptor is no other file's while an event loop may know it") {
  Child child = start({{"/bin/true"}, {}, std::nullopt});
  const int output = child.output_descriptor();
  finish(child);
  CHECK(child.output_descriptor() == -1);
  const int other = ::dup(0);
  CHECK(other != output);
  ::close(other);
}

TEST_CASE("child: exit code, output and signal") {
  Child child = start(shell("echo out; echo err >&2; exit 3"));
  CHECK(finish(child) == ExitStatus{false, 3});
  CHECK(child.output() == "out\nerr\n");
  CHECK_FALSE(child.reap());

  Child killed = start(shell("kill -SEGV $$"));
  const ExitStatus status = finish(killed);
  CHECK(status == ExitStatus{true, SIGSEGV});
  CHECK(status.text() == "killed by signal 11 (SIGSEGV)");
  CHECK_FALSE(status.success());
}

TEST_CASE("child: runs still while nobody asks, and reap() does not wait") {
  Child child = start(shell("read line; sleep 60"));
  CHECK_FALSE(child.reap());
  child.kill_group(SIGTERM);
}

TEST_CASE("child: everything it forked is killed with it, even where it ignores SIGTERM") {
  Child child = start(shell("trap '' TERM; sleep 1000 & sleep 1001 & echo $!; wait; sleep 1002"));
  wait_for_output(child, 2);
  const pid_t grandchild = std::stoi(child.output());
  child.kill_group(SIGTERM);
  CHECK_FALSE(readable(child.descriptor(), 50ms));
  child.kill_group(SIGKILL);
  CHECK(finish(child) == ExitStatus{true, SIGKILL});
  const auto end = std::chrono::steady_clock::now() + 3s;
  const auto alive = [&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string line;
    return std::getline(stat, line) && line.find(") Z ") == std::string::npos;
  };
  while (alive() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
  CHECK_FALSE(alive());
}

TEST_CASE("child: one that prints for ever neither waits nor fills the memory, and each read ends") {
  Child child = start(shell("while :; do echo 0123456789012345678901234567890123456789; done"));
  for (int i = 0; i < 200; ++i) {
    REQUIRE(readable(child.output_descriptor()));
    CHECK(child.read_output());
  }
  CHECK(child.output().size() == ChildOptions{}.most_output);
  child.kill_group(SIGKILL);
  CHECK(finish(child) == ExitStatus{true, SIGKILL});
}

TEST_CASE("child: reads what it is given, whatever its size, and errors may come apart from output") {
  ChildOptions options = shell("echo trouble >&2; cat");
  std::string input;
  for (int i = 0; i < 100000; ++i) input += std::to_string(i) + "\n";
  options.input = input;
  options.errors_apart = true;
  options.most_output = input.size();
  Child child = start(options);
  CHECK(finish(child).success());
  while (child.error_descriptor() >= 0) {
    REQUIRE(readable(child.error_descriptor()));
    child.read_errors();
  }
  CHECK(child.output() == input);
  CHECK_FALSE(child.output_cut());
  CHECK(child.errors() == "trouble\n");
}

TEST_CASE("child: says that it has thrown output away") {
  ChildOptions options = shell("echo 12345");
  options.most_output = 6;
  Child whole = start(options);
  finish(whole);
  CHECK_FALSE(whole.output_cut());
  options.most_output = 5;
  Child cut = start(options);
  finish(cut);
  CHECK(cut.output() == "12345");
  CHECK(cut.output_cut());
}

TEST_CASE("child: an owner that forgets it leaves nothing behind") {
  pid_t pid = 0;
  {
    Child child = start(shell("sleep 1000"));
    pid = child.pid();
    Child moved = std::move(child);
    CHECK(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) != 0);
}

TEST_CASE("child: leads a session, has no descriptor of ours, no blocked or ignored signal, and no input") {
  const Descriptor inherited(open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  sigset_t term{};
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, nullptr);
  auto* before = signal(SIGPIPE, SIG_IGN);
  ChildOptions options;
  options.argv = {"/bin/cat", "/proc/self/status", "-"};
  const std::string status = output_of(options);
  pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  signal(SIGPIPE, before);
  CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
  CHECK(status.find("SigIgn:\t0000000000000000") != std::string::npos);
  CHECK(output_of(shell("ls /proc/$$/fd | tr '\\n' ' '; pwd")).starts_with("0 1 2 "));
  CHECK(output_of(shell("pwd")) == "/\n");
  Child leader = start(shell("set -- $(cat /proc/$$/stat); echo $(($5 == $$)) $(($6 == $$))"));
  CHECK(finish(leader).success());
  CHECK(leader.output() == "1 1\n");
}

TEST_CASE("child: environment is ours, with additions that replace") {
  setenv("BALLAST_KEPT", "kept", 1);
  setenv("BALLAST_OLD", "old", 1);
  ChildOptions options = shell("echo $BALLAST_KEPT $BALLAST_OLD $ROLE");
  options.environment = {{"BALLAST_OLD", "new"}, {"ROLE", "MASTER = 1"}};
  CHECK(output_of(options) == "kept new MASTER = 1\n");
  options.argv = {"/usr/bin/env"};
  CHECK(output_of(options).find("BALLAST_OLD=old") == std::string::npos);
}

TEST_CASE("child: an unprivileged user, with its groups and no more") {
  const auto nobody = find_user("nobody");
  REQUIRE(nobody.has_value());
  ChildOptions options = shell("id -un; id -u; id -G; grep CapEff /proc/self/status");
  options.user = *nobody;
  const std::array<gid_t, 2> privileged{0, 6};
  REQUIRE(setgroups(privileged.size(), privileged.data()) == 0);
  const std::string groups = std::to_string(nobody->gid);
  CHECK(output_of(options) ==
        "nobody\n" + std::to_string(nobody->uid) + "\n" + groups + "\nCapEff:\t0000000000000000\n");
  REQUIRE(setgroups(1, privileged.data()) == 0);
  CHECK(find_user(std::to_string(nobody->uid))->name == "nobody");
  CHECK(find_user("no-such-user").error().text == "there is no user no-such-user");
  CHECK(find_user("").error().errnum == ENOENT);
}

TEST_CASE("child: what cannot be run is an error that says why") {
  const auto why = [](const std::string& program) {
    ChildOptions options;
    options.argv = {program};
    auto child = Child::start(options);
    return child.has_error() ? child.error() : Error{"started", 0};
  };
  CHECK(why("/nowhere/at/all").text == "run /nowhere/at/all: no such file or directory (ENOENT)");
  CHECK(why("/etc/passwd").errnum == EACCES);
  CHECK(why("no-such-program-in-path").errnum == ENOENT);
  CHECK(why("").errnum == EINVAL);
  CHECK(why(std::string("/bin/true\0x", 11)).errnum == EINVAL);
  CHECK(Child::start({}).error().errnum == EINVAL);
  ChildOptions options;
  options.argv = {"true"};
  CHECK(output_of(options).empty());
  options.argv = {"/bin/true"};
  options.user = User{"root-only", 65534, 65534, {}};
  options.argv = {"/root/.profile"};
  CHECK(Child::start(options).error().errnum == EACCES);
}

TEST_CASE("child: real-time priority is not inherited") {
  const sched_param real_time{10};
  const sched_param ordinary{0};
  if (sched_setscheduler(0, SCHED_FIFO, &real_time) != 0) return;
  Child child = start(shell("cut -d' ' -f41 /proc/self/stat"));
  sched_setscheduler(0, SCHED_OTHER, &ordinary);
  CHECK(finish(child).success());
  CHECK(child.output() == "0\n");
}

TEST_CASE("child: dies with the thread that started it") {
  std::optional<Child> child;
  std::thread starter([&] { child = start(shell("sleep 1000")); });
  starter.join();
  CHECK(readable(child->descriptor()));
  CHECK(child->reap() == ExitStatus{true, SIGKILL});
}

TEST_CASE("child: no descriptor is left over after 200 of them, nor after 200 failures") {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = descriptors();
  ChildOptions missing;
  missing.argv = {"/nowhere"};
  for (int i = 0; i < 200; ++i) {
    Child child = start(shell("exit 0"));
    CHECK(finish(child).success());
    CHECK(Child::start(missing).has_error());
  }
  CHECK(descriptors() == before);
}

}  // namespace ballast::test
