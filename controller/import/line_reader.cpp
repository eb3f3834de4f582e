#include "controller/import/line_reader.hpp"

#include <algorithm>

#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr int deepest_include = 16;
constexpr int deepest_expansion = 64;  // parameters within parameters, sequences within sequences
constexpr std::size_t longest_line = 64 * 1024;
constexpr std::size_t most_lines = 500'000;
constexpr std::size_t most_bytes = std::size_t{32} << 20;
constexpr std::size_t call_cost = 64;  // empty expansions cost time, too

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::string without_comment(std::string_view line, bool& continued, bool& open_quote) {
  std::string text;
  open_quote = false;
  continued = false;
  bool comment = false;
  line = trimmed(line);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 == line.size()) {
      continued = true;
      break;
    }
    if (comment) continue;
    if (c == '\\') {
      const char next = line[++i];
      if (open_quote || (next != '#' && next != '!')) text += c;
      text += next;
      continue;
    }
    if (c == '"') open_quote = !open_quote;
    comment = !open_quote && (c == '!' || c == '#');
    if (!comment) text += c;
  }
  return std::string(trimmed(text));
}

bool LineReader::exhausted(std::size_t more) {
  bytes_ += more;
  if (is_exhausted_ || (bytes_ <= most_bytes && lines_.size() < most_lines)) return is_exhausted_;
  is_exhausted_ = true;
  remark(RemarkKind::error,
         cat("the configuration expands to more than ", most_lines, " lines or ", most_bytes >> 20, " MiB"));
  return true;
}

void LineReader::read(const std::string& path) {
  const auto text = files_.read(path);
  if (!text) {
    remarks_.add(RemarkKind::error, origin_, cat("cannot read ", path, ": ", text.error().text));
    return;
  }
  const std::string outer_directory = std::exchange(directory_, directory_of(path));
  const Origin outer = std::exchange(origin_, Origin{intern(Source{intern(path), nullptr}), 0, 1});
  definitions_.set_directory(directory_);
  read_text(*text);
  directory_ = outer_directory;
  origin_ = outer;
  definitions_.set_directory(directory_);
}

void LineReader::read_text(const std::string& text) {
  const std::string outer_pending = std::exchange(pending_, {});
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // a byte order mark
  while (!rest.empty() && !is_exhausted_) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++origin_.line;
    if (line.ends_with('\r')) line.pop_back();
    if (trimmed(line).empty()) continue;  // also within a definition of several lines
    bool continued = false;
    bool open_quote = false;
    line = without_comment(line, continued, open_quote);
    if (open_quote) remark(RemarkKind::error, "a quotation mark (\") has no second one on its line");
    if (make_printable(line)) remark(RemarkKind::changed, "bytes that are no UTF-8 text were replaced by '?'");
    feed(std::move(line), continued);
  }
  feed({}, false);
  pending_ = outer_pending;
}

void LineReader::feed(std::string text, bool continued) {
  if (!defined_.empty()) {
    collected_.push_back(std::move(text));
    if (!continued) store_definition();
    return;
  }
  if (continued && pending_.empty()) {
    std::string unconditional = text;
    const bool counts = judge_condition(unconditional);
    if (auto definition = parse_definition(unconditional)) {
      defined_ = definition->name;
      defined_counts_ = counts;
      collected_.clear();
      if (!definition->value.empty()) collected_.push_back(definition->value);
      return;
    }
  }
  pending_ += pending_.empty() ? text : " " + text;
  if (continued) {
    if (pending_.size() <= longest_line) return;
    remark(RemarkKind::error, cat("a line of more than ", longest_line, " bytes"));
    pending_.clear();
    return;
  }
  text = std::exchange(pending_, {});
  if (!text.empty() && !include(text)) process(std::move(text), 0);
}

void LineReader::store_definition() {
  while (!collected_.empty() && collected_.back().empty()) collected_.pop_back();
  if (defined_counts_) definitions_.set(defined_, std::move(collected_));
  collected_.clear();
  defined_.clear();
}

/// False where the line is for others. "@id text" becomes "text".
bool LineReader::judge_condition(std::string& text) const {
  while (text.starts_with('@')) {
    const bool negated = text.starts_with("@^");
    const std::size_t start = negated ? 2 : 1;
    const std::size_t end = text.find_first_of(" \t");
    if (end == std::string::npos) return false;
    const bool equal = text.substr(start, end - start) == definitions_.instance();
    text = trimmed(std::string_view(text).substr(end));
    if (equal == negated) return false;
  }
  return true;
}

void LineReader::process(std::string text, int depth) {
  if (depth > deepest_expansion || text.size() > longest_line) {
    remark(RemarkKind::error, depth > deepest_expansion ? cat("parameters or sequences are nested more than ",
                                                              deepest_expansion, " deep; does one contain itself?")
                                                        : cat("a line of more than ", longest_line, " bytes"));
    return;
  }
  if (exhausted(text.size() + call_cost) || remarks_.has_errors()) return;
  if (!judge_condition(text)) return;
  if (auto definition = parse_definition(text)) {
    definitions_.set(definition->name, {definition->value});
    return;
  }
  if (text.starts_with("~SEQ") || text.starts_with("~LST")) {
    const bool known = text.starts_with("~LST") ? process_list(text, depth) : process_sequence(text, depth);
    if (!known) remark(RemarkKind::error, cat("'", shown(text), "' is not a sequence like ~SEQ(name, 1, 3) text"));
    return;
  }
  auto outcome = definitions_.substitute(text);
  if (outcome.random) {
    remark(RemarkKind::changed, "${_RANDOM} is another number at each start of keepalived; the least one was taken");
  }
  if (outcome.environment) {
    remark(RemarkKind::changed, "${_ENV} was replaced by what the environment of this import has");
  }
  if (!outcome.replaced) {
    emit(text);
    return;
  }
  for (std::string& line : outcome.lines) {
    if (!trimmed(line).empty()) process(std::string(trimmed(line)), depth + 1);
  }
}

bool LineReader::include(std::string_view text) {
  if (!text.starts_with("include")) return false;
  const auto words = split_words(text);
  constexpr std::string_view keywords[] = {"include", "includer", "includem", "includew", "includeb", "includea"};
  const bool known =
      words.size() == 2 && std::find(std::begin(keywords), std::end(keywords), words[0]) != std::end(keywords);
  if (!known) return false;
  const std::string& pattern = words[1];
  const std::string path = pattern.starts_with('/') || directory_ == "." ? pattern : directory_ + "/" + pattern;
  const auto found = files_.match(path);
  const bool wild = path.find_first_of("*?[{") != std::string::npos;
  if (found.empty() && !wild) remark(RemarkKind::error, cat("there is no file ", path));
  if (found.empty() && wild) {
    remark(words[0] == "includew" || words[0] == "includea" ? RemarkKind::error : RemarkKind::lost,
           cat(words[0], " ", pattern, ": no file matches, here and now"));
  }
  for (const std::string& each : found) read_included(each);
  return true;
}

void LineReader::read_included(const std::string& path) {
  if (include_depth_ == deepest_include) {
    remark(RemarkKind::error, cat("files include one another more than ", deepest_include, " deep"));
    return;
  }
  if (files_.is_passed_over(path)) {
    remark(RemarkKind::repaired, cat(path, " is executable or no regular file: keepalived does not read it"));
    return;
  }
  if (exhausted(0)) return;
  ++include_depth_;
  read(path);
  --include_depth_;
}

/// Splits at braces outside of quotation marks, as keepalived does.
void LineReader::emit(std::string_view text) {
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted || (text[i] != '{' && text[i] != '}')) continue;
    emit_piece(text.substr(start, i - start));
    emit_piece(text.substr(i, 1));
    start = i + 1;
  }
  emit_piece(text.substr(start));
}

void LineReader::emit_piece(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && !exhausted(0)) lines_.push_back({std::string(text), origin_});
}

}  // namespace ballast::keepalived
