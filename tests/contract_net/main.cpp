// The test program's main function. Making network namespaces takes root: without, ctest is told "skipped".
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>

#include <doctest/doctest.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (geteuid() != 0) {
    std::puts("skipped: network namespaces take root");
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
