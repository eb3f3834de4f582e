// What is asked of the first process of a container (PID 1): it inherits what others leave behind and has to reap it,
// and signals that it does not handle do not reach it. So the program proper runs as its child.
#pragma once

#include <optional>

namespace ballast {

/// In a process that is PID 1, goes on in a child of it; PID 1 itself passes signals on to it, reaps whatever ends, and
/// returns how the child ended: its exit code, or 128 and the signal's number. nullopt in the child, and in any other
/// process. To be called before there are threads.
std::optional<int> be_first_process();

}  // namespace ballast
