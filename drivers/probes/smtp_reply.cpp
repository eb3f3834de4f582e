#include "drivers/probes/smtp_reply.hpp"

#include <algorithm>

#include "drivers/probes/excerpt.hpp"

namespace ballast::probes {
namespace {

constexpr std::size_t code_digits = 3;

/// 0 where the line does not begin with one.
int code_of(std::string_view line) {
  if (line.size() < code_digits || line[0] < '1' || line[0] > '5') return 0;
  int code = 0;
  for (const char digit : line.substr(0, code_digits)) {
    if (digit < '0' || digit > '9') return 0;
    code = code * 10 + (digit - '0');
  }
  return code;
}

}  // namespace

std::size_t SmtpReply::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::incomplete) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t end = rest.find('\n');
    const std::size_t length = end == std::string_view::npos ? rest.size() : end + 1;
    used += length;
    taken_ += length;
    if (line_.size() + length > line_limit) {
      fail("a reply line longer than 512 bytes");
    } else if (taken_ > reply_limit) {
      fail("a reply longer than 8 kB");
    } else {
      line_.append(rest.substr(0, length));
      if (end != std::string_view::npos) take_line();
    }
  }
  return used;
}

void SmtpReply::take_line() {
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
  const int code = code_of(line_);
  const char separator = line_.size() > code_digits ? line_[code_digits] : ' ';
  if (code == 0 || (separator != ' ' && separator != '-')) return fail("no SMTP: " + excerpt(line_));
  if (code_ != 0 && code != code_) return fail("lines of one reply with different codes: " + excerpt(line_));
  code_ = code;
  if (separator == ' ') {
    state_ = State::complete;
    text_ = excerpt(line_);
  }
  line_.clear();
}

void SmtpReply::fail(std::string text) {
  state_ = State::broken;
  text_ = std::move(text);
  line_.clear();
}

}  // namespace ballast::probes
