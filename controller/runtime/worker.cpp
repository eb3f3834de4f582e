#include "controller/runtime/worker.hpp"

#include <random>
#include <utility>

#include <malloc.h>

#include "drivers/thread.hpp"
#include "drivers/thread_clock.hpp"
#include "reconcilers/rollback.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds lock_wait{5};
/// Between two looks at the tripwire.
constexpr std::chrono::seconds glance{1};
/// So many changes take an amount of memory that is worth giving back.
constexpr std::size_t many = 1000;

Backoff::Random jitter() {
  return [engine = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

/// Whether clients are not served where an object of that kind cannot be made.
bool serves(Kind kind) {
  return kind == Kind::service || kind == Kind::destination || kind == Kind::packet_rules;
}

}  // namespace

std::string Look::trouble() const {
  if (!error.empty()) return error;
  for (const Trouble& each : troubles) {
    if (each.failed && serves(each.kind)) return each.text;
  }
  return {};
}

Worker::Worker(std::string state_dir, WorkerCallbacks callbacks)
    : directory_(std::move(state_dir)),
      callbacks_(std::move(callbacks)),
      keeper_(real_.kernel(), directory_, jitter()),
      thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::order(Order order) {
  {
    const std::lock_guard lock(mutex_);
    if (next_ && next_->extent == Extent::everything) order.extent = Extent::everything;
    next_ = std::move(order);
  }
  wake_.notify_one();
}

void Worker::run_job(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Worker::run() {
  begin_thread("reconcile");
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool woken = wake_.wait_for(lock, glance, [this] { return ending_ || next_ || !jobs_.empty(); });
    if (ending_) return;
    if (!woken) {
      lock.unlock();
      if (keeper_.tripped()) callbacks_.tripped();
      lock.lock();
      continue;
    }
    const auto jobs = std::exchange(jobs_, {});
    auto order = jobs.empty() ? std::exchange(next_, std::nullopt) : std::nullopt;
    lock.unlock();
    for (const auto& job : jobs) carry_out_job(job);
    freed_much_ = freed_much_ || !jobs.empty();
    if (order) {
      // What was used before this look is not needed any more after it.
      const bool trims = std::exchange(freed_much_, false);
      carry_out_job([&] { callbacks_.done(carry_out(*order)); });
      if (trims) malloc_trim(0);
    }
    lock.lock();
  }
}

void Worker::carry_out_job(const std::function<void()>& work) {
  busy_since_ = std::chrono::steady_clock::now().time_since_epoch().count();
  work();
  busy_since_ = 0;
}

std::optional<std::chrono::steady_clock::time_point> Worker::busy_since() const {
  const auto since = busy_since_.load();
  if (since == 0) return std::nullopt;
  return std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(since));
}

Look Worker::carry_out(Order& order) {
  Look seen;
  seen.snapshot = order.snapshot;
  seen.only_looked = order.only_look;
  const auto began = thread_cpu_time();
  auto result = look(order, seen);
  freed_much_ = freed_much_ || (result && result->plan.size() > many);
  if (result) {
    seen.cpu += result->look_cpu;
    if (result->report.writes == 0) seen.cpu = thread_cpu_time() - began;
    seen.result = std::make_shared<Convergence>(std::move(*result));
  } else {
    seen.error = result.error().text;
  }
  seen.repaired = keeper_.repaired();
  seen.troubles = keeper_.troubles();
  seen.next = keeper_.next_try();
  if (order.witness) order.witness(seen);
  return seen;
}

Result<Convergence> Worker::look(Order& order, Look& seen) {
  const auto addresses = real_.kernel().network.dump_addresses();
  if (!addresses) return addresses.error();
  for (const ObservedAddress& address : *addresses) {
    if (address.protocol != address_protocol) order.conditions.local_addresses.insert(address.key.prefix.address);
  }
  const auto began = thread_cpu_time();
  const Manifest& manifest = order.snapshot->manifest;
  State wanted = render(manifest, order.conditions, order.node);
  const DrainRules rules = drain_rules(manifest, order.conditions, order.node);
  seen.cpu = thread_cpu_time() - began;
  auto lock = directory_.lock(lock_wait, [](long) {});
  if (!lock) return lock.error();
  if (order.only_look) return keeper_.only_look(std::move(wanted), rules);
  if (order.give_back) wanted = with(std::move(wanted), *order.give_back);
  const auto witness = [&](const State* before, const State& now, const Convergence& result) {
    seen.happenings = causes_.happened(order.snapshot, order.conditions, before, now, result);
  };
  auto result = keeper_.look(std::move(wanted), rules, order.extent, witness);
  if (result) causes_.looked(order.snapshot, order.conditions, result->drains);
  if (!result || !order.give_back) return result;
  const auto owned = load_ownership(directory_);
  if (!owned) return owned.error();
  if (auto saved = save_ownership(directory_, disown(*owned, *order.give_back)); !saved) return saved.error();
  return result;
}

}  // namespace ballast
