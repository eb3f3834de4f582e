// Who listens to one view of the node: the whole of it, or one service. While somebody does, the node is asked for its
// status every second, or as seldom as it takes for that to use a tenth of one processor at most; the text is made once
// in the typist's thread, and all listeners get what has changed since they were served last.
//
// Bounds: one question at a time; a slow listener misses what was overtaken and has nothing queued for it.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controller/http/change_event.hpp"
#include "controller/http/node_status.hpp"
#include "controller/http/typist.hpp"

namespace ballast::web {

/// What the page and the stream are made from.
struct Sources {
  /// `service`: only that one; empty: all. Called back once, now or later.
  std::function<void(const std::string& service, std::function<void(Result<http::NodeStatus>)>)> status;
  std::function<http::EventPage(std::uint64_t since)> events;
  http::Typist& typist;
};

class Feed {
 public:
  static constexpr std::chrono::milliseconds period{1000};

  Feed(boost::asio::io_context& loop, Sources sources, std::string service, std::string_view assets);
  /// Listeners that are left hear nothing more.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// From the beginning; of events, those after this one where this run of the controller knows it.
  std::shared_ptr<http::Stream> listen(std::string_view last_event_id);
  [[nodiscard]] bool is_heard() const;

 private:
  class Hub;
  class Listener;
  std::shared_ptr<Hub> hub_;
};

}  // namespace ballast::web
