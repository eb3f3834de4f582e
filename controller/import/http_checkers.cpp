// HTTP_GET and SSL_GET: what is asked for, and what the answer must be.
#include <algorithm>

#include "controller/import/lvs.hpp"
#include "controller/import/words.hpp"
#include "model/regex.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

bool is_one_word(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c < 0 || (c > ' ' && c != 0x7f); });
}

/// "200", "200-299".
bool is_status(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash), 100, 599);
  const auto last = dash == std::string::npos ? first : parse_number(text.substr(dash + 1), 100, 599);
  return first && last && *first <= *last && text.size() <= 7;
}

class UrlReader {
 public:
  UrlReader(const Statement& block, Remarks& remarks) : section_(block, remarks) {}

  json read(const std::optional<std::string>& virtual_host) {
    json url = json::object();
    std::string path = section_.text("path").value_or("/");
    if (!path.starts_with('/')) path = cat("/", path);
    if (!is_one_word(path)) {
      lose("path", "a path has no blanks; / is asked for");
      path.resize(1, '/');
      path.front() = '/';
    }
    url["path"] = path;
    const auto own = section_.text("virtualhost");
    const auto& host = own ? own : virtual_host;
    if (host && is_one_word(*host)) url["host"] = *host;
    read_status(url);
    read_digest(url);
    read_regex(url);
    section_.finish({"url"});
    return url;
  }

 private:
  void lose(std::string_view keyword, std::string_view why) {
    const Statement* statement = section_.last(keyword);
    section_.remarks().add(RemarkKind::lost, statement == nullptr ? section_.origin() : statement->origin,
                           cat(keyword, ": ", why, "; the check passes more easily than keepalived's"));
  }

  void read_status(json& url) {
    json status = json::array();
    for (const Statement* statement : section_.each("status_code")) {
      for (const std::string& word : statement->words) {
        if (!is_status(word)) {
          section_.remarks().add(RemarkKind::repaired, statement->origin,
                                 cat("status_code ", shown(word), " is no status 100..599: keepalived ignores it"));
        } else if (const auto number = parse_number(word, 100, 599)) {
          status.push_back(*number);
        } else {
          status.push_back(word);
        }
      }
    }
    if (!status.empty() && status != json::array({"200-299"})) url["status"] = status;
  }

  void read_digest(json& url) {
    auto digest = section_.text("digest");
    if (!digest) return;
    constexpr std::size_t digits = 32;
    for (char& c : *digest) c = c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
    if (digest->size() == digits && digest->find_first_not_of("0123456789abcdef") == std::string::npos) {
      url["md5"] = *digest;
    } else {
      lose("digest", "not 32 hexadecimal digits");
    }
  }

  void read_regex(json& url) {
    const Statement* statement = section_.last("regex");
    const bool reversed = section_.flag("regex_no_match");
    const Statement* options = section_.last("regex_options");
    if (statement == nullptr) return;
    if (reversed) return lose("regex_no_match", "a text that must not be there cannot be said");
    const auto words = split_quoted(statement->rest);
    std::string text = words.empty() ? std::string() : words.front();
    std::string letters;
    for (const std::string& option : options == nullptr ? std::vector<std::string>() : options->words) {
      const char letter = option == "caseless"    ? 'i'
                          : option == "multiline" ? 'm'
                          : option == "dotall"    ? 's'
                          : option == "ungreedy"  ? 'U'
                                                  : '\0';
      if (letter != '\0' && letters.find(letter) == std::string::npos) letters += letter;
      if (letter != '\0') continue;
      section_.remarks().add(RemarkKind::lost, options->origin,
                             cat("regex_options ", shown(option), ": RE2 has no such option"));
    }
    if (!letters.empty()) text = cat("(?", letters, ")", text);
    if (make_printable(text) || invalid_regex(text)) return lose("regex", "RE2 does not know this expression");
    url["bodyMatches"] = text;
  }

  Section section_;
};

}  // namespace

std::optional<json> read_http(Section& section, const CheckDefaults& defaults) {
  const auto own = section.text("virtualhost");
  json urls = json::array();
  for (const Statement* block : section.each("url")) {
    urls.push_back(UrlReader(*block, section.remarks()).read(own ? own : defaults.virtual_host));
  }
  if (urls.empty()) {
    section.remarks().add(RemarkKind::repaired, section.origin(),
                          cat(section.statement().keyword, " without url: keepalived passes over it"));
    return std::nullopt;
  }
  if (urls.size() == 1) return urls.front();
  return json{{"urls", urls}};
}

}  // namespace ballast::keepalived
