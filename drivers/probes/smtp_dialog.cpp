#include "drivers/probes/smtp_dialog.hpp"

#include <utility>

namespace ballast::probes {

SmtpDialog::Step SmtpDialog::feed(std::string_view bytes) {
  if (early_.size() + bytes.size() > SmtpReply::reply_limit) return {Step::Kind::failed, "a reply longer than 8 kB"};
  early_.append(bytes);
  early_.erase(0, reply_.feed(early_));
  switch (reply_.state()) {
    case SmtpReply::State::incomplete:
      return {};
    case SmtpReply::State::broken:
      return {Step::Kind::failed, reply_.text()};
    case SmtpReply::State::complete:
      break;
  }
  const SmtpReply reply = std::exchange(reply_, SmtpReply{});
  return judge(reply);
}

SmtpDialog::Step SmtpDialog::judge(const SmtpReply& reply) {
  switch (phase_) {
    case Phase::greeting:
      if (reply.code() != 220) return {Step::Kind::failed, "greeting: " + reply.text()};
      return say(Phase::ehlo, "EHLO");
    case Phase::ehlo:
      if (reply.code() / 100 == 5) return say(Phase::helo, "HELO");
      [[fallthrough]];
    case Phase::helo:
      if (reply.code() != 250) return {Step::Kind::failed, std::string(awaited()) + ": " + reply.text()};
      accepted_ = reply.text();
      phase_ = Phase::quit;
      return {Step::Kind::send, "QUIT\r\n"};
    case Phase::quit:
      break;
  }
  return {Step::Kind::passed, accepted_};  // whatever it says to that
}

SmtpDialog::Step SmtpDialog::say(Phase phase, std::string line) {
  phase_ = phase;
  return {Step::Kind::send, std::move(line) + " " + name_ + "\r\n"};
}

SmtpDialog::Step SmtpDialog::ended(const std::string& how) const {
  if (phase_ == Phase::quit) return {Step::Kind::passed, accepted_};
  return {Step::Kind::failed, how + " before the " + std::string(awaited())};
}

std::string_view SmtpDialog::awaited() const {
  switch (phase_) {
    case Phase::greeting:
      return "greeting";
    case Phase::ehlo:
      return "answer to EHLO";
    case Phase::helo:
      return "answer to HELO";
    case Phase::quit:
      break;
  }
  return "answer to QUIT";
}

}  // namespace ballast::probes
