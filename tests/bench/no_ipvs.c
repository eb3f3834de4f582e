// Lets keepalived's checkers run on a kernel without IPVS, so that their CPU can be measured there: preloaded, it answers
// all that would go to IPVS by generic netlink as if it had been done. What the checkers do on the network is untouched.
#include <netlink/netlink.h>

static nl_recvmsg_msg_cb_t acknowledge;
static void* acknowledge_argument;

int genl_connect(struct nl_sock* sock) { return sock == 0; }
int genl_ctrl_resolve(struct nl_sock* sock, const char* name) { return sock != 0 && name != 0 ? 30 : -1; }
int nl_send_auto(struct nl_sock* sock, struct nl_msg* message) { return sock == 0 || message == 0; }

int nl_socket_modify_cb(struct nl_sock* sock, enum nl_cb_type type, enum nl_cb_kind kind, nl_recvmsg_msg_cb_t callback,
                        void* argument) {
  if (type == NL_CB_ACK) {
    acknowledge = callback;
    acknowledge_argument = argument;
  }
  return sock == 0 || kind > NL_CB_CUSTOM;
}

int nl_recvmsgs_default(struct nl_sock* sock) {
  if (acknowledge != 0) acknowledge(0, acknowledge_argument);
  return sock == 0;
}
