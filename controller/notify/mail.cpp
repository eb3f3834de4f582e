#include "controller/notify/mail.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace ballast::notify {
namespace {

constexpr std::size_t longest_node = 64;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and a 0
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// As encoded words of at most 75 characters, none of which ends within a character (RFC 2047 sections 2 and 5).
std::string encoded_header(std::string_view text) {
  constexpr std::size_t most_bytes = 42;  // 56 in base64
  std::string words;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), most_bytes);
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return words;
}

/// Lines of at most 78 characters where there are blanks (RFC 5322 section 2.2.3).
std::string folded_header(std::string_view text) {
  constexpr std::size_t line_length = 60;
  std::string folded;
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(' ', 1), text.size());
    if (length > 0 && length + size > line_length) {
      folded += "\r\n";
      length = 0;
    }
    folded += text.substr(0, size);
    length += size;
    text.remove_prefix(size);
  }
  return folded;
}

/// RFC 5322 section 3.3; the names are English in any locale.
std::string date_text(WallTime at) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                     parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string body_of(const Digest& digest, std::string_view node) {
  std::string body = fmt::format("ballast on {}\r\n\r\n", node);
  for (const EventPtr& event : digest.shown) {
    body += fmt::format("{}  {}: {} ({})\r\n", time_text(event->at), event->text(), event->reason, event->address);
  }
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    if (digest.rest[kind] == 0) continue;
    body += fmt::format("and {} more {}\r\n", digest.rest[kind], word_of(static_cast<Event::What>(kind)));
  }
  if (digest.folded > 0) {
    body += fmt::format("\r\n{} earlier events are left out: of each member the newest is told\r\n", digest.folded);
  }
  if (digest.lost > 0) body += fmt::format("\r\n{} earlier events could not be delivered\r\n", digest.lost);
  return body;
}

/// In lines of 76 characters (RFC 2045 section 6.8).
std::string encoded_body(std::string_view body) {
  constexpr std::size_t line_bytes = 57;
  std::string lines;
  for (std::size_t begin = 0; begin < body.size(); begin += line_bytes) {
    lines += base64(body.substr(begin, line_bytes)) + "\r\n";
  }
  return lines;
}

/// The right side of a Message-ID: letters, digits, dots and hyphens of the node's name.
std::string id_host(std::string_view node) {
  std::string host(node);
  std::ranges::replace_if(
      host, [](char letter) { return (std::isalnum(static_cast<unsigned char>(letter)) == 0) && letter != '-'; }, '-');
  return host + ".ballast";
}

}  // namespace

std::string subject_of(const Digest& digest, std::string_view node) {
  std::string subject = fmt::format("ballast {}: {}", clean(node, longest_node), digest.headline->text());
  if (digest.more() > 0) subject += fmt::format(", and {} more", digest.more());
  return subject;
}

std::string mail_of(const Digest& digest, std::string_view node, const MailHeader& header) {
  const std::string name = clean(node, longest_node);
  const std::string subject = subject_of(digest, node);
  const std::string body = body_of(digest, name);
  const bool plain = is_ascii(body);
  std::string text = fmt::format("Date: {}\r\nFrom: {}\r\n", date_text(header.at), header.from);
  text += fmt::format("To: {}\r\n", fmt::join(header.to, ",\r\n "));
  text += fmt::format("Subject: {}\r\n", is_ascii(subject) ? folded_header(subject) : encoded_header(subject));
  text += fmt::format("Message-ID: <{}@{}>\r\n", header.id, id_host(name));
  // Nobody's holiday shall answer (RFC 3834 section 5).
  text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  text += fmt::format("Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
  return text + (plain ? body : encoded_body(body));
}

}  // namespace ballast::notify
