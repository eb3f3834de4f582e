// sim_tests [--seed N] [--seeds COUNT] [--expect-violation]: runs that many seeds from N on, and prints the first that
// fails.
// --expect-violation turns the outcome round: it is for machines with a deliberate mistake (mutants/).
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>

#include "tests/sim/scenarios.hpp"
#include "tests/sim/world.hpp"

namespace ballast::sim {

namespace {

constexpr std::array<Scenario, 7> all = {{{"chaos", run_chaos, 50},
                                          {"planned stop", run_planned_stop, 8},
                                          {"kill", run_kill, 8},
                                          {"pause", run_pause, 8},
                                          {"split", run_split, 8},
                                          {"return", run_return, 8},
                                          {"sync group", run_sync_group, 10}}};

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = 5000;
  bool expect_violation = false;
};

bool read_options(int argc, char** argv, Options& options) {
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--expect-violation") {
      options.expect_violation = true;
    } else if (word == "--seed" && at + 1 < argc) {
      options.first = std::strtoull(argv[++at], nullptr, 10);
      options.count = 1;
    } else if (word == "--seeds" && at + 1 < argc) {
      options.count = std::strtoull(argv[++at], nullptr, 10);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::span<const Scenario> scenarios() {
  return all;
}

const Scenario& scenario_of(std::uint64_t seed) {
  int rest = static_cast<int>(seed % 100);
  for (const Scenario& scenario : all) {
    if (rest < scenario.share) return scenario;
    rest -= scenario.share;
  }
  return all.front();
}

}  // namespace ballast::sim

int main(int argc, char** argv) {
  using namespace ballast::sim;
  Options options;
  if (!read_options(argc, argv, options)) {
    std::cerr << "usage: sim_tests [--seed N] [--seeds COUNT] [--expect-violation]\n";
    return 2;
  }
  std::map<std::string_view, int> runs;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = options.first; seed < options.first + options.count; ++seed) {
    const Scenario& scenario = scenario_of(seed);
    ++runs[scenario.name];
    try {
      scenario.run(seed);
    } catch (const Violation& violation) {
      std::cout << "seed " << seed << " (" << scenario.name << ") " << violation.what() << "\n"
                << "again with: sim_tests --seed " << seed << "\n";
      return options.expect_violation ? 0 : 1;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << options.count << " seeds in " << took.count() << " s:";
  for (const auto& [name, count] : runs) std::cout << " " << name << " " << count;
  std::cout << "\n";
  return options.expect_violation ? 1 : 0;
}
