// Those who are told, each with what waits for it: a program, or a server that gets letters. Nothing here blocks the
// loop, and what fails is one line of the log.
// Threads: the loop's only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "controller/notify/outbox.hpp"
#include "drivers/courier.hpp"
#include "drivers/script.hpp"
#include "model/notify.hpp"

namespace ballast::notify {

/// What all targets of a node have in common.
struct Office {
  explicit Office(boost::asio::io_context& its_loop) : loop(its_loop), courier(its_loop) {}

  boost::asio::io_context& loop;
  std::string node;
  std::function<void(const std::string&)> log;
  std::function<void()> idle;  ///< a target may have nothing left to do
  Courier courier;
  int scripts = 0;                             ///< that run
  std::deque<std::function<void()>> in_queue;  ///< targets whose program waits until another one has ended
};

class Target {
 public:
  virtual ~Target() = default;
  virtual void tell(EventPtr event) = 0;
  /// The process ends: all that waits is to leave now.
  virtual void hurry() = 0;
  [[nodiscard]] virtual bool idle() const = 0;
  /// Events that are not told yet.
  [[nodiscard]] virtual std::size_t waiting() const = 0;
};

/// Runs for each event, with the event's word as last argument; one at a time and in order, so that the last one that
/// ran tells the state that holds.
std::shared_ptr<Target> make_script(Office& office, const Program& program);
std::shared_ptr<Target> make_webhook(Office& office, const Located<std::string>& url);
std::shared_ptr<Target> make_mailbox(Office& office, const Email& email);

}  // namespace ballast::notify
