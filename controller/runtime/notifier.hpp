// Runs each router's notification program at its changes of role, one after another and never two at a time, so that
// the last one that ran tells the role that holds.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "controller/vrrp/plane.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

class Notifier {
 public:
  Notifier(boost::asio::io_context& loop, const std::vector<vrrp::Instance>& instances,
           std::function<void(const std::string& router, const std::string& text)> log);

  /// A new manifest. Routers that are gone keep their program: the last change of role is yet to come.
  void replace(const std::vector<vrrp::Instance>& instances);
  void notify(const vrrp::RoleChange& change);
  /// Calls `then` once, when no program runs or waits any more; at once where that is so now.
  void when_idle(std::function<void()> then);

 private:
  struct Router {
    vrrp::Command command;
    std::string addresses;
    std::deque<vrrp::Notify> waiting;
    bool running = false;
  };
  void run_next(const std::string& name);
  [[nodiscard]] bool idle() const;

  boost::asio::io_context& loop_;
  std::function<void(const std::string&, const std::string&)> log_;
  std::map<std::string, Router> routers_;
  std::function<void()> when_idle_;
};

}  // namespace ballast
