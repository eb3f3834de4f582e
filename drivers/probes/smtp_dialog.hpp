// What a mail server is asked, one line after another: 220, EHLO (or HELO) 250, QUIT. Pure.
// As keepalived's SMTP_CHECK, but with EHLO first, whose refusal tells nothing about mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "drivers/probes/smtp_reply.hpp"

namespace ballast::probes {

class SmtpDialog {
 public:
  explicit SmtpDialog(std::string name) : name_(std::move(name)) {}

  struct Step {
    enum class Kind : std::uint8_t { read, send, passed, failed };
    Kind kind = Kind::read;
    std::string text;  ///< send: the line; passed, failed: why

    friend bool operator==(const Step&, const Step&) = default;
  };

  /// Bytes of the server. After `send`, call with nothing once the line is out: the server may have said more already.
  Step feed(std::string_view bytes);
  /// The connection is gone; `how` is text. Servers may close after QUIT without a word.
  [[nodiscard]] Step ended(const std::string& how) const;
  /// "greeting", "answer to EHLO": what it waits for.
  [[nodiscard]] std::string_view awaited() const;

 private:
  enum class Phase : std::uint8_t { greeting, ehlo, helo, quit };
  Step judge(const SmtpReply& reply);
  Step say(Phase phase, std::string line);

  std::string name_;
  Phase phase_ = Phase::greeting;
  SmtpReply reply_;
  std::string early_;  ///< what came behind a whole reply; at most one reply's limit
  std::string accepted_;
};

}  // namespace ballast::probes
