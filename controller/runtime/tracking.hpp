// Runs the checks that routers' priorities depend on and tells the outcome.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/vrrp/instances.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct TrackingCallbacks {
  std::function<void(const std::string& router, vrrp::PriorityChanged change)> priority;
  std::function<void(const std::string& router, const std::string& text)> log;
};

class Tracking {
 public:
  /// `before`: whose checks that stay the same go on from their states; may be null. `holds`: whether this node holds
  /// the router's VIPs, which a check does not take away before its first result.
  Tracking(boost::asio::io_context& loop, const std::vector<vrrp::Instance>& instances, TrackingCallbacks callbacks,
           const Tracking* before, const std::function<bool(const vrrp::Config& router)>& holds);
  ~Tracking();
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  /// Tells each router's priority as its checks' initial states have it, then begins to check.
  Result<void> start();

 private:
  class Checks;
  std::shared_ptr<Checks> checks_;
};

}  // namespace ballast
