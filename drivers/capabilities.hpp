// Capabilities that the program's file permits (setcap ...+p) and that are not in effect yet. With "+ep" the kernel
// would refuse to start the program at all where a container lacks one of them, even for `ballast validate`.
#pragma once

namespace ballast {

/// Puts in effect what is permitted to this process, for the threads that it starts from now on. What is not permitted
/// is missed where it is needed.
void use_permitted_capabilities();

}  // namespace ballast
