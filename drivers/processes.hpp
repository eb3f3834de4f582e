// Running processes by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"

namespace ballast {

/// Whether a process answers to `name`: its command name (cut to 15 characters by the kernel) or the last part of
/// argv[0]. `comm` and `cmdline` are the contents of its files in /proc.
bool is_process_name(std::string_view name, std::string_view comm, std::string_view cmdline);

/// Processes of that name that this process can see, zombies not counted; threads are not processes. Reads two or three
/// small files for each process: about 20 us each.
Result<std::size_t> count_processes(std::string_view name, const std::string& proc = "/proc");

struct Process {
  int pid = 0;
  std::string name;       ///< of those asked for
  std::string arguments;  ///< its command line, the parts divided by blanks
};

/// Processes of any of these names that are in this process's network namespace, or in one that may not be known.
Result<std::vector<Process>> find_processes(const std::vector<std::string>& names, const std::string& proc = "/proc");

}  // namespace ballast
