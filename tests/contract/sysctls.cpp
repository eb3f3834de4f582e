// Kernel parameters.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {
namespace {

struct SysctlCase : Case {
  std::string read(const std::string& key) {
    const auto value = kernel.sysctls.read(key);
    if (value) return *value;
    return "errno " + std::to_string(value.error().errnum);
  }
  int write(const std::string& key, const std::string& value) { return kernel.sysctls.write(key, value); }
};

std::string refused(int errnum) {
  return "errno " + std::to_string(errnum);
}

}  // namespace

TEST_SUITE_BEGIN("sysctls");

TEST_CASE_FIXTURE(SysctlCase, "sysctls: what is written is read") {
  CHECK(read("net.ipv4.conf.d0.arp_ignore") == "0");
  CHECK(write("net.ipv4.conf.d0.arp_ignore", "1") == 0);
  CHECK(read("net.ipv4.conf.d0.arp_ignore") == "1");
  CHECK(write("net.ipv4.ip_default_ttl", "77") == 0);
  CHECK(read("net.ipv4.ip_default_ttl") == "77");
}

TEST_CASE_FIXTURE(SysctlCase, "sysctls: a dot in a device's name is written as a slash") {
  CHECK(write("net.ipv4.conf.d1/5.arp_announce", "2") == 0);
  CHECK(read("net.ipv4.conf.d1/5.arp_announce") == "2");
  CHECK(read("net.ipv4.conf.d0.arp_announce") == "0");
  CHECK(read("net.ipv4.conf.d1.5.arp_announce") == refused(ENOENT));
}

TEST_CASE_FIXTURE(SysctlCase, "sysctls: values of several numbers have one blank between them") {
  CHECK(write("net.ipv4.ip_local_port_range", "20000   30000") == 0);
  CHECK(read("net.ipv4.ip_local_port_range") == "20000 30000");
  CHECK(write("net.ipv4.ip_local_port_range", "32768\t60999") == 0);
  CHECK(read("net.ipv4.ip_local_port_range") == "32768 60999");
}

TEST_CASE_FIXTURE(SysctlCase, "sysctls: errno of what is absent, refused or outside") {
  CHECK(read("net.ipv4.nonesuch") == refused(ENOENT));
  CHECK(write("net.ipv4.nonesuch", "1") == ENOENT);
  CHECK(read("net.ipv4.conf.nonesuch.arp_ignore") == refused(ENOENT));
  CHECK(write("net.ipv4.ip_default_ttl", "0") == EINVAL);
  CHECK(write("net.ipv4.ip_default_ttl", "256") == EINVAL);
  CHECK(write("net.ipv4.ip_default_ttl", "many") == EINVAL);
  CHECK(read("net.ipv4.ip_default_ttl") == "64");
  CHECK(write("net.ipv4.tcp_available_congestion_control", "reno") == EACCES);
  CHECK(read("net.ipv4.route.flush") == refused(EACCES));
  for (const std::string outside :
       {"", ".", "..", "net..ip_forward", ".net.ipv4.ip_forward", "net.ipv4.", "net.//.ip_forward",
        "//.//.//.etc.hostname", "//.//.etc.hostname", "net./.ipv4.ip_forward"}) {
    CAPTURE(outside);
    CHECK(read(outside) == refused(EINVAL));
    CHECK(write(outside, "1") == EINVAL);
  }
}

TEST_CASE_FIXTURE(SysctlCase, "sysctls: those of IPVS") {
  CHECK(read("net.ipv4.vs.conntrack") == "0");
  CHECK(write("net.ipv4.vs.conntrack", "1") == 0);
  CHECK(read("net.ipv4.vs.conntrack") == "1");
  CHECK(write("net.ipv4.vs.conntrack", "0") == 0);
}

TEST_SUITE_END();

}  // namespace ballast::contract
