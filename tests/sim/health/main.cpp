// health_sim_tests [--seed N] [--seeds COUNT] [--expect-violation]: as sim_tests, for the health of members.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/sim/health/world.hpp"

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 500;
  bool expect_violation = false;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--expect-violation") {
      expect_violation = true;
    } else if (word == "--seed" && at + 1 < argc) {
      first = std::strtoull(argv[++at], nullptr, 10);
      count = 1;
    } else if (word == "--seeds" && at + 1 < argc) {
      count = std::strtoull(argv[++at], nullptr, 10);
    } else {
      std::cerr << "usage: health_sim_tests [--seed N] [--seeds COUNT] [--expect-violation]\n";
      return 2;
    }
  }
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    try {
      ballast::sim::health::World(seed).run(std::chrono::seconds{300});
    } catch (const ballast::sim::health::Violation& violation) {
      std::cout << "seed " << seed << " " << violation.what() << "\nagain with: health_sim_tests --seed " << seed
                << "\n";
      return expect_violation ? 0 : 1;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << count << " seeds in " << took.count() << " s\n";
  return expect_violation ? 1 : 0;
}
