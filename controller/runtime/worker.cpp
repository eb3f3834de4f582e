#include "controller/runtime/worker.hpp"

#include <csignal>
#include <utility>

#include <pthread.h>

namespace ballast {
namespace {

constexpr std::chrono::seconds lock_wait{5};

}  // namespace

std::string Look::trouble() const {
  if (!error.empty()) return error;
  for (const Failure& failure : result->report.failures) {
    if (failure.kind == Kind::service || failure.kind == Kind::destination) return failure.text;
  }
  return {};
}

Worker::Worker(std::string state_dir, std::function<void(Look)> done)
    : directory_(std::move(state_dir)), done_(std::move(done)), thread_([this] { run(); }) {}

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
  pthread_setname_np(pthread_self(), "reconcile");
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || next_ || !jobs_.empty(); });
    if (ending_) return;
    const auto jobs = std::exchange(jobs_, {});
    auto order = jobs.empty() ? std::exchange(next_, std::nullopt) : std::nullopt;
    lock.unlock();
    for (const auto& job : jobs) job();
    if (order) done_(carry_out(*order));
    lock.lock();
  }
}

Look Worker::carry_out(Order& order) {
  Look look{order.snapshot, order.only_look, order.extent, {}, nullptr};
  auto result = converge_once(order);
  if (result) {
    look.result = std::make_shared<const Convergence>(std::move(*result));
  } else {
    look.error = result.error().text;
  }
  return look;
}

Result<Convergence> Worker::converge_once(Order& order) {
  Kernel kernel = real_.kernel();
  const auto addresses = kernel.network.dump_addresses();
  if (!addresses) return addresses.error();
  for (const ObservedAddress& address : *addresses) {
    if (address.protocol != address_protocol) order.conditions.local_addresses.insert(address.key.prefix.address);
  }
  const State wanted = render(order.snapshot->manifest, order.conditions, order.node);
  auto lock = directory_.lock(lock_wait, [](long) {});
  if (!lock) return lock.error();
  if (!order.only_look) {
    return converge(wanted, kernel, directory_, drain_rules(order.snapshot->manifest, order.conditions, order.node),
                    order.extent);
  }
  auto prospect = look_ahead(wanted, {}, kernel, directory_);
  if (!prospect) return prospect.error();
  Convergence result;
  result.before = std::move(prospect->observed);
  return result;
}

}  // namespace ballast
