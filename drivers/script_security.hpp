// May a script be trusted? What root starts must not be something that others could have written.
// Pure reading of the file system; the answer is as of now.
#pragma once

#include <string>

#include "drivers/child.hpp"
#include "model/result.hpp"

namespace ballast {

/// The file and every directory and symbolic link on its way must belong to root or to `user` and be writable by nobody
/// else (a directory with the sticky bit may be), and `user` must be able to execute the file. The error names the path
/// that is at fault and the remedy.
Result<void> check_script_security(const std::string& path, const User& user);

}  // namespace ballast
