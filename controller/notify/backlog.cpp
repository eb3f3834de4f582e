#include "controller/notify/backlog.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ballast::notify {
namespace {

bool is_of_member(const Event& event) {
  return event.what == Event::What::member_up || event.what == Event::What::member_down;
}

template <class Events>
EventPtr headline_of(const Events& events) {
  const auto important =
      std::find_if(events.rbegin(), events.rend(), [](const EventPtr& event) { return !is_of_member(*event); });
  return important == events.rend() ? events.back() : *important;
}

}  // namespace

std::size_t Digest::not_shown() const {
  return std::accumulate(rest.begin(), rest.end(), std::size_t{0});
}

void Backlog::add(EventPtr event) {
  std::string subject = event->subject();
  const auto found = newest_.find(subject);
  if (waiting_.size() >= in_full_ && found != newest_.end()) {
    waiting_.erase(found->second);
    ++folded_;
  } else if (waiting_.size() >= most_waiting) {
    drop_oldest();
    ++folded_;
  }
  waiting_.push_back(std::move(event));
  newest_.insert_or_assign(std::move(subject), std::prev(waiting_.end()));
}

void Backlog::drop_oldest() {
  const auto found = newest_.find(waiting_.front()->subject());
  if (found != newest_.end() && found->second == waiting_.begin()) newest_.erase(found);
  waiting_.pop_front();
}

EventPtr Backlog::take_oldest(std::size_t& folded) {
  EventPtr oldest = waiting_.front();
  drop_oldest();
  folded = std::exchange(folded_, 0);
  return oldest;
}

Digest Backlog::take_all(std::size_t most_shown) {
  Digest digest;
  digest.headline = headline_of(waiting_);
  const auto important = static_cast<std::size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [](const EventPtr& event) { return !is_of_member(*event); }));
  // Members have the room that roles and quorums leave.
  std::size_t room = std::min(important, most_shown);
  std::size_t members_room = most_shown - room;
  for (EventPtr& event : waiting_) {
    std::size_t& left = is_of_member(*event) ? members_room : room;
    if (left > 0) {
      --left;
      digest.shown.push_back(std::move(event));
    } else {
      ++digest.rest[static_cast<std::size_t>(event->what)];
    }
  }
  digest.folded = std::exchange(folded_, 0);
  waiting_.clear();
  newest_.clear();
  return digest;
}

}  // namespace ballast::notify
