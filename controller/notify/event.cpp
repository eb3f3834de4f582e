#include "controller/notify/event.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ballast::notify {
namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_addresses = 1000;
constexpr std::size_t longest_reason = 300;

constexpr unsigned char byte(char letter) {
  return static_cast<unsigned char>(letter);
}

/// Bytes of the character that `text` begins with; 0: it is none (RFC 3629 section 4).
std::size_t character_size(std::string_view text) {
  const unsigned char first = byte(text[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t index = 1; index < size; ++index) {
    if ((byte(text[index]) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(text[1]);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_out_of_range = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return is_overlong || is_out_of_range ? 0 : size;
}

/// Also those that only Unicode knows: C1 (U+0080-U+009F), and what ends lines or turns them round (U+2028-U+202E,
/// U+2066-U+2069).
bool is_control(std::string_view character) {
  const unsigned char first = byte(character[0]);
  if (character.size() == 1) return first < ' ' || first == 0x7f;
  if (character.size() == 2) return first == 0xc2 && byte(character[1]) < 0xa0;
  if (character.size() == 4 || first != 0xe2) return false;
  const unsigned char second = byte(character[1]);
  const unsigned char third = byte(character[2]);
  return (second == 0x80 && third >= 0xa8 && third <= 0xae) || (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

std::string address_text(const ServiceKey& key) {
  return key.is_fwmark() ? key.text() : endpoint_text(key.address, key.port);
}

Event::What what_of(health::Event::What what) {
  switch (what) {
    case health::Event::What::member_up:
      return Event::What::member_up;
    case health::Event::What::member_down:
      return Event::What::member_down;
    case health::Event::What::quorum_gained:
      return Event::What::quorum_gained;
    case health::Event::What::quorum_lost:
      break;
  }
  return Event::What::quorum_lost;
}

}  // namespace

std::string_view word_of(Event::What what) {
  static constexpr std::string_view words[kinds] = {"member-up", "member-down", "quorum-gained", "quorum-lost",
                                                    "role-changed"};
  return words[static_cast<std::size_t>(what)];
}

std::string Event::subject() const {
  return fmt::format("{}\n{}\n{}", what == What::role_changed ? "router" : "service", name, member);
}

std::string Event::text() const {
  switch (what) {
    case What::member_up:
      return fmt::format("{} {} is up", name, member);
    case What::member_down:
      return fmt::format("{} {} is down", name, member);
    case What::quorum_gained:
      return fmt::format("{} has its quorum again", name);
    case What::quorum_lost:
      return fmt::format("{} has lost its quorum", name);
    case What::role_changed:
      break;
  }
  return fmt::format("{} is {}", name, role);
}

Event make_event(const health::Event& event, WallTime at) {
  Event made;
  made.what = what_of(event.what);
  made.name = clean(event.service, longest_name);
  made.address = address_text(event.key);
  if (event.member) made.member = event.member->text();
  made.reason = clean(event.reason, longest_reason);
  made.at = at;
  return made;
}

Event make_event(const vrrp::RoleChange& change, const std::string& addresses, WallTime at) {
  Event made;
  made.what = Event::What::role_changed;
  made.name = clean(change.router, longest_name);
  made.address = clean(addresses, longest_addresses);
  made.role = text_of(change.notify.to);
  made.previous_role = text_of(change.notify.from);
  made.priority = change.notify.priority;
  made.reason = clean(change.notify.reason, longest_reason);
  made.at = at;
  return made;
}

std::string clean(std::string_view text, std::size_t longest) {
  std::string line;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (line.size() + character.size() > longest) return line + "...";
    if (size == 0) {
      line += '?';
    } else if (is_control(character)) {
      line += ' ';
    } else {
      line += character;
    }
    text.remove_prefix(character.size());
  }
  return line;
}

std::string time_text(WallTime at) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     milliseconds - seconds * 1000);
}

}  // namespace ballast::notify
