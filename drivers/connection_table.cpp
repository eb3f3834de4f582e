#include "drivers/connection_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "drivers/descriptor.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

/// Three IPv6 addresses and 16 + 255 bytes of a persistence engine fit many times over.
constexpr std::size_t longest_line = 4096;
/// The kernel gives a page at a time.
constexpr std::size_t portion = std::size_t{64} << 10;
constexpr std::size_t hex_ipv4 = 8;
constexpr std::size_t hex_port = 4;

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// IPv4 as eight hexadecimal digits, IPv6 as text.
std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return IpAddress::parse(text);
  if (text.size() != hex_ipv4) return std::nullopt;
  const auto number = parse_number<std::uint32_t>(text, 16);
  if (!number) return std::nullopt;
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(*number >> 24),
                                          static_cast<std::uint8_t>(*number >> 16),
                                          static_cast<std::uint8_t>(*number >> 8), static_cast<std::uint8_t>(*number)};
  return IpAddress::from_bytes(Family::ipv4, bytes.data());
}

/// The words of a line, one after another; errors say which one is wrong.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  void address(const char* what, IpAddress& out) {
    const std::string_view word = next();
    const auto parsed = parse_address(word);
    if (parsed) {
      out = *parsed;
    } else {
      complain(what, word);
    }
  }

  void port(const char* what, std::uint16_t& out) {
    const std::string_view word = next();
    const auto parsed = word.size() == hex_port ? parse_number<std::uint16_t>(word, 16) : std::nullopt;
    if (parsed) {
      out = *parsed;
    } else {
      complain(what, word);
    }
  }

  void text(const char* what, std::string_view& out) {
    out = next();
    if (out.empty()) complain(what, out);
  }

  void complain(const char* what, std::string_view word) {
    if (!trouble_.empty()) return;
    trouble_ = word.empty() ? cat("the ", what, " is missing") : cat("'", shown(word), "' is no ", what);
  }

  /// What is left, without the blank before it.
  [[nodiscard]] std::string_view rest() const { return rest_.empty() ? rest_ : rest_.substr(1); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  std::string_view rest_;
  std::string trouble_;
};

Error at_line(std::size_t number, const std::string& what) {
  return {cat("line ", number, ": ", what), 0};
}

}  // namespace

std::uint32_t ConnectionEntry::fwmark() const {
  if (protocol != "IP" || virtual_port != 0) return 0;
  const auto& bytes = virtual_address.bytes();  // of IPv6 too: union nf_inet_addr
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

Result<ConnectionEntry> parse_connection(std::string_view line) {
  ConnectionEntry entry;
  Words words(line);
  words.text("protocol", entry.protocol);
  words.address("client address", entry.client);
  words.port("client port", entry.client_port);
  words.address("virtual address", entry.virtual_address);
  words.port("virtual port", entry.virtual_port);
  words.address("server address", entry.server);
  words.port("server port", entry.server_port);
  words.text("state", entry.state);
  const std::string_view expires = words.next();
  if (const auto seconds = parse_number<std::uint32_t>(expires, 10)) {
    entry.expires_seconds = *seconds;
  } else {
    words.complain("time of expiry", expires);
  }
  if (entry.client.family() != entry.virtual_address.family()) {
    words.complain("virtual address of the client's family", entry.virtual_address.text());
  }
  if (!words.trouble().empty()) return Error{words.trouble(), 0};
  entry.engine = words.next();
  entry.engine_data = words.rest();
  return entry;
}

Result<void> ConnectionReader::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      begun_ += bytes;
      if (begun_.size() > longest_line) return at_line(lines_ + 1, cat("has more than ", longest_line, " bytes"));
      return {};
    }
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (begun_.empty()) {
      if (auto taken = take_line(line); !taken) return taken;
      continue;
    }
    begun_ += line;
    const auto taken = take_line(begun_);
    begun_.clear();
    if (!taken) return taken;
  }
  return {};
}

Result<void> ConnectionReader::finish() {
  if (!begun_.empty()) return at_line(lines_ + 1, "the file ends within it");
  if (lines_ == 0) return Error{"the file is empty: it has not even a title", 0};
  return {};
}

Result<void> ConnectionReader::take_line(std::string_view line) {
  ++lines_;
  if (line.size() > longest_line) return at_line(lines_, cat("has more than ", longest_line, " bytes"));
  if (lines_ == 1) {
    if (line.starts_with("Pro FromIP ")) return {};
    return at_line(lines_, "the title of a table of connections should stand here");
  }
  const auto entry = parse_connection(line);
  if (!entry) return at_line(lines_, entry.error().text);
  visit_(*entry);
  return {};
}

Result<void> read_connections(const std::function<void(const ConnectionEntry&)>& visit, const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    const int errnum = errno;
    if (errnum == ENOENT) {
      return Error{"this kernel has no IPVS, and so no connections (" + path + ": " + errno_text(errnum) +
                       "); \"modprobe ip_vs\" loads it",
                   errnum};
    }
    const char* advice = errnum == EACCES || errnum == EPERM ? "; be root" : "";
    return Error{"cannot read " + path + ": " + errno_text(errnum) + advice, errnum};
  }
  ConnectionReader reader(visit);
  std::string buffer(portion, '\0');
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{"cannot read " + path + ": " + errno_text(errno), errno};
    const auto taken =
        count == 0 ? reader.finish() : reader.take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    if (!taken) return Error{path + ": " + taken.error().text, 0};
    if (count == 0) return {};
  }
}

}  // namespace ballast
