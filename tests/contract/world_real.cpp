// The kernel that runs, in a network namespace of this process alone. What puts it in order is ip and ipvsadm, never
// the drivers that are under test.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <sched.h>
#include <sys/wait.h>

#include "contract/world.hpp"
#include "drivers/ipvs.hpp"
#include "drivers/network.hpp"
#include "drivers/packet_filter.hpp"
#include "drivers/sysctls.hpp"

namespace ballast::contract {
namespace {

constexpr const char* clean_up = R"(
  exec 2>&1
  ip -force -batch - >/dev/null <<'EOF'
link set tunl0 down
link set gre0 down
link set ip6tnl0 down
link set ip6gre0 down
link set sit0 down
link set lo up
-4 addr flush dev lo to 10.0.0.0/8
-4 addr flush dev lo to 192.0.2.0/24
-6 addr flush dev lo to 2001:db8::/32
link del d0
EOF
  set -e
  sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv4.ip_default_ttl=64 \
    net.ipv4.conf.default.promote_secondaries=0 net.ipv4.conf.all.promote_secondaries=0
  ip -batch - <<'EOF'
link add d0 type veth peer name d1.5
link set d0 up
link set d1.5 up
EOF
  if nft list tables inet | grep -q ballast; then nft delete table inet ballast; fi
  if [ -e /proc/net/ip_vs ]; then
    ipvsadm -C
    ipvsadm --set 900 120 300
    for role in master backup; do
      if ipvsadm -l --daemon | grep -q "^$role"; then ipvsadm --stop-daemon $role; fi
    done
  fi
)";

class RealWorld : public World {
 public:
  RealWorld() {
    if (unshare(CLONE_NEWNET) != 0) {
      std::fprintf(stderr, "contract tests: no network namespace of its own: %s; run as root\n", std::strerror(errno));
      std::exit(2);
    }
  }
  Kernel kernel() override { return {ipvs_, network_, sysctls_, packet_filter_}; }
  void reset() override {
    const std::string output = run(clean_up);
    if (status_ == 0) return;
    std::fprintf(stderr, "contract tests: clean-up failed: %s\n", output.c_str());
    std::exit(2);
  }
  std::string run(const std::string& command) override {
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char piece[4096];
    for (std::size_t count = 0; (count = std::fread(piece, 1, sizeof piece, pipe)) > 0;) output.append(piece, count);
    status_ = pclose(pipe);
    return output;
  }
  [[nodiscard]] bool is_real() const override { return true; }

 private:
  NetlinkIpvs ipvs_;
  NetlinkNetwork network_;
  ProcSysctls sysctls_;
  NftPacketFilter packet_filter_;
  int status_ = 0;
};

}  // namespace

World& real_world() {
  static RealWorld one;
  return one;
}

}  // namespace ballast::contract
