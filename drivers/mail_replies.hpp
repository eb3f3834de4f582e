// What a mail server's replies say of a mail that libcurl sends, line by line, beside libcurl's own verdict.
// Pure: no sockets, no libcurl. RFC 5321 section 4.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ballast {

class MailReplies {
 public:
  /// A command of ours.
  void take_command(std::string_view line);
  /// A line of the server's.
  void take_reply(std::string_view line);

  /// The last reply of 4xx or 5xx; empty: none.
  [[nodiscard]] const std::string& bad_reply() const { return bad_reply_; }
  /// "to a@b: 550 no such user": recipients that were refused, a bounded number.
  [[nodiscard]] const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  std::string recipient_;  // that the server was asked about last
  std::string bad_reply_;
  std::vector<std::string> refusals_;
};

}  // namespace ballast
