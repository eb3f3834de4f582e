#include "controller/web/feed.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "controller/web/sections.hpp"
#include "drivers/boot_clock.hpp"

namespace ballast::web {
namespace {

constexpr int share = 10;  // of the time, at most one in so many

/// What a listener has: nothing, or all up to here.
struct Place {
  std::uint64_t version = 0;  // of the sections
  std::uint64_t event = 0;
  std::uint64_t tick = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

using Piece = std::shared_ptr<const std::string>;

}  // namespace

class Feed::Hub : public std::enable_shared_from_this<Feed::Hub> {
 public:
  Hub(boost::asio::io_context& loop, Sources sources, std::string service, std::string_view assets)
      : sources_(std::move(sources)), service_(std::move(service)), assets_(assets), timer_(loop) {}

  void add(const std::shared_ptr<Listener>& listener);
  [[nodiscard]] bool is_heard() const {
    return std::any_of(listeners_.begin(), listeners_.end(), [](const auto& each) { return !each.expired(); });
  }
  /// No events, but the instance's name.
  [[nodiscard]] http::EventPage newest() const { return sources_.events(std::numeric_limits<std::uint64_t>::max()); }
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }
  /// What is new since that place, which moves on; null: nothing.
  Piece next(Place& place);

 private:
  void tick();
  void ask();
  void take(std::vector<Section> sections);
  [[nodiscard]] std::string text_since(const Place& place, const http::EventPage& events) const;

  struct Kept {
    std::string text;
    std::uint64_t version = 0;  // at which it became this
  };
  Sources sources_;
  std::string service_;
  std::string assets_;
  boost::asio::steady_timer timer_;
  std::vector<std::weak_ptr<Listener>> listeners_;
  std::vector<std::string> order_;
  std::map<std::string, Kept> sections_;
  Place now_;  // what there is
  Place cached_for_, cached_now_;
  Piece cached_;
  std::chrono::nanoseconds asked_at_{}, ask_again_at_{};
  bool asking_ = false;
  bool ticking_ = false;
  bool stopped_ = false;
};

class Feed::Listener : public http::Stream {
 public:
  Listener(std::weak_ptr<Hub> hub, std::uint64_t event) : hub_(std::move(hub)) { place_.event = event; }
  Piece next() override {
    const auto hub = hub_.lock();
    return hub ? hub->next(place_) : nullptr;
  }

 private:
  std::weak_ptr<Hub> hub_;
  Place place_;
};

void Feed::Hub::add(const std::shared_ptr<Listener>& listener) {
  listeners_.emplace_back(listener);
  if (!std::exchange(ticking_, true)) tick();
}

void Feed::Hub::tick() {
  std::erase_if(listeners_, [](const auto& each) { return each.expired(); });
  ticking_ = !listeners_.empty() && !stopped_;
  if (!ticking_) {  // whoever comes next shall not get what was so long ago
    order_.clear();
    sections_.clear();
    return;
  }
  ++now_.tick;
  if (!asking_ && boot_time() >= ask_again_at_) ask();
  timer_.expires_after(period);
  timer_.async_wait([weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (self && !error) self->tick();
  });
  for (const auto& each : listeners_) {
    if (const auto listener = each.lock(); listener && listener->wake) listener->wake();
  }
}

void Feed::Hub::ask() {
  asking_ = true;
  asked_at_ = boot_time();
  sources_.status(service_, [weak = weak_from_this()](Result<http::NodeStatus> status) {
    const auto self = weak.lock();
    if (!self) return;
    if (!status) return self->take(sections_of(make_refusal(status.error().text, self->service_)));
    const auto value = std::make_shared<const http::NodeStatus>(std::move(*status));
    const auto made = std::make_shared<std::vector<Section>>();
    const auto make = [value, made, service = self->service_, now = http::wall_time()] {
      *made = sections_of(make_view(*value, service, now));
      return http::Response{};
    };
    self->sources_.typist.type(make, [weak, made](const http::Response& response) {
      const auto asker = weak.lock();
      if (!asker) return;
      if (response.status != 200) made->clear();  // too many texts at once; another second will do
      asker->take(std::move(*made));
    });
  });
}

void Feed::Hub::take(std::vector<Section> sections) {
  asking_ = false;
  const auto took = boot_time() - asked_at_;
  ask_again_at_ = boot_time() + (took > period / share ? took * share : std::chrono::nanoseconds{0});
  if (sections.empty()) return;
  const std::uint64_t version = now_.version + 1;
  std::map<std::string, Kept> kept;
  order_.clear();
  for (Section& section : sections) {
    const auto old = sections_.find(section.id);
    const bool same = old != sections_.end() && old->second.text == section.text;
    order_.push_back(section.id);
    if (!same) now_.version = version;
    kept.emplace(std::move(section.id), same ? std::move(old->second) : Kept{std::move(section.text), version});
  }
  sections_ = std::move(kept);
  // Those who wait have had this second's tick: what is new goes with the next one, or at once to who is new.
  for (const auto& each : listeners_) {
    if (const auto listener = each.lock(); listener && listener->wake) listener->wake();
  }
}

std::string Feed::Hub::text_since(const Place& place, const http::EventPage& events) const {
  std::string text;
  if (place.tick == 0) {
    text = framed("hello", fmt::format(R"({{"assets":"{}"}})", assets_));
    text.insert(0, "retry: 2000\n");
  }
  for (const std::string& id : order_) {
    const Kept& kept = sections_.at(id);
    if (kept.version > place.version) text += kept.text;
  }
  const std::size_t skip = events.events.size() - std::min(events.events.size(), most_events);
  for (std::size_t i = skip; i < events.events.size(); ++i) text += change_text(events.events[i], events.instance);
  if (now_.tick > place.tick) text += framed("tick", fmt::format("\"{}\"", http::instant_text(http::wall_time())));
  return text;
}

Piece Feed::Hub::next(Place& place) {
  if (stopped_) return nullptr;
  const http::EventPage events = sources_.events(place.event);
  now_.event = events.last;
  if (place == now_) return nullptr;
  if (!cached_ || cached_for_ != place || cached_now_ != now_) {
    cached_ = std::make_shared<const std::string>(text_since(place, events));
    cached_for_ = place;
    cached_now_ = now_;
  }
  place = now_;
  return cached_;
}

Feed::Feed(boost::asio::io_context& loop, Sources sources, std::string service, std::string_view assets)
    : hub_(std::make_shared<Hub>(loop, std::move(sources), std::move(service), assets)) {}

Feed::~Feed() {
  hub_->stop();
}

std::shared_ptr<http::Stream> Feed::listen(std::string_view last_event_id) {
  const http::EventPage newest = hub_->newest();
  auto listener = std::make_shared<Listener>(hub_, resume_after(last_event_id, newest.instance));
  hub_->add(listener);
  return listener;
}

bool Feed::is_heard() const {
  return hub_->is_heard();
}

}  // namespace ballast::web
