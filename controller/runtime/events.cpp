#include "controller/runtime/events.hpp"

#include <algorithm>

namespace ballast {
namespace {

/// At most so many bytes, not within a UTF-8 character, and nothing that acts on a terminal.
void make_presentable(std::string& text) {
  if (text.size() > EventLog::longest_text) {
    std::size_t end = EventLog::longest_text - 3;
    while (end > 0 && (text[end] & '\xc0') == '\x80') --end;
    text.resize(end);
    text += "...";
  }
  text.shrink_to_fit();
  for (char& c : text) {
    if ((c >= 0 && c < ' ') || c == '\x7f') c = ' ';
  }
}

}  // namespace

void EventLog::add(http::ChangeEvent event) {
  event.id = ++last_;
  for (std::string* text : {&event.kind, &event.object, &event.change, &event.text, &event.cause, &event.why}) {
    make_presentable(*text);
  }
  if (events_.size() == most) events_.pop_front();
  events_.push_back(std::move(event));
}

http::EventPage EventLog::since(std::uint64_t id) const {
  http::EventPage page{instance_, last_, 0, {}};
  if (id >= last_) return page;
  const std::uint64_t first = last_ - events_.size() + 1;  // that is kept
  if (id + 1 < first) page.lost = first - id - 1;
  const std::uint64_t begin = std::max(id + 1, first);
  for (std::uint64_t i = begin; i <= last_; ++i) page.events.push_back(events_[static_cast<std::size_t>(i - first)]);
  return page;
}

void DriftLog::add(const std::string& kind, const std::string& object, const std::string& what, http::Instant at) {
  ++totals_[kind];
  Repairs& repairs = objects_[{kind, object}];
  repairs.what = what;
  make_presentable(repairs.what);
  ++repairs.times;
  repairs.last = at;
  repairs.order = ++order_;
  if (objects_.size() <= most_objects) return;
  objects_.erase(std::min_element(objects_.begin(), objects_.end(),
                                  [](const auto& a, const auto& b) { return a.second.order < b.second.order; }));
}

http::DriftStatus DriftLog::status() const {
  std::vector<std::pair<std::uint64_t, http::DriftObject>> sorted;
  for (const auto& [key, each] : objects_) {
    sorted.emplace_back(each.order, http::DriftObject{key.first, key.second, each.what, each.times, each.last});
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  http::DriftStatus status;
  status.repaired = totals_;
  for (auto& [order, object] : sorted) status.objects.push_back(std::move(object));
  return status;
}

}  // namespace ballast
