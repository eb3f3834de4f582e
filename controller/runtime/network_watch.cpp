#include "controller/runtime/network_watch.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "drivers/link_monitor.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds gathered{5};

bool matters(const NetworkEvent& event) {
  const auto* address = std::get_if<AddressEvent>(&event);
  return address == nullptr || !address->added || !address->own();
}

}  // namespace

class NetworkWatch::Watcher : public std::enable_shared_from_this<NetworkWatch::Watcher> {
 public:
  Watcher(asio::io_context& loop, std::function<void()> changed)
      : changed_(std::move(changed)), loop_(loop), timer_(loop) {}

  Result<void> start() {
    auto monitor = LinkMonitor::open();
    if (!monitor) return monitor.error();
    monitor_.emplace(std::move(*monitor));
    readable_.emplace(loop_, monitor_->descriptor());
    wait();
    return {};
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    if (readable_) readable_->release();  // the monitor closes it
    readable_.reset();
  }

 private:
  void wait() {
    readable_->async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      const auto events = self->monitor_->read();
      if (!events || std::any_of(events->begin(), events->end(), matters)) self->tell_soon();
      self->wait();
    });
  }

  void tell_soon() {
    if (std::exchange(waiting_, true)) return;
    timer_.expires_after(gathered);
    timer_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      self->waiting_ = false;
      self->changed_();
    });
  }

  std::function<void()> changed_;
  asio::io_context& loop_;
  asio::steady_timer timer_;
  std::optional<LinkMonitor> monitor_;
  std::optional<asio::posix::stream_descriptor> readable_;
  bool waiting_ = false;
  bool stopped_ = false;
};

NetworkWatch::NetworkWatch(asio::io_context& loop, std::function<void()> changed)
    : watcher_(std::make_shared<Watcher>(loop, std::move(changed))) {}

NetworkWatch::~NetworkWatch() {
  watcher_->stop();
}

Result<void> NetworkWatch::start() {
  return watcher_->start();
}

}  // namespace ballast
