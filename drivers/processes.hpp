// Running processes by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace ballast {

/// Whether a process answers to `name`: its command name (cut to 15 characters by the kernel) or the last part of
/// argv[0]. `comm` and `cmdline` are the contents of its files in /proc.
bool is_process_name(std::string_view name, std::string_view comm, std::string_view cmdline);

/// Processes of that name that this process can see, zombies not counted; threads are not processes. Reads two or three
/// small files for each process: about 20 us each.
Result<std::size_t> count_processes(std::string_view name, const std::string& proc = "/proc");

}  // namespace ballast
