// The version of this program: packaging/version.cmake writes it into a source file of its own, so that a new commit
// compiles no more than that.
#pragma once

namespace ballast {

extern const char* const program_version;

}  // namespace ballast
