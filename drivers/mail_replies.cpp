#include "drivers/mail_replies.hpp"

#include "drivers/probes/excerpt.hpp"

namespace ballast {
namespace {

constexpr std::size_t most_refusals = 100;
constexpr std::string_view recipient_command = "RCPT TO:<";

}  // namespace

void MailReplies::take_command(std::string_view line) {
  recipient_.clear();
  if (!line.starts_with(recipient_command)) return;
  line.remove_prefix(recipient_command.size());
  recipient_ = line.substr(0, line.find('>'));
}

void MailReplies::take_reply(std::string_view line) {
  if (line.empty() || (line[0] != '4' && line[0] != '5')) return;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  bad_reply_ = probes::excerpt(line);
  const bool is_last = line.size() < 4 || line[3] != '-';
  if (is_last && !recipient_.empty() && refusals_.size() < most_refusals) {
    refusals_.push_back("to " + recipient_ + ": " + bad_reply_);
  }
}

}  // namespace ballast
