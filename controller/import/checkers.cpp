// Each kind of checker as an entry of a pool's `checks`.
#include <algorithm>

#include "controller/import/lvs.hpp"
#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr milliseconds second{1000};
constexpr milliseconds hour = 3600 * second;
constexpr milliseconds day = 24 * hour;
constexpr double most_seconds = 4294;

class CheckerReader {
 public:
  CheckerReader(const Statement& block, const CheckDefaults& outer, Programs& programs, Remarks& remarks)
      : section_(block, remarks), programs_(programs), kind_(block.keyword) {
    const bool http = kind_ == "HTTP_GET" || kind_ == "SSL_GET";
    if (http) retry_ = section_.number("nb_get_retry", 1, INT32_MAX);  // the old name
    defaults_ = CheckDefaults::read(section_, outer);
    if (retry_) defaults_.retry = retry_;
  }

  std::vector<json> read() {
    json check = json::object();
    if (!read_kind(check)) {
      section_.finish({"checker", kind_});
      return {};
    }
    read_target(check);
    read_timing(check);
    std::vector<json> checks = with_hosts(check);
    section_.finish({"checker", kind_});
    return checks;
  }

 private:
  [[nodiscard]] milliseconds delay_loop() const { return defaults_.delay_loop.value_or(60 * second); }

  void remark(RemarkKind kind, std::string text) { section_.remarks().add(kind, section_.origin(), std::move(text)); }

  json with_timeout(json fields = json::object()) {
    const milliseconds timeout = std::min(defaults_.connect_timeout.value_or(5 * second), hour);
    if (timeout != 5 * second) fields["timeout"] = duration_text(timeout);
    return fields;
  }

  bool read_kind(json& check) {
    if (kind_ == "TCP_CHECK") {
      check["tcp"] = with_timeout();
    } else if (kind_ == "PING_CHECK") {
      check["ping"] = with_timeout();
    } else if (kind_ == "SMTP_CHECK") {
      check["smtp"] = with_timeout();
      const auto helo = section_.text("helo_name");
      if (helo && !helo->empty() && helo->find_first_of(" \t") == std::string::npos) check["smtp"]["helo"] = *helo;
    } else if (kind_ == "DNS_CHECK") {
      read_dns(check);
    } else if (kind_ == "UDP_CHECK") {
      read_udp(check);
    } else if (kind_ == "MISC_CHECK") {
      return read_misc(check);
    } else {
      const auto request = read_http(section_, defaults_);
      if (!request) return false;
      check[kind_ == "SSL_GET" ? "https" : "http"] = with_timeout(*request);
    }
    return true;
  }

  void read_dns(json& check) {
    check["dns"] = with_timeout();
    const Statement* type = section_.last("type");
    constexpr std::string_view known[] = {"A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA"};
    const std::string word = type == nullptr ? "SOA" : type->word(0);
    if (std::find(std::begin(known), std::end(known), word) == std::end(known)) {
      const bool other = word == "RRSIG" || word == "DNSKEY";
      section_.remarks().add(other ? RemarkKind::changed : RemarkKind::repaired, type->origin,
                             other ? cat("type ", word, " became SOA, as no check asks for it")
                                   : cat("type ", shown(word), " is unknown: keepalived takes SOA"));
    } else if (word != "SOA") {
      check["dns"]["type"] = word;
    }
    const auto name = section_.text("name");
    if (!name || *name == ".") return;
    constexpr std::size_t longest = 253;
    if (name->empty() || name->size() > longest || name->find_first_of(" \t") != std::string::npos ||
        name->find("..") != std::string::npos || name->starts_with('.')) {
      remark(RemarkKind::changed, cat("DNS_CHECK: '", shown(*name), "' is no name; the root is asked for"));
      return;
    }
    check["dns"]["name"] = *name;
  }

  /// Numbers of one or two digits, or rows of digits; keepalived's free form.
  static std::optional<std::string> hex_bytes(const std::string& text) {
    std::string bytes;
    for (const std::string& word : split_words(text)) {
      std::string digits = word;
      for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
      if (digits.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
      for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += i + 1 < digits.size() ? digits.substr(i, 2) : "0" + digits.substr(i, 1);
      }
    }
    return bytes;
  }

  void read_udp(json& check) {
    constexpr std::size_t most_digits = 2000;
    check["udp"] = with_timeout();
    if (const Statement* payload = section_.last("payload")) {
      const auto bytes = hex_bytes(payload->rest);
      if (bytes && bytes->size() <= most_digits) {
        if (!bytes->empty()) check["udp"]["payloadHex"] = *bytes;
      } else {
        section_.remarks().add(RemarkKind::lost, payload->origin,
                               "payload is no row of hexadecimal bytes, or too long");
      }
    }
    const Statement* reply = section_.last("require_reply");
    if (reply == nullptr) return;
    const auto bytes = hex_bytes(reply->rest);
    if (!bytes || bytes->size() > most_digits) {
      section_.remarks().add(RemarkKind::changed, reply->origin,
                             "require_reply: bytes that may be anything cannot be said; any answer passes");
    }
    if (bytes && !bytes->empty() && bytes->size() <= most_digits) {
      check["udp"]["replyHex"] = *bytes;
    } else {
      check["udp"]["reply"] = "";
    }
  }

  bool read_misc(json& check) {
    const Statement* path = section_.last("misc_path");
    const auto timeout = section_.seconds("misc_timeout", 0.001, most_seconds);
    const bool dynamic = section_.flag("misc_dynamic");
    const Statement* user = section_.last("user");
    if (path == nullptr) {
      remark(RemarkKind::repaired, "MISC_CHECK without misc_path: keepalived passes over it");
      return false;
    }
    auto program = programs_.parse(*path, false);
    if (!program) return false;
    if (user != nullptr && !user->words.empty()) program->user = user->words[0];
    json script = programs_.make(*path, *program);
    const milliseconds limit = std::min(timeout.value_or(delay_loop()), hour);
    if (limit != second) script["timeout"] = duration_text(limit);
    if (dynamic) script["dynamicWeight"] = true;
    check["script"] = script;
    return true;
  }

  void read_target(json& check) {
    if (kind_ == "MISC_CHECK") return;
    if (const auto address = section_.address("connect_ip")) {
      if (address->is_unspecified() || address->is_multicast()) {
        remark(RemarkKind::lost, cat("connect_ip ", address->text(), " is no server's address"));
      } else {
        check["address"] = address->text();
      }
    }
    const auto port = section_.number("connect_port", 1, 65535);
    if (port && kind_ == "PING_CHECK") remark(RemarkKind::needless, "connect_port: a ping has no port");
    if (port && kind_ != "PING_CHECK") check["port"] = *port;
    if (const auto source = section_.address("bindto")) {
      if (source->is_unspecified() || source->is_multicast()) {
        remark(RemarkKind::lost, cat("bindto ", source->text(), " is no address to send from"));
      } else {
        check["source"] = source->text();
      }
    }
    const auto mark = section_.number("fwmark", 0, UINT32_MAX);
    if (mark && *mark > 0) check["mark"] = *mark;
  }

  void read_timing(json& check) {
    const bool http = kind_ == "HTTP_GET" || kind_ == "SSL_GET";
    const bool dns = kind_ == "DNS_CHECK";
    constexpr milliseconds shortest{100};
    constexpr std::int64_t most_retries = 100;
    milliseconds interval = std::clamp(delay_loop(), shortest, day);
    if (interval != delay_loop()) {
      remark(RemarkKind::changed, cat("delay_loop ", duration_text(delay_loop()), " became ", duration_text(interval)));
    }
    check["interval"] = duration_text(interval);
    const std::int64_t usual = kind_ == "MISC_CHECK" ? 0 : dns ? 3 : 1;
    const std::int64_t retries = std::min(defaults_.retry.value_or(usual), most_retries);
    if (retries != defaults_.retry.value_or(usual)) {
      remark(RemarkKind::changed, cat("retry ", *defaults_.retry, " became ", most_retries));
    }
    if (retries != 1) check["retries"] = retries;
    const milliseconds delay = std::min(defaults_.delay_before_retry.value_or(dns    ? delay_loop()
                                                                              : http ? 3 * second
                                                                                     : second),
                                        day);
    if (delay != second && retries > 0) check["retryDelay"] = duration_text(delay);
    if (defaults_.warmup && *defaults_.warmup != interval) {
      check["warmup"] = duration_text(std::min(*defaults_.warmup, day));
    }
    check["alpha"] = defaults_.alpha.value_or(false);  // taken out again by add_health()
  }

  /// SMTP_CHECK may name hosts to connect to.
  std::vector<json> with_hosts(const json& check) {
    if (kind_ != "SMTP_CHECK") return {check};
    std::vector<json> checks;
    for (const Statement* block : section_.each("host")) {
      Section host(*block, section_.remarks());
      json each = check;
      if (const auto address = host.address("connect_ip")) each["address"] = address->text();
      if (const auto port = host.number("connect_port", 1, 65535)) each["port"] = *port;
      if (const auto source = host.address("bindto")) each["source"] = source->text();
      if (const auto timeout = host.seconds("connect_timeout", 0.001, most_seconds)) {
        each["smtp"]["timeout"] = duration_text(std::min(*timeout, hour));
      }
      const auto mark = host.number("fwmark", 0, UINT32_MAX);
      if (mark && *mark > 0) each["mark"] = *mark;
      host.finish({"host"});
      if (std::find(checks.begin(), checks.end(), each) == checks.end()) checks.push_back(each);
    }
    if (checks.empty()) checks.push_back(check);
    return checks;
  }

  Section section_;
  Programs& programs_;
  std::string kind_;
  CheckDefaults defaults_;
  std::optional<std::int64_t> retry_;
};

}  // namespace

CheckDefaults CheckDefaults::read(Section& section, const CheckDefaults& outer) {
  CheckDefaults read = outer;
  const auto take = [](auto& value, auto found) {
    if (found) value = found;
  };
  take(read.connect_timeout, section.seconds("connect_timeout", 0.001, most_seconds));
  take(read.retry, section.number("retry", 0, INT32_MAX));
  take(read.delay_before_retry, section.seconds("delay_before_retry", 0, most_seconds));
  take(read.warmup, section.seconds("warmup", 0, most_seconds));
  take(read.delay_loop, section.seconds("delay_loop", 0.001, 1e9));
  take(read.alpha, section.truth("alpha"));
  // virtualhost is no keyword of every checker.
  return read;
}

std::vector<json> read_checker(const Statement& block, const CheckDefaults& defaults, Programs& programs,
                               Remarks& remarks) {
  return CheckerReader(block, defaults, programs, remarks).read();
}

}  // namespace ballast::keepalived
