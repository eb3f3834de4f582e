// What is said here of a manifest's meaning is written anew from the manual, not taken from model/.
#include "tests/sim/cluster/wish.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/node.hpp"

namespace ballast::sim::cluster {

namespace {

constexpr std::array<const char*, 5> schedulers = {"rr", "wrr", "lc", "wlc", "sh"};
constexpr std::size_t most_services = 8;

std::string yaml(const WishedPool& pool, std::size_t number) {
  std::string members;
  for (const WishedMember& member : pool.members) {
    members += fmt::format("{}{{address: {}, weight: {}}}", members.empty() ? "" : ", ",
                           address_of(member.machine).text(), member.weight);
  }
  std::string text = fmt::format(
      "---\napiVersion: ballast/v1\nkind: Pool\nmetadata: {{name: p{}}}\nspec:\n  members: [{}]\n"
      "  checks:\n    - tcp: {{timeout: 500ms}}\n      interval: {}ms\n      retries: {}\n      retryDelay: 300ms\n"
      "      rise: {}\n      fall: {}\n",
      number, members, pool.interval_ms, pool.retries, pool.rise, pool.fall);
  if (pool.drain_seconds > 0) text += fmt::format("  drain: {}s\n", pool.drain_seconds);
  if (pool.slow_start_seconds > 0) text += fmt::format("  slowStart: {}s\n", pool.slow_start_seconds);
  if (pool.min_healthy_percent > 0) text += fmt::format("  minHealthy: {}%\n", pool.min_healthy_percent);
  if (pool.fail_open) text += "  failOpen: true\n";
  if (pool.quiesce) text += "  onFailure: quiesce\n";
  return text;
}

std::string yaml(const WishedService& service) {
  return fmt::format(
      "---\napiVersion: ballast/v1\nkind: VirtualService\nmetadata: {{name: s{}-{}}}\n"
      "spec: {{address: {}, port: {}, scheduler: {}, forwarding: DR, pool: p{}{}}}\n",
      service.router, service.port, vip_of(service.router).text(), service.port, service.scheduler, service.pool,
      service.sorry ? ", sorryServer: {address: 10.0.9.9}" : "");
}

bool is_most(std::size_t gone, std::size_t all) {
  return gone >= 3 && gone * 2 > all;
}

WishedPool make_pool(const Layout& layout, Random& random) {
  WishedPool pool;
  for (int server = layout.directors; server < layout.machines(); ++server) {
    if (pool.members.empty() || random.chance(80)) {
      pool.members.push_back({server, static_cast<std::uint32_t>(random.between(2, 9))});
    }
  }
  // A director that serves, too.
  if (random.chance(20)) pool.members.push_back({random.between(0, layout.directors - 1), 2});
  pool.interval_ms = random.between(10, 60) * 100;
  pool.retries = random.between(0, 2);
  pool.rise = random.between(1, 2);
  pool.fall = random.between(1, 2);
  if (random.chance(40)) pool.drain_seconds = random.between(1, 20);
  if (random.chance(30)) pool.slow_start_seconds = 10;
  if (random.chance(30)) pool.min_healthy_percent = 50;
  pool.fail_open = random.chance(20);
  pool.quiesce = random.chance(20);
  return pool;
}

void add_service(Wish& wish, const Layout& layout, Random& random) {
  if (wish.services.size() >= most_services) return;
  WishedService service;
  service.router = random.between(0, layout.routers() - 1);
  service.port = static_cast<std::uint16_t>(random.between(1, 60000));
  service.scheduler = schedulers[random.next() % schedulers.size()];
  service.pool = random.next() % wish.pools.size();
  service.sorry = random.chance(30);
  const bool taken = std::any_of(wish.services.begin(), wish.services.end(),
                                 [&](const WishedService& each) { return each.key() == service.key(); });
  if (!taken) wish.services.push_back(service);
}

template <class T>
T& pick(std::vector<T>& all, Random& random) {
  return all[random.next() % all.size()];
}

}  // namespace

std::string Layout::name(int machine) const {
  return is_director(machine) ? fmt::format("d{}", machine) : fmt::format("s{}", machine - directors);
}

IpAddress address_of(int machine) {
  return *IpAddress::parse(fmt::format("10.0.0.{}", machine + 1));
}

IpAddress vip_of(int router) {
  return *IpAddress::parse(fmt::format("10.0.0.{}", 100 + router));
}

Layout make_layout(Random& random) {
  Layout layout;
  layout.directors = random.between(2, 3);
  layout.servers = random.between(2, 5);
  layout.priorities.resize(static_cast<std::size_t>(random.between(1, 2)));
  for (auto& router : layout.priorities) {
    for (int director = 0; director < layout.directors; ++director) router.push_back(80 + 25 * director);
    for (std::size_t at = router.size(); at > 1; --at) std::swap(router[at - 1], router[random.next() % at]);
  }
  return layout;
}

Wish make_wish(const Layout& layout, Random& random) {
  Wish wish;
  const int pools = random.between(1, 2);
  for (int count = 0; count < pools; ++count) wish.pools.push_back(make_pool(layout, random));
  const int services = random.between(2, 6);
  for (int count = 0; count < services; ++count) add_service(wish, layout, random);
  wish.director_sysctls["net.ipv4.ip_forward"] = "1";
  return wish;
}

void change(Wish& wish, const Layout& layout, Random& random) {
  WishedPool& pool = pick(wish.pools, random);
  switch (random.between(0, 8)) {
    case 0:
      pick(pool.members, random).weight = static_cast<std::uint32_t>(random.between(2, 9));
      break;
    case 1:
      if (pool.members.size() > 1)
        pool.members.erase(pool.members.begin() + static_cast<long>(random.next() % pool.members.size()));
      break;
    case 2: {
      const int machine = random.between(layout.directors, layout.machines() - 1);
      const bool there = std::any_of(pool.members.begin(), pool.members.end(),
                                     [&](const WishedMember& member) { return member.machine == machine; });
      if (!there) pool.members.push_back({machine, 2});
      break;
    }
    case 3:
      add_service(wish, layout, random);
      break;
    case 4:
      if (wish.services.size() > 1)
        wish.services.erase(wish.services.begin() + static_cast<long>(random.next() % wish.services.size()));
      break;
    case 5:
      pick(wish.services, random).scheduler = schedulers[random.next() % schedulers.size()];
      break;
    case 6:
      wish.udp_timeout_seconds = random.between(1, 600);
      wish.static_address = random.chance(50);
      break;
    case 7:
      wish.syncookies = random.chance(50) ? std::optional(random.between(0, 2)) : std::nullopt;
      wish.director_sysctls.erase("net.ipv4.vs.conntrack");
      if (random.chance(50)) wish.director_sysctls["net.ipv4.vs.conntrack"] = "1";
      break;
    default:
      pool.drain_seconds = random.chance(50) ? random.between(1, 20) : 0;
      pool.fail_open = random.chance(20);
  }
}

bool take_away(Wish& wish, Random& random) {
  if (wish.services.size() >= 4 && random.chance(70)) {
    wish.services.resize(1);
    return true;
  }
  WishedPool& pool = pick(wish.pools, random);
  if (pool.members.size() < 4) return false;
  pool.members.resize(1);
  return true;
}

std::string text_of(const Layout& layout, const Wish& wish) {
  std::string directors, servers, everybody;
  for (int machine = 0; machine < layout.machines(); ++machine) {
    std::string& list = layout.is_director(machine) ? directors : servers;
    list += (list.empty() ? "" : ", ") + layout.name(machine);
    everybody += (everybody.empty() ? "" : ", ") + layout.name(machine);
  }
  std::string text;
  for (int router = 0; router < layout.routers(); ++router) {
    text += fmt::format(
        "---\napiVersion: ballast/v1\nkind: VirtualRouter\nmetadata: {{name: r{}}}\nspec:\n  virtualRouterId: {}\n"
        "  interface: eth0\n  advertisementInterval: 1s\n  addresses: [{}/24]\n  routers:\n",
        router, 41 + router, vip_of(router).text());
    for (int director = 0; director < layout.directors; ++director) {
      text += fmt::format("    - {{node: {}, priority: {}}}\n", layout.name(director),
                          layout.priorities[static_cast<std::size_t>(router)][static_cast<std::size_t>(director)]);
    }
  }
  for (const WishedService& service : wish.services) text += yaml(service);
  std::string pools, sysctls;
  for (std::size_t number = 0; number < wish.pools.size(); ++number) {
    text += yaml(wish.pools[number], number);
    pools += fmt::format("{}p{}", pools.empty() ? "" : ", ", number);
  }
  for (const auto& [name, value] : wish.director_sysctls) {
    sysctls += fmt::format("{}{}: {}", sysctls.empty() ? "" : ", ", name, value);
  }
  text += fmt::format(
      "---\napiVersion: ballast/v1\nkind: RealServer\nmetadata: {{name: servers}}\nspec: {{nodes: [{}], pools: [{}]}}\n"
      "---\napiVersion: ballast/v1\nkind: Director\nmetadata: {{name: directors}}\n"
      "spec: {{nodes: [{}], timeouts: {{udp: {}s}}, sysctls: {{{}}}}}\n",
      servers, pools, directors, wish.udp_timeout_seconds, sysctls);
  if (wish.syncookies) {
    text += fmt::format(
        "---\napiVersion: ballast/v1\nkind: Sysctl\nmetadata: {{name: all}}\n"
        "spec: {{nodes: [{}], values: {{net.ipv4.tcp_syncookies: {}}}}}\n",
        everybody, *wish.syncookies);
  }
  if (wish.static_address) {
    text += fmt::format(
        "---\napiVersion: ballast/v1\nkind: Address\nmetadata: {{name: static}}\n"
        "spec: {{nodes: [{}], interface: eth0, address: 10.0.0.201/24}}\n",
        layout.name(0));
  }
  return text;
}

bool takes_too_much(const Wish& before, const Wish& after) {
  const auto find = [&](const WishedService& service) {
    return std::find_if(after.services.begin(), after.services.end(),
                        [&](const WishedService& each) { return each.key() == service.key(); });
  };
  std::size_t gone = 0;
  for (const WishedService& service : before.services) gone += find(service) == after.services.end() ? 1 : 0;
  if (is_most(gone, before.services.size())) return true;
  return std::any_of(before.services.begin(), before.services.end(), [&](const WishedService& service) {
    const auto later = find(service);
    if (later == after.services.end()) return false;
    const auto& members = before.pools[service.pool].members;
    const auto& left = after.pools[later->pool].members;
    const auto lost = std::count_if(members.begin(), members.end(), [&](const WishedMember& member) {
      return std::none_of(left.begin(), left.end(),
                          [&](const WishedMember& each) { return each.machine == member.machine; });
    });
    return is_most(static_cast<std::size_t>(lost), members.size());
  });
}

Expected expected_of(const Layout& layout, const Wish& wish, int machine, const std::set<int>& masters) {
  Expected expected;
  const bool director = layout.is_director(machine);
  for (const WishedService& service : wish.services) {
    const auto& members = wish.pools[service.pool].members;
    const AddressKey on_loopback{"lo", {vip_of(service.router), 32}};
    if (!director) expected.addresses.insert(on_loopback);
    const bool serves_itself = std::any_of(members.begin(), members.end(),
                                           [&](const WishedMember& member) { return member.machine == machine; });
    if (!director || (serves_itself && !masters.contains(service.router))) continue;
    Service value;
    value.scheduler = service.scheduler;
    value.granularity = 0xffffffff;
    expected.services.emplace(service.key(), value);
    for (const WishedMember& member : members) {
      expected.destinations.emplace(DestinationKey{service.key(), address_of(member.machine), service.port},
                                    Destination{Forwarding::dr, member.weight, 0, 0, {}});
    }
  }
  if (wish.syncookies) expected.sysctls["net.ipv4.tcp_syncookies"] = std::to_string(*wish.syncookies);
  if (director) {
    for (const auto& [name, value] : wish.director_sysctls) expected.sysctls[name] = value;
    expected.udp_timeout_seconds = static_cast<std::uint32_t>(wish.udp_timeout_seconds);
    if (wish.static_address && machine == 0) expected.addresses.insert({"eth0", *Prefix::parse("10.0.0.201/24")});
  } else if (!wish.services.empty()) {
    for (const char* device : {"all", "lo"}) {
      expected.sysctls[fmt::format("net.ipv4.conf.{}.arp_ignore", device)] = "1";
      expected.sysctls[fmt::format("net.ipv4.conf.{}.arp_announce", device)] = "2";
    }
  }
  return expected;
}

std::shared_ptr<const Revision> make_revision(int number, const Layout&, Wish wish, std::string text, bool valid) {
  SourceFiles files;
  files.texts.push_back({"cluster.yaml", text});
  ReadOutcome outcome = load_manifest(files);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->manifest = std::move(outcome.manifest);
  snapshot->diagnostics = std::move(outcome.diagnostics);
  snapshot->revision.id = fmt::format("r{}", number);
  return std::make_shared<Revision>(Revision{std::move(wish), std::move(text), valid, std::move(snapshot)});
}

std::string spoil(std::string text, Random& random) {
  switch (random.between(0, 3)) {
    case 0:
      return {};  // half-written: nothing yet
    case 1:
      return text + "---\napiVersion: ballast/v1\nkind: Pool\nmetadata: {name: x}\nspec: {members: [{addres: 1}]}\n";
    case 2:
      return text +
             "---\napiVersion: ballast/v1\nkind: VirtualService\nmetadata: {name: y}\nspec: {address: 10.0.0.100, "
             "port: 1, forwarding: DR, pool: nowhere}\n";
    default:
      return text + "<<<<<<< HEAD\n";
  }
}

}  // namespace ballast::sim::cluster
