// What the tables are asked with, and how their parts become one.
#include "drivers/ipvs.hpp"

#include <algorithm>
#include <cerrno>

#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/descriptor.hpp"
#include "drivers/read_error.hpp"

namespace ballast {
namespace {

/// Sorts what stands from `first` on by key and drops repetitions: a dump that is continued while the table changes may
/// show an entry twice.
template <class Observed>
void sort_by_key(std::vector<Observed>& entries, std::size_t first) {
  const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(first);
  const auto less = [](const Observed& a, const Observed& b) { return a.key < b.key; };
  if (!std::is_sorted(begin, entries.end(), less)) std::stable_sort(begin, entries.end(), less);
  const auto same = [](const Observed& a, const Observed& b) { return a.key == b.key; };
  entries.erase(std::unique(begin, entries.end(), same), entries.end());
}

/// Room for all destinations, guessed from the services read so far: where memory is slow (User-mode Linux), growing by
/// copying costs as much as asking the kernel. Only what is used is ever touched.
void reserve_by_guess(std::vector<ObservedDestination>& destinations, std::size_t services_read, std::size_t services) {
  constexpr std::size_t too_few_to_tell = 16;
  constexpr std::size_t largest_guess = 1'000'000;
  if (services_read < too_few_to_tell) return;
  const std::size_t per_service = destinations.size() / services_read + 1;
  if (destinations.capacity() - destinations.size() > 2 * per_service) return;
  const std::size_t guess = destinations.size() + (services - services_read) * per_service * 9 / 8;
  if (guess > destinations.capacity() && guess < largest_guess) destinations.reserve(guess);
}

Error explain(int errnum, const std::string& kernel_words) {
  switch (errnum) {
    case ENOPROTOOPT:
      return {"this kernel has no IPVS: load it with \"modprobe ip_vs\"", errnum};
    case EPERM:
      return {"reading IPVS needs CAP_NET_ADMIN: run as root", errnum};
    case EBADMSG:
      return {"read IPVS: the kernel's answer has no form that this version knows (EBADMSG)", errnum};
    default:
      return {"read IPVS: " + read_error_text(errnum, kernel_words), errnum};
  }
}

}  // namespace

bool NetlinkIpvs::present() {
  // The thread's own view: it may stand in another network namespace than the process.
  return access("/proc/thread-self/net/ip_vs", F_OK) == 0;
}

int NetlinkIpvs::resolve_family() {
  family_id_ = 0;
  nl_msg* request = message_.begin(GENL_ID_CTRL, NLM_F_REQUEST);
  if (!put_command(request, CTRL_CMD_GETFAMILY)) return ENOMEM;
  if (nla_put_string(request, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME) != 0) return ENOMEM;
  const int errnum = socket_->ask(message_, [&](nlmsghdr& answer) {
    nlattr* id = nlmsg_find_attr(&answer, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
    if (id == nullptr || nla_len(id) < static_cast<int>(sizeof(std::uint16_t))) return false;
    family_id_ = nla_get_u16(id);
    return true;
  });
  return errnum == ENOENT ? ENOPROTOOPT : errnum;
}

int NetlinkIpvs::open() {
  if (socket_) return 0;
  auto socket = NetlinkSocket::open(NETLINK_GENERIC);
  if (!socket) return socket.error().errnum;
  socket_.emplace(std::move(*socket));
  family_id_ = 0;
  return 0;
}

int NetlinkIpvs::dump_timeouts(IpvsTable& table) {
  if (!put_command(message_.begin(family_id_, NLM_F_REQUEST), IPVS_CMD_GET_CONFIG)) return ENOMEM;
  return socket_->ask(message_, [&](nlmsghdr& answer) {
    const auto timeouts = read_timeouts(answer);
    if (!timeouts) return false;
    table.tcp_timeout_seconds = timeouts->tcp;
    table.tcp_fin_timeout_seconds = timeouts->tcp_fin;
    table.udp_timeout_seconds = timeouts->udp;
    return true;
  });
}

int NetlinkIpvs::dump_daemons(IpvsTable& table) {
  if (!put_command(message_.begin(family_id_, NLM_F_REQUEST | NLM_F_DUMP), IPVS_CMD_GET_DAEMON)) return ENOMEM;
  return socket_->dump(
      message_, [&] { table.daemons.clear(); },
      [&](nlmsghdr& part) {
        auto daemon = read_daemon(part);
        if (daemon) table.daemons.push_back(std::move(*daemon));
        return daemon.has_value();
      });
}

int NetlinkIpvs::dump_services(IpvsTable& table) {
  if (!put_command(message_.begin(family_id_, NLM_F_REQUEST | NLM_F_DUMP), IPVS_CMD_GET_SERVICE)) return ENOMEM;
  const int errnum = socket_->dump(
      message_, [&] { table.services.clear(); },
      [&](nlmsghdr& part) {
        auto service = read_service(part);
        if (service) table.services.push_back(std::move(*service));
        return service.has_value();
      });
  sort_by_key(table.services, 0);
  return errnum;
}

int NetlinkIpvs::read_services(std::span<const ServiceKey> keys, IpvsTable& table) {
  for (const ServiceKey& key : keys) {
    if (!put_service_command(message_.begin(family_id_, NLM_F_REQUEST), IPVS_CMD_GET_SERVICE, key)) return ENOMEM;
    const int errnum = socket_->ask(message_, [&](nlmsghdr& answer) {
      auto service = read_service(answer);
      if (service) table.services.push_back(std::move(*service));
      return service.has_value();
    });
    if (errnum != 0 && errnum != ESRCH) return errnum;
  }
  sort_by_key(table.services, 0);
  return 0;
}

int NetlinkIpvs::dump_destinations(const ServiceKey& key, IpvsTable& table) {
  nl_msg* request = message_.begin(family_id_, NLM_F_REQUEST | NLM_F_DUMP);
  if (!put_service_command(request, IPVS_CMD_GET_DEST, key)) return ENOMEM;
  const std::size_t first = table.destinations.size();
  const int errnum = socket_->dump(
      message_, [&] { table.destinations.resize(first); },
      [&](nlmsghdr& part) {
        const auto destination = read_destination(part, key);
        if (destination) table.destinations.push_back(*destination);
        return destination.has_value();
      });
  sort_by_key(table.destinations, first);
  return errnum;
}

int NetlinkIpvs::drop_vanished(IpvsTable& table, const std::vector<std::size_t>& empty) {
  Batch batch(*socket_, empty.size());
  for (const std::size_t place : empty) {
    nl_msg* request = message_.begin(family_id_, NLM_F_REQUEST);
    if (!put_service_command(request, IPVS_CMD_GET_SERVICE, table.services[place].key)) return ENOMEM;
    batch.add(message_);
  }
  const std::vector<int> results = batch.finish();
  // From the back, so that the places before stay true.
  for (std::size_t i = empty.size(); i-- > 0;) {
    if (results[i] == ESRCH) {
      table.services.erase(table.services.begin() + static_cast<std::ptrdiff_t>(empty[i]));
    } else if (results[i] != 0) {
      return results[i];
    }
  }
  return 0;
}

int NetlinkIpvs::dump_destinations(IpvsTable& table) {
  std::vector<std::size_t> empty;
  for (std::size_t i = 0; i < table.services.size(); ++i) {
    const std::size_t before = table.destinations.size();
    reserve_by_guess(table.destinations, i, table.services.size());
    if (const int errnum = dump_destinations(table.services[i].key, table)) return errnum;
    if (table.destinations.size() == before) empty.push_back(i);
  }
  return empty.empty() ? 0 : drop_vanished(table, empty);
}

int NetlinkIpvs::dump(const std::span<const ServiceKey>* keys, IpvsTable& table) {
  if (const int errnum = open()) return errnum;
  // Asked each time: it makes the kernel load the module, and a module that was loaded anew has another id.
  if (const int errnum = resolve_family()) return errnum;
  if (const int errnum = dump_timeouts(table)) return errnum;
  if (const int errnum = keys == nullptr ? dump_services(table) : read_services(*keys, table)) return errnum;
  if (const int errnum = dump_destinations(table)) return errnum;
  return dump_daemons(table);
}

Result<IpvsTable> NetlinkIpvs::dump() {
  return dump(nullptr);
}

Result<IpvsTable> NetlinkIpvs::dump(std::span<const ServiceKey> keys) {
  return dump(&keys);
}

Result<IpvsTable> NetlinkIpvs::dump(const std::span<const ServiceKey>* keys) {
  IpvsTable table;
  const int errnum = dump(keys, table);
  if (errnum == 0) return table;
  return fail(errnum);
}

Error NetlinkIpvs::fail(int errnum) {
  Error error = explain(errnum, socket_ ? socket_->kernel_words() : "");
  socket_.reset();
  return error;
}

Result<std::size_t> NetlinkIpvs::count_ipv4_services() {
  // The older interface has this one thing that netlink lacks (ip_vs_ctl.c, do_ip_vs_get_ctl()).
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ip_vs_getinfo info = {};
  socklen_t size = sizeof info;
  if (!socket.valid() || ::getsockopt(socket.get(), IPPROTO_IP, IP_VS_SO_GET_INFO, &info, &size) != 0) {
    return explain(errno, "");
  }
  return Result<std::size_t>(info.num_services);
}

Result<bool> NetlinkIpvs::has(const ServiceKey& key) {
  int errnum = open();
  if (errnum == 0) errnum = resolve_family();
  if (errnum == 0) {
    const bool fits = put_service_command(message_.begin(family_id_, NLM_F_REQUEST), IPVS_CMD_GET_SERVICE, key);
    errnum = fits ? socket_->ask(message_, [](nlmsghdr&) { return true; }) : ENOMEM;
  }
  if (errnum == 0 || errnum == ESRCH) return errnum == 0;
  return fail(errnum);
}

int NetlinkIpvs::dump_destinations(const ServiceKey& key, std::vector<DestinationStatistics>& destinations) {
  nl_msg* request = message_.begin(family_id_, NLM_F_REQUEST | NLM_F_DUMP);
  if (!put_service_command(request, IPVS_CMD_GET_DEST, key)) return ENOMEM;
  const std::size_t first = destinations.size();
  const int errnum = socket_->dump(
      message_, [&] { destinations.resize(first); },
      [&](nlmsghdr& part) {
        const auto destination = read_destination_statistics(part, key);
        if (destination) destinations.push_back(*destination);
        return destination.has_value();
      });
  sort_by_key(destinations, first);
  return errnum;
}

int NetlinkIpvs::dump_statistics(IpvsStatistics& statistics) {
  if (const int errnum = open()) return errnum;
  if (const int errnum = resolve_family()) return errnum;
  if (!put_command(message_.begin(family_id_, NLM_F_REQUEST | NLM_F_DUMP), IPVS_CMD_GET_SERVICE)) return ENOMEM;
  const int errnum = socket_->dump(
      message_, [&] { statistics.services.clear(); },
      [&](nlmsghdr& part) {
        const auto service = read_service_statistics(part);
        if (service) statistics.services.push_back(*service);
        return service.has_value();
      });
  if (errnum != 0) return errnum;
  sort_by_key(statistics.services, 0);
  for (const ServiceStatistics& service : statistics.services) {
    if (const int failed = dump_destinations(service.key, statistics.destinations)) return failed;
  }
  return 0;
}

Result<IpvsStatistics> NetlinkIpvs::statistics() {
  IpvsStatistics statistics;
  if (!present()) return statistics;
  if (const int errnum = dump_statistics(statistics)) return fail(errnum);
  return statistics;
}

std::vector<int> NetlinkIpvs::write(std::span<const IpvsWrite> writes) {
  int errnum = open();
  if (errnum == 0 && family_id_ == 0) errnum = resolve_family();
  if (errnum != 0) {
    socket_.reset();
    return std::vector<int>(writes.size(), errnum);
  }
  Batch batch(*socket_, writes.size());
  for (const IpvsWrite& write : writes) {
    nl_msg* message = message_.begin(family_id_, NLM_F_REQUEST);
    if (std::visit([&](const auto& one) { return put_write(message, one); }, write)) {
      batch.add(message_);
    } else {
      batch.add_result(EMSGSIZE);
    }
  }
  // A daemon that is stopped before its thread has run at all is not acknowledged: kthread_stop() says EINTR, and then
  // netlink_rcv_skb() says nothing. So that nobody waits for that, the batch ends with a question.
  const auto* last = writes.empty() ? nullptr : std::get_if<DaemonWrite>(&writes.back());
  if (last != nullptr && put_command(message_.begin(family_id_, NLM_F_REQUEST), IPVS_CMD_GET_CONFIG)) {
    batch.add(message_);
  }
  std::vector<int> results = batch.finish();
  results.resize(writes.size());
  if (batch.broken()) socket_.reset();
  return results;
}

}  // namespace ballast
