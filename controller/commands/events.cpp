// `ballast events`: the last changes and what caused them, and with --follow those that come.
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/change_event.hpp"
#include "controller/http/client.hpp"
#include "controller/report/events_text.hpp"

namespace ballast {
namespace {

constexpr std::chrono::milliseconds between_questions{500};

class Follower {
 public:
  explicit Follower(const EventsOptions& options) : options_(options), palette_(Palette::of(stdout)) {}

  int run() {
    auto page = ask();
    if (!page) {
      print_error("events", page.error().text);
      return exit_error;
    }
    if (!options_.follow) {
      if (options_.json) return print(http::events_json(*page)) ? exit_ok : exit_error;
      if (page->events.empty())
        return print("nothing has changed since the controller started\n") ? exit_ok : exit_error;
      return show(*page) ? exit_ok : exit_error;
    }
    while (show(*page)) {
      std::this_thread::sleep_for(between_questions);
      page = ask_until_answered();
    }
    return exit_error;
  }

 private:
  Result<http::EventPage> ask() {
    const auto answer = http::call_controller(options_.state_dir, "GET", fmt::format("/v1/events?since={}", last_));
    if (!answer) return answer.error();
    return http::read_events(*answer);
  }

  /// A controller that ends and starts anew is waited for: what is followed goes on.
  Result<http::EventPage> ask_until_answered() {
    auto page = ask();
    if (!page) {
      print_error("events", page.error().text + "; trying again");
      while (!page) {
        std::this_thread::sleep_for(between_questions);
        page = ask();
      }
    }
    if (page->instance == instance_) return page;
    note("the controller has started anew");
    last_ = 0;
    instance_ = page->instance;
    return ask_until_answered();
  }

  bool show(const http::EventPage& page) {
    if (instance_.empty()) instance_ = page.instance;
    if (options_.follow && page.lost > 0 && last_ > 0)
      note(fmt::format("{} events were too many to be kept", page.lost));
    std::string text;
    for (const http::ChangeEvent& event : page.events) {
      text += options_.json ? http::event_json(event) + "\n" : event_text(event, palette_);
    }
    last_ = page.last;
    return text.empty() || print(text);
  }

  static void note(const std::string& text) { fmt::print(stderr, "ballast events: {}\n", text); }

  const EventsOptions& options_;
  Palette palette_;
  std::string instance_;
  std::uint64_t last_ = 0;
};

}  // namespace

int run_events(const EventsOptions& options) {
  return Follower(options).run();
}

}  // namespace ballast
