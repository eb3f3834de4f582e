// The command line: one table of commands with their options, help and exit codes.
#pragma once

namespace ballast {

/// Parses and runs; returns the exit code. Wrong usage is explained on stderr and is 2.
int run_command_line(int argc, char** argv);

}  // namespace ballast
