// `ballast status`: what the running controller says of itself; with --watch again and again.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/screen.hpp"
#include "controller/http/client.hpp"
#include "controller/http/node_status.hpp"
#include "controller/http/query.hpp"
#include "controller/report/status_text.hpp"

namespace ballast {
namespace {

/// A controller that stands still must not keep anybody from leaving.
constexpr std::chrono::seconds longest_wait{3};

std::string target_of(const StatusOptions& options) {
  return options.service.empty() ? "/v1/status" : "/v1/status?service=" + http::query_text(options.service);
}

/// What stands on the screen while --watch runs.
class Watch {
 public:
  explicit Watch(const StatusOptions& options) : options_(options), palette_(Palette::of(stdout)) {}

  int run() {
    auto screen = Screen::open();
    if (!screen) {
      print_error("status", screen.error().text);
      return exit_error;
    }
    ask();
    auto next = std::chrono::steady_clock::now() + options_.watch;
    for (;;) {
      if (!draw(*screen)) return exit_error;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
      const Key key = screen->wait(left);
      if (key == Key::quit) return exit_ok;
      move(key);
      if (key != Key::none && key != Key::refresh) continue;
      ask();
      next = std::chrono::steady_clock::now() + options_.watch;
    }
  }

 private:
  void ask() {
    const auto status = http::ask_status(options_.state_dir, target_of(options_), longest_wait);
    const auto now = std::chrono::system_clock::now();
    if (status) {
      text_ = status_text(*status, now, palette_, !options_.service.empty());
      answered_at_ = now;
      trouble_.clear();
      return;
    }
    trouble_ = status.error().text;
  }

  void move(Key key) {
    if (key == Key::up && offset_ > 0) --offset_;
    if (key == Key::down) ++offset_;
    if (key == Key::page_up) offset_ -= std::min(offset_, page_);
    if (key == Key::page_down) offset_ += page_;
    if (key == Key::top) offset_ = 0;
    if (key == Key::bottom) offset_ = static_cast<std::size_t>(-1) / 2;
  }

  bool draw(const Screen& screen) {
    std::string text;
    if (!trouble_.empty()) {
      const auto age =
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - answered_at_);
      text = palette_.paint(Colour::red, "! " + trouble_) + "\n";
      text += text_.empty() ? "trying again\n"
                            : fmt::format("trying again; this is what it said {} ago:\n\n", age_text(age));
    }
    text += text_;
    const std::string footer = fmt::format(" every {:g}s   q ends, arrows scroll, space looks now",
                                           std::chrono::duration<double>(options_.watch).count());
    const Frame frame = make_frame(text, footer, screen.size(), offset_);
    offset_ = frame.offset;
    page_ = frame.page;
    return screen.draw(frame.bytes);
  }

  const StatusOptions& options_;
  Palette palette_;
  std::string text_;     // of the last answer
  std::string trouble_;  // why there is no newer one
  std::chrono::system_clock::time_point answered_at_{};
  std::size_t offset_ = 0;
  std::size_t page_ = 1;
};

}  // namespace

int run_status(const StatusOptions& options) {
  if (options.watch.count() > 0 && options.json) {
    print_error("status", "--watch is for people and -o json for programs: give one of them");
    return exit_error;
  }
  if (options.watch.count() > 0) return Watch(options).run();
  const auto answer = http::call_controller(options.state_dir, "GET", target_of(options));
  if (!answer) {
    print_error("status", answer.error().text);
    return exit_error;
  }
  const auto status = http::read_status(*answer);
  if (!status) {
    print_error("status", status.error().text);
    return exit_error;
  }
  const auto now = std::chrono::system_clock::now();
  const bool one = !options.service.empty();
  if (!print(options.json ? *answer : status_text(*status, now, Palette::of(stdout), one))) return exit_error;
  return (one ? status->services_ready() : status->ready()) ? exit_ok : exit_not_ready;
}

}  // namespace ballast
