// SMTP: carries out what the dialog with a mail server says.
#include <array>

#include <unistd.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/smtp_dialog.hpp"
#include "drivers/probes/stream.hpp"

namespace ballast::probes {
namespace {

std::string own_name() {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0;
  return known ? std::string(name.data()) : "localhost";
}

class SmtpAttempt final : public Attempt {
 public:
  SmtpAttempt(Host& host, const ProbeTarget& target, const SmtpCheck& check)
      : Attempt(host, target), dialog_(check.helo ? check.helo->value : own_name()) {}

  void begin() override { go_on(stream_.connect(target())); }
  void ready(std::uint32_t /*events*/) override { go_on(is_connected_ ? exchange() : stream_.connected()); }

  [[nodiscard]] std::string_view awaited() const override { return is_connected_ ? dialog_.awaited() : "connection"; }

 private:
  /// Until it has to wait or has ended.
  void go_on(Progress progress) {
    while (!has_ended_) {
      switch (progress.state) {
        case Progress::State::wait:
          return wait(stream_.descriptor(), progress.events);
        case Progress::State::failed:
          if (is_connected_) return take(dialog_.ended(progress.text));
          return finish({false, std::move(progress.text), std::nullopt, progress.own_fault});
        case Progress::State::closed:
          return take(dialog_.ended("connection closed"));
        case Progress::State::done:
          is_connected_ = true;
      }
      progress = exchange();
    }
  }

  /// What is to be sent goes first.
  Progress exchange() {
    if (!unsent_.empty()) {
      Progress written = stream_.write(unsent_);
      if (!written.done()) return written;
      unsent_.erase(0, written.bytes);
      if (unsent_.empty()) take(dialog_.feed({}));
      return written;
    }
    std::array<char, SmtpReply::line_limit> buffer;
    Progress read = stream_.read(buffer.data(), buffer.size());
    if (read.done()) take(dialog_.feed({buffer.data(), read.bytes}));
    return read;
  }

  void take(SmtpDialog::Step step) {
    switch (step.kind) {
      case SmtpDialog::Step::Kind::read:
        return;
      case SmtpDialog::Step::Kind::send:
        unsent_ = std::move(step.text);
        return;
      case SmtpDialog::Step::Kind::passed:
        has_ended_ = true;
        return pass(std::move(step.text));
      case SmtpDialog::Step::Kind::failed:
        has_ended_ = true;
        return fail(std::move(step.text));
    }
  }

  SmtpDialog dialog_;
  Stream stream_;
  std::string unsent_;
  bool is_connected_ = false;
  bool has_ended_ = false;
};

}  // namespace

std::unique_ptr<Attempt> make_smtp(Host& host, const ProbeTarget& target, const SmtpCheck& check) {
  return std::make_unique<SmtpAttempt>(host, target, check);
}

}  // namespace ballast::probes
