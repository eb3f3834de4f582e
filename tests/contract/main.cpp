// The contract of drivers/kernel.hpp, checked against one kernel:  contract_tests --kernel=fake|real [doctest options]
// real: the running kernel, as root, in a network namespace of its own.
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>
#include <string_view>

#include <doctest/doctest.h>

#include "contract/world.hpp"

int main(int count, char** arguments) {
  std::string_view which;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with("--kernel=")) which = argument.substr(9);
  }
  if (which != "fake" && which != "real") {
    std::fputs("usage: contract_tests --kernel=fake|real [doctest options]\n", stderr);
    return 2;
  }
  doctest::Context context(count, arguments);
  ballast::contract::world() = which == "real" ? &ballast::contract::real_world() : &ballast::contract::fake_world();
  if (which == "fake") context.addFilter("test-suite-exclude", "oracle");
  return context.run();
}
