// Wakes, in this order: tasks, what the sockets hold, what happened to the network, then deadlines.
#include "controller/vrrp/loop.hpp"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>

#include "controller/vrrp/sync_group.hpp"
#include "drivers/thread.hpp"

namespace ballast::vrrp {
namespace {

Time clock_now(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

Duration boot_ahead() {
  return clock_now(CLOCK_BOOTTIME) - clock_now(CLOCK_MONOTONIC);
}

/// Less than this is the two clocks being read one after the other.
constexpr Duration shortest_pause = std::chrono::milliseconds{100};

}  // namespace

Time monotonic_now() {
  return clock_now(CLOCK_MONOTONIC);
}

Plane::Loop::Loop(std::vector<Instance> instances, PlaneOptions options, PlaneCallbacks callbacks)
    : options_(options),
      callbacks_(std::move(callbacks)),
      instances_(std::move(instances)),
      virtual_macs_(options_.state_dir),
      maintenance_(options_.maintenance) {}

Plane::Loop::~Loop() {
  stop(false);
}

Result<void> Plane::Loop::prepare_process() {
  if (options_.lock_memory && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
    return Error{"cannot lock memory (CAP_IPC_LOCK or a larger limit is needed): " + errno_text(errno), errno};
  }
  return {};
}

Result<void> Plane::Loop::start() {
  if (auto prepared = prepare_process(); !prepared) return prepared.error();
  wake_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_.valid()) return Error{"cannot make an eventfd: " + errno_text(errno), errno};
  auto monitor = LinkMonitor::open();
  if (!monitor) return monitor.error();
  monitor_.emplace(std::move(*monitor));
  auto announcer = Announcer::open();
  if (!announcer) return announcer.error();
  announcer_.emplace(std::move(*announcer));

  for (const Instance& instance : std::exchange(instances_, {})) routers_.push_back(make_router(instance));
  form_groups();
  take_up_virtual_macs();

  boot_ahead_ = boot_ahead();
  std::promise<Result<void>> started;
  auto result = started.get_future();
  thread_ = std::thread([this, &started] {
    begin_thread("vrrp");
    if (options_.realtime_priority > 0) {
      const sched_param parameter{options_.realtime_priority};
      if (const int errnum = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter); errnum != 0) {
        started.set_value(
            Error{"cannot get real-time priority (CAP_SYS_NICE is needed): " + errno_text(errnum), errnum});
        return;
      }
    }
    started.set_value({});
    run();
  });
  auto outcome = result.get();
  if (!outcome) thread_.join();
  return outcome;
}

KeptRouters Plane::Loop::stop(bool keep) {
  if (!thread_.joinable()) return kept_;
  post([keep](Loop& loop) {
    loop.tell_all(Stop{keep});
    for (auto& router : loop.routers_) {
      router->holder.finish();
      if (const auto& kept = router->machine.kept()) loop.kept_.emplace(router->instance.config.name, *kept);
    }
    if (!keep) loop.remove_virtual_macs();
    loop.stopping_ = true;
  });
  thread_.join();
  return kept_;
}

void Plane::Loop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);  // full: it is awake already
}

void Plane::Loop::run() {
  look();
  take_maintenance(maintenance_);
  while (!stopping_) {
    run_once();
    if (!stopping_) wait();
  }
}

/// The machines start when it is known whether the node can serve: a successor must go on as MASTER at once, or not at
/// all.
void Plane::Loop::take_eligibility(const Eligibility& eligibility) {
  eligibility_ = eligibility;
  tell_all(eligibility);
  if (std::exchange(started_, true)) return;
  for (auto& router : routers_) {
    const auto kept = options_.kept.find(router->instance.config.name);
    step(*router, kept == options_.kept.end() ? Start{} : Start{kept->second});
  }
  synchronise_groups();
}

void Plane::Loop::take_maintenance(bool on) {
  maintenance_ = on;
  tell_all(Maintenance{on});
}

void Plane::Loop::run_once() {
  notice_pause();
  take_tasks();
  if (stopping_) return;
  take_packets();
  take_network_events();
  fire_timers();
  synchronise_groups();
}

void Plane::Loop::wait() {
  std::vector<pollfd> sources{{wake_.get(), POLLIN, 0}, {monitor_->descriptor(), POLLIN, 0}};
  for (const int descriptor : channels_.descriptors()) sources.push_back({descriptor, POLLIN, 0});
  timespec timeout = {};
  const auto deadline = next_deadline();
  if (deadline) {
    const Duration left = std::max(*deadline - monotonic_now(), Duration{0});
    timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
    timeout.tv_nsec = (left % std::chrono::seconds{1}).count();
  }
  ::ppoll(sources.data(), sources.size(), deadline ? &timeout : nullptr, nullptr);
}

void Plane::Loop::take_tasks() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t read = ::read(wake_.get(), &count, sizeof count);
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const Task& task : tasks) task(*this);
}

void Plane::Loop::take_packets() {
  for (const Channels::Received& received : channels_.receive()) {
    const Datagram& datagram = received.datagram;
    const auto protocol = static_cast<std::uint8_t>(received.key->protocol);
    const auto vrid = peek_vrid(datagram.payload, protocol);
    const IpHeaderFacts facts{datagram.source, datagram.destination,
                              static_cast<std::uint8_t>(std::clamp(datagram.ttl, 0, 255)), protocol,
                              datagram.identification};
    const auto is_for = [&](const Router& router) { return vrid == router.instance.config.group.vrid; };
    const bool ours = std::any_of(routers_.begin(), routers_.end(), [&](const auto& router) {
      return router->channel == *received.key && is_for(*router);
    });
    for (auto& router : routers_) {
      if (router->channel != *received.key) continue;
      if (is_for(*router)) step(*router, Packet{datagram.payload, facts});
      if (!ours) step(*router, OtherVrid{});
    }
  }
}

void Plane::Loop::take_network_events() {
  auto events = monitor_->read();
  if (!events) {
    look();
    return;
  }
  for (const NetworkEvent& event : *events) {
    if (const auto* link = std::get_if<LinkEvent>(&event)) {
      scene_.take(*link);
      if (link->gone) channels_.close_all_on(link->name);
    } else if (const auto* address = std::get_if<AddressEvent>(&event)) {
      take(*address);
    } else {
      look();
    }
  }
  if (events->empty()) return;
  for (auto& router : routers_) find_footing(*router);
}

/// Somebody changed an address: a VIP that is gone from its MASTER is put back at once, one that appeared elsewhere
/// goes.
void Plane::Loop::take(const AddressEvent& event) {
  scene_.take(event);
  for (auto& router : routers_) {
    if (!router->holder.has(event)) continue;
    notice_standstill(*router);
    const bool master = router->machine.role() == Role::master;
    if (master && !event.added) {
      const std::string trouble = router->holder.put_back(event.key, router->machine.lease());
      log(*router, Level::warning, event.key.text() + " was removed by somebody else; put back",
          trouble.empty() ? event.key.text() : "");
      if (!trouble.empty()) step(*router, AddressesFailed{"cannot put back " + trouble});
    } else if (!master && event.added && !event.own()) {
      evict(*router, event.key);
    }
  }
}

/// The kernel removes the VIPs of a MASTER that does not run: it must know of that before it asks who removed them.
void Plane::Loop::notice_standstill(Router& router) {
  if (router.machine.role() == Role::master) step(router, vrrp::Timer{});
}

/// A VIP that this node does not hold, and somebody has given it.
void Plane::Loop::evict(Router& router, const AddressKey& key) {
  log(router, Level::warning,
      key.text() + " was added by somebody else, but this node is " + std::string(text_of(router.machine.role())) +
          "; removed",
      key.text());
  perform(router, RemoveAddresses{});
}

void Plane::Loop::look() {
  auto view = monitor_->look();
  if (!view) return;  // the next event or deadline looks again
  scene_.reset(*view);
  for (auto& router : routers_) {
    find_footing(*router);
    notice_standstill(*router);
    const Role role = router->machine.role();
    const auto& vips = router->holder.vips();
    if (role == Role::backup || role == Role::fault) {
      const auto added =
          std::find_if(vips.begin(), vips.end(), [&](const Vip& vip) { return scene_.has_foreign(vip.key); });
      if (added != vips.end()) evict(*router, added->key);
    }
    if (role != Role::master) continue;
    const bool all = std::all_of(vips.begin(), vips.end(), [&](const Vip& vip) { return scene_.has(vip.key); });
    if (!all) perform(*router, RenewAddresses{router->machine.lease()});
  }
}

void Plane::Loop::fire_timers() {
  const Time now = monotonic_now();
  for (auto& router : routers_) {
    const auto deadline = router->machine.next_deadline();
    if (deadline && *deadline <= now) step(*router, vrrp::Timer{});
    router->holder.run(monotonic_now());
    take_outcome(*router);
    tell_answers(*router);
  }
}

void Plane::Loop::notice_pause() {
  const Duration ahead = boot_ahead();
  const Duration slept = ahead - boot_ahead_;
  if (slept < shortest_pause) return;
  boot_ahead_ = ahead;
  tell_all(PauseDetected{slept});
}

std::optional<Time> Plane::Loop::next_deadline() const {
  std::optional<Time> earliest;
  const auto consider = [&](std::optional<Time> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  for (const auto& router : routers_) {
    consider(router->machine.next_deadline());
    consider(router->holder.next_deadline());
  }
  return earliest;
}

void Plane::Loop::tell_all(const Event& event) {
  for (auto& router : routers_) step(*router, event);
}

void Plane::Loop::tell(const std::string& router, const Event& event) {
  for (auto& item : routers_) {
    if (item->instance.config.name == router) step(*item, event);
  }
}

const Machine* Plane::Loop::find(const std::string& router) const {
  for (const auto& item : routers_) {
    if (item->instance.config.name == router) return &item->machine;
  }
  return nullptr;
}

std::vector<RouterStatus> Plane::Loop::status() const {
  std::vector<RouterStatus> all;
  const Time now = monotonic_now();
  for (const auto& router : routers_) {
    const Config& config = router->machine.config();
    RouterStatus status{config.name,
                        router->instance.interface,
                        config.group.vrid,
                        config.group.version,
                        config.priority,
                        {},
                        now - router->machine.status().since,
                        router->machine.role() == Role::master ? router->send_trouble : "",
                        router->machine.status()};
    for (const Vip& vip : router->holder.vips()) status.addresses.push_back(vip.key.text());
    all.push_back(std::move(status));
  }
  return all;
}

void Plane::Loop::synchronise_groups() {
  for (const auto& group : groups_) {
    // Ends: each round tells a member what it has not been told.
    for (std::size_t round = 0; round < 4 * group.size(); ++round) {
      std::vector<vrrp::Member> members;
      for (const Router* router : group) members.push_back(router->machine.member());
      const auto commands = synchronise(members);
      if (commands.empty()) break;
      for (const GroupOrder& command : commands) step(*group[command.member], command.event);
    }
  }
}

}  // namespace ballast::vrrp
