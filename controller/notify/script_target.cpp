#include <utility>

#include <fmt/format.h>

#include "controller/notify/message.hpp"
#include "controller/notify/targets.hpp"

namespace ballast::notify {
namespace {

constexpr std::chrono::seconds longest_notification{60};
/// Of all targets of the node.
constexpr int most_scripts = 8;
/// A slow program gets so many changes of a member one by one; of more, the newest.
constexpr std::size_t waiting_in_full = 64;

class ScriptTarget : public Target, public std::enable_shared_from_this<ScriptTarget> {
 public:
  ScriptTarget(Office& office, const Program& program)
      : office_(office), argv_(program.argv()), user_(program.user ? program.user->value : "") {}

  void tell(EventPtr event) override {
    backlog_.add(std::move(event));
    begin();
  }

  void hurry() override {}
  [[nodiscard]] bool idle() const override { return !running_ && backlog_.empty(); }
  [[nodiscard]] std::size_t waiting() const override { return backlog_.size() + (running_ ? 1 : 0); }

 private:
  void begin() {
    if (running_ || backlog_.empty()) return;
    running_ = true;
    if (office_.scripts < most_scripts) return run();
    office_.in_queue.push_back([target = weak_from_this()] {
      if (const auto self = target.lock()) self->run();
    });
  }

  void run() {
    ++office_.scripts;
    std::size_t more = 0;
    const EventPtr event = backlog_.take_oldest(more);
    ScriptOptions options;
    options.argv = argv_;
    options.argv.emplace_back(word_of(event->what));
    options.environment = environment_of(*event, office_.node, more);
    options.user = user_;
    options.timeout = longest_notification;
    run_script(office_.loop, std::move(options), [target = weak_from_this(), event](const ScriptOutcome& outcome) {
      if (const auto self = target.lock()) self->finish(*event, outcome);
    });
  }

  void finish(const Event& event, const ScriptOutcome& outcome) {
    if (!outcome.passed) {
      office_.log(fmt::format("notify {}: {}: {}", argv_.front(), event.text(), clean(outcome.text, longest_text)));
    }
    --office_.scripts;
    running_ = false;
    if (!office_.in_queue.empty()) {
      const auto next = std::move(office_.in_queue.front());
      office_.in_queue.pop_front();
      next();
    }
    begin();
    if (idle()) office_.idle();
  }

  static constexpr std::size_t longest_text = 300;
  Office& office_;
  std::vector<std::string> argv_;
  std::string user_;
  Backlog backlog_{waiting_in_full};
  bool running_ = false;  // or in the queue
};

}  // namespace

std::shared_ptr<Target> make_script(Office& office, const Program& program) {
  return std::make_shared<ScriptTarget>(office, program);
}

}  // namespace ballast::notify
