#include "controller/report/annotated_yaml.hpp"

#include <algorithm>

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t widest = 118;

/// What other readers of YAML take for a number: 1111, -0, 1.5, 1e3, 0x1f.
bool is_like_a_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("0x") || text.starts_with("0o")) return true;
  const std::size_t end = std::min(text.find_first_not_of("0123456789_."), text.size());
  if (end == 0 || std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '.') > 1) return false;
  const std::string_view rest = text.substr(end);
  return rest.empty() || (rest.size() > 1 && (rest[0] == 'e' || rest[0] == 'E') &&
                          rest.find_first_not_of("0123456789+-", 1) == std::string_view::npos);
}

bool is_plain(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@%+=~").find(c) != std::string_view::npos;
  };
  if (text.empty() || !std::all_of(text.begin(), text.end(), plain)) return false;
  for (const std::string_view word :
       {"true", "false", "null", "~", "-", "---", "...", "=", "<<", "yes", "no", "on", "off"}) {
    if (text == word) return false;
  }
  if (is_like_a_number(text)) return false;
  const char first = text.front();
  return first != '%' && first != '@' && first != ':' && !text.ends_with(':') && first != '~' && first != '=' &&
         !text.starts_with("---") && !text.starts_with("...");
}

/// JSON's text of a string is YAML's in double quotation marks, but for one character that only YAML refuses.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : json(text).dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '\x7f') {
      out += "\\x7F";
    } else {
      out += c;
    }
  }
  return out;
}

std::string scalar(const json& value) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  return is_plain(text) ? text : quoted(text);
}

bool is_scalar(const json& value) {
  return !value.is_object() && !value.is_array();
}

std::string flow(const json& value) {
  if (is_scalar(value)) return scalar(value);
  std::string text = value.is_object() ? "{" : "[";
  bool first = true;
  for (const auto& [name, item] : value.items()) {
    if (value.is_object() && name == yaml_comment) continue;
    if (!first) text += ", ";
    first = false;
    if (value.is_object()) text += name + ": ";
    text += flow(item);
  }
  return text + (value.is_object() ? "}" : "]");
}

bool has_comment_within(const json& value) {
  return std::any_of(value.begin(), value.end(), [](const json& item) {
    return (item.is_object() && item.contains(yaml_comment)) || (!is_scalar(item) && has_comment_within(item));
  });
}

std::string comment_of(const json& value) {
  if (!value.is_object() || !value.contains(yaml_comment)) return {};
  return "  # " + value[yaml_comment].get<std::string>();
}

/// Objects within objects make a line hard to read, unless there is but one.
bool is_simple(const json& value) {
  if (is_scalar(value)) return true;
  if (value.is_array()) return std::all_of(value.begin(), value.end(), is_scalar);
  return std::all_of(value.begin(), value.end(), [&](const json& item) {
    return is_scalar(item) || (item.is_array() && is_simple(item)) || (value.size() == 1 && is_simple(item));
  });
}

bool fits(const json& value, std::size_t column) {
  return value.empty() || (is_simple(value) && !has_comment_within(value) && column + flow(value).size() <= widest);
}

class Writer {
 public:
  void document(const json& value) {
    if (!text_.empty()) text_ += "---\n";
    if (value.contains(yaml_comment)) {
      for (const json& line : value[yaml_comment]) text_ += "# " + line.get<std::string>() + "\n";
    }
    for (const auto& [name, item] : value.items()) {
      if (name == yaml_comment) continue;
      text_ += name + ":";
      if (name == "spec") {
        text_ += "\n";
        members(item, 2);
      } else {
        text_ += " " + flow(item) + "\n";
      }
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void members(const json& object, std::size_t indent, bool continues_line = false) {
    for (const auto& [name, item] : object.items()) {
      if (name == yaml_comment) continue;
      if (!continues_line) text_.append(indent, ' ');
      continues_line = false;
      text_ += name + ":";
      if (fits(item, indent + name.size() + 2)) {
        text_ += " " + flow(item) + comment_of(item) + "\n";
      } else if (item.is_object()) {
        text_ += comment_of(item) + "\n";
        members(item, indent + 2);
      } else if (item.is_array()) {
        text_ += "\n";
        items(item, indent + 2);
      } else {
        text_ += " " + scalar(item) + "\n";
      }
    }
  }

  void items(const json& array, std::size_t indent) {
    for (const json& item : array) {
      text_.append(indent, ' ');
      text_ += "- ";
      if (is_scalar(item) || fits(item, indent + 2)) {
        text_ += flow(item) + comment_of(item) + "\n";
      } else if (item.is_array()) {
        text_ += flow(item) + "\n";
      } else {
        if (!comment_of(item).empty()) {
          text_ += comment_of(item).substr(2) + "\n";
          text_.append(indent + 2, ' ');
        }
        members(item, indent + 2, true);
      }
    }
  }

  std::string text_;
};

}  // namespace

std::string annotated_yaml(const std::vector<json>& documents) {
  Writer writer;
  for (const json& document : documents) writer.document(document);
  return writer.take();
}

}  // namespace ballast
