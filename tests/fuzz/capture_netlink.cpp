// Writes what the running kernel answers into a folder, a file for each message: the seeds of fuzz_netlink.
//   capture_netlink tests/fuzz/corpus/netlink      as root, with some services, destinations and addresses there
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "drivers/ipvs_codec.hpp"
#include "drivers/netlink_socket.hpp"
#include "drivers/network_codec.hpp"

namespace {

using namespace ballast;

class Capture {
 public:
  explicit Capture(std::string folder) : folder_(std::move(folder)) {}

  void dump(NetlinkSocket& socket, const std::string& name, Message& request,
            const std::function<void(nlmsghdr&)>& see) {
    const int errnum = socket.dump(
        request, [] {},
        [&](nlmsghdr& part) {
          write(name, part);
          see(part);
          return true;
        });
    if (errnum != 0) std::fprintf(stderr, "capture_netlink: %s: %s\n", name.c_str(), errno_text(errnum).c_str());
  }
  void write(const std::string& name, const nlmsghdr& message) {
    std::ofstream file(folder_ + "/" + name + "-" + std::to_string(++count_), std::ios::binary);
    file.write(reinterpret_cast<const char*>(&message), message.nlmsg_len);
  }

 private:
  std::string folder_;
  int count_ = 0;
};

int find_ipvs(NetlinkSocket& socket, Message& message) {
  int id = 0;
  put_command(message.begin(GENL_ID_CTRL, 0), CTRL_CMD_GETFAMILY);
  nla_put_string(message.get(), CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
  socket.ask(message, [&](nlmsghdr& answer) {
    nlattr* attribute = nlmsg_find_attr(&answer, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
    if (attribute != nullptr) id = nla_get_u16(attribute);
    return true;
  });
  return id;
}

void capture_ipvs(Capture& capture) {
  auto socket = NetlinkSocket::open(NETLINK_GENERIC);
  if (!socket) return;
  Message message;
  const int family = find_ipvs(*socket, message);
  std::vector<ServiceKey> keys;
  put_command(message.begin(family, 0), IPVS_CMD_GET_SERVICE);
  capture.dump(*socket, "service", message, [&](nlmsghdr& part) {
    if (const auto service = read_service(part)) keys.push_back(service->key);
  });
  for (const ServiceKey& key : keys) {
    put_service_command(message.begin(family, 0), IPVS_CMD_GET_DEST, key);
    capture.dump(*socket, "destination", message, [](nlmsghdr&) {});
  }
  put_command(message.begin(family, 0), IPVS_CMD_GET_DAEMON);
  capture.dump(*socket, "daemon", message, [](nlmsghdr&) {});
  put_command(message.begin(family, 0), IPVS_CMD_GET_CONFIG);
  socket->ask(message, [&](nlmsghdr& answer) {
    capture.write("timeouts", answer);
    return true;
  });
}

void capture_network(Capture& capture) {
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  if (!socket) return;
  Message message;
  put_address_dump(message.begin(RTM_GETADDR, 0));
  capture.dump(*socket, "address", message, [](nlmsghdr&) {});
  put_link_dump(message.begin(RTM_GETLINK, 0));
  capture.dump(*socket, "link", message, [](nlmsghdr&) {});
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: capture_netlink FOLDER\n", stderr), 2;
  Capture capture(arguments[1]);
  capture_ipvs(capture);
  capture_network(capture);
  return 0;
}
