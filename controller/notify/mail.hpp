// Events as a message of Internet mail (RFC 5322, MIME). Nothing that a server said can become a header: subjects are
// one clean line, encoded where they are not ASCII (RFC 2047), and bodies that are not are sent in base64, so that no
// mail server has to know 8BITMIME.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/notify/backlog.hpp"

namespace ballast::notify {

struct MailHeader {
  std::string from;
  std::vector<std::string> to;
  std::string id;  ///< of this message on this node: the same at each attempt, so that a second copy can be known
  WallTime at{};
};

/// "ballast lvs-128: web 10.0.0.3:80 is down, and 4 more"
std::string subject_of(const Digest& digest, std::string_view node);

/// Header and body, with CRLF.
std::string mail_of(const Digest& digest, std::string_view node, const MailHeader& header);

}  // namespace ballast::notify
