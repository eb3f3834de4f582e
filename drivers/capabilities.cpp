#include "drivers/capabilities.hpp"

#include <array>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ballast {

void use_permitted_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return;
  for (auto& set : sets) set.effective = set.permitted;
  syscall(SYS_capset, &header, sets.data());
}

}  // namespace ballast
