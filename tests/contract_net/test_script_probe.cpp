// Script checks: exit codes, weights, what the program is told, and that it never outlives its time or its prober.
#include <csignal>
#include <fstream>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract_net/lab.hpp"
#include "drivers/probes/prober.hpp"
#include "drivers/processes.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

struct ScriptProbing {
  boost::asio::io_context loop{1};
  std::optional<Prober> prober{loop};

  void start(const std::string& program, const std::vector<std::string>& arguments, bool dynamic,
             std::chrono::milliseconds timeout, Prober::Done done) {
    MemberScriptCheck check;
    check.command.push_back({program, {}});
    for (const auto& argument : arguments) check.command.push_back({argument, {}});
    check.timeout.value = timeout;
    check.dynamic_weight.value = dynamic;
    ProbeTarget target;
    target.address = *IpAddress::parse("2001:db8::7");
    target.port = 8080;
    prober->start(target, std::make_shared<const CheckKind>(check), std::move(done));
  }

  /// "passed: exit code 0, weight 5"
  std::string shell(const std::string& text, bool dynamic = false, std::chrono::milliseconds timeout = 20s) {
    std::optional<ProbeOutcome> outcome;
    start("/bin/sh", {"-c", text}, dynamic, timeout, [&](ProbeOutcome result) { outcome = std::move(result); });
    CHECK_FALSE(outcome.has_value());
    while (!outcome) loop.run_one();
    CHECK_FALSE(outcome->own_fault);
    return (outcome->passed ? "passed: " : "failed: ") + outcome->text +
           (outcome->weight ? ", weight " + std::to_string(*outcome->weight) : "");
  }
};

}  // namespace

TEST_CASE("probe script: the exit code decides, and what was printed is the reason") {
  ScriptProbing probing;
  CHECK(probing.shell("exit 0") == "passed: exit code 0");
  CHECK(probing.shell("echo all is well; echo more") == "passed: exit code 0: all is well");
  CHECK(probing.shell("echo no answer >&2; exit 1") == "failed: exit code 1: no answer");
  CHECK(probing.shell("exit 7") == "failed: exit code 7");
  CHECK(probing.shell("kill -9 $$") == "failed: killed by signal 9 (SIGKILL)");
}

TEST_CASE("probe script: with dynamic weight a code from 2 on passes and is the weight and 2") {
  ScriptProbing probing;
  CHECK(probing.shell("exit 0", true) == "passed: exit code 0");
  CHECK(probing.shell("exit 1", true) == "failed: exit code 1");
  CHECK(probing.shell("exit 2", true) == "passed: exit code 2, weight 0");
  CHECK(probing.shell("exit 255", true) == "passed: exit code 255, weight 253");
  CHECK(probing.shell("kill -9 $$", true) == "failed: killed by signal 9 (SIGKILL)");
}

TEST_CASE("probe script: it is told whom to check") {
  ScriptProbing probing;
  CHECK(probing.shell("echo $BALLAST_ADDRESS $BALLAST_PORT") == "passed: exit code 0: 2001:db8::7 8080");
}

TEST_CASE("probe script: prints for ever, ignores SIGTERM, forks: ended with all it forked when its time is over") {
  ScriptProbing probing;
  CHECK(probing.shell("trap '' TERM; while :; do echo x; done", false, 200ms) == "failed: did not end within 200 ms");
  const std::string program = "/run/ballast-probe-sleeper";
  run("cp /bin/sleep " + program);
  CHECK(probing.shell(program + " 1000 & " + program + " 1000", false, 200ms) == "failed: did not end within 200 ms");
  CHECK(probing.shell(program + " 1000 & exit 0") == "passed: exit code 0");
  // They are killed then; the kernel removes them in its own time.
  while (*count_processes("ballast-probe-sleeper") != 0) usleep(1000);
  run("rm " + program);
}

TEST_CASE("probe script: what could be changed by others is refused, and says nothing of the server") {
  ScriptProbing probing;
  const std::string program = "/run/ballast-probe-open";
  std::ofstream(program) << "#!/bin/sh\n";
  chmod(program.c_str(), 0777);
  std::optional<ProbeOutcome> outcome;
  probing.start(program, {}, false, 20s, [&](ProbeOutcome result) { outcome = std::move(result); });
  while (!outcome) probing.loop.run_one();
  CHECK_FALSE(outcome->passed);
  CHECK(outcome->own_fault);
  CHECK(outcome->text.find("can be written by everybody") != std::string::npos);
  CHECK(probing.shell("exit 0") == "passed: exit code 0");  // the loop's other work goes on
  run("rm " + program);
}

TEST_CASE("probe script: one that cannot be started says nothing of the server") {
  ScriptProbing probing;
  const std::string program = "/run/ballast-probe-no-interpreter";
  std::ofstream(program) << "#!/nonexistent\n";
  chmod(program.c_str(), 0755);
  for (const std::string& each : {std::string("/nonexistent/check"), program}) {
    std::optional<ProbeOutcome> outcome;
    probing.start(each, {}, false, 20s, [&](ProbeOutcome result) { outcome = std::move(result); });
    while (!outcome) probing.loop.run_one();
    CHECK_FALSE(outcome->passed);
    CHECK(outcome->own_fault);
    CHECK(outcome->text.find("ENOENT") != std::string::npos);
  }
  run("rm " + program);
}

TEST_CASE("probe script: the program ends with the prober, which says nothing any more") {
  ScriptProbing probing;
  const std::string program = "/run/ballast-probe-sleeper";
  run("cp /bin/sleep " + program);
  bool told = false;
  probing.start(program, {"1000"}, false, 2000s, [&](const ProbeOutcome&) { told = true; });
  CHECK(*count_processes("ballast-probe-sleeper") == 1);
  probing.prober.reset();
  probing.loop.run();
  CHECK(*count_processes("ballast-probe-sleeper") == 0);
  CHECK_FALSE(told);
  run("rm " + program);
}

}  // namespace ballast::test
