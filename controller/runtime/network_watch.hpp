// Tells when somebody else changed an address or a device of this node, so that it is looked at within milliseconds.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>

#include "model/result.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

class NetworkWatch {
 public:
  /// `changed` is called once for what happens within a few milliseconds. Addresses that carry our mark and come or are
  /// renewed are passed over: the VRRP plane renews each VIP every second.
  NetworkWatch(boost::asio::io_context& loop, std::function<void()> changed);
  ~NetworkWatch();
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

  Result<void> start();

 private:
  class Watcher;
  std::shared_ptr<Watcher> watcher_;
};

}  // namespace ballast
