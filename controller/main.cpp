// Entry point: nothing but what has to hold for the whole process.
#include <csignal>
#include <cstdio>
#include <exception>

#include "controller/command_line.hpp"
#include "drivers/capabilities.hpp"

int main(int argc, char** argv) {
  // A reader that goes away (| head) must not end an apply half-way; print() notices.
  std::signal(SIGPIPE, SIG_IGN);
  ballast::use_permitted_capabilities();
  try {
    return ballast::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    // Only memory can run out here: everything else is a value.
    std::fprintf(stderr, "ballast: %s\n", error.what());
    return 2;
  }
}
