// Scalars are read strictly: plain decimal numbers, durations with units, addresses without surprises. Every complaint
// says what was expected and what stands there.
#include "model/read_values.hpp"

#include <algorithm>
#include <charconv>

#include "model/duration.hpp"

namespace ballast {

std::string_view complain_unknown_field(ReadContext& context, yaml::Node key,
                                        const std::vector<std::string_view>& known) {
  const std::string_view guess = nearest(key.text(), known);
  std::string message = cat("unknown field ", in_quotes(key.text()));
  if (!guess.empty()) {
    message += cat(" (did you mean '", guess, "'?)");
  } else {
    message += "; known here:";
    for (const std::string_view name : known) message += cat(name == known.front() ? " " : ", ", name);
  }
  context.complain(key, std::move(message));
  return guess;
}

bool wrong_type(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string_view expected) {
  if (node.is_null()) {
    return context.fail(
        node, cat("'", field.name, "' has no value; write one", field.required ? "" : " or remove the field"));
  }
  const std::string found = node.is_sequence()  ? "a list"
                            : node.is_mapping() ? "a mapping"
                            : node.quoted()     ? cat("text in quotes ('", shown(node.text()), "')")
                                                : in_quotes(node.text());
  return context.fail(node, cat(field.name, ": expected ", expected, ", found ", found));
}

bool is_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string_view expected) {
  if (node.is_scalar() && !node.is_null()) return true;
  return wrong_type(context, field, node, expected);
}

bool read_object(ReadContext& context, const ObjectInfo& info, yaml::Node node, void* object) {
  if (!node.is_mapping()) {
    return wrong_type(context, {.name = info.name, .doc = {}}, node, "a mapping (name: value)");
  }
  std::uint64_t seen = 0;
  std::uint64_t excused = 0;  // misspelt: not reported again as missing
  const auto bit_of = [&](const FieldInfo& field) { return std::uint64_t{1} << (&field - info.fields.data()); };
  node.each_entry([&](yaml::Node key, yaml::Node value) {
    if (!key.is_scalar()) return;  // the YAML layer has said so
    const auto field = std::find_if(info.fields.begin(), info.fields.end(),
                                    [name = key.text()](const FieldInfo& known) { return known.name == name; });
    if (field == info.fields.end()) {
      if (key.text() == "<<" && !key.quoted()) return;  // so for this
      std::vector<std::string_view> known;
      for (const FieldInfo& each : info.fields) known.push_back(each.name);
      const std::string_view meant = complain_unknown_field(context, key, known);
      for (const FieldInfo& each : info.fields) excused |= each.name == meant ? bit_of(each) : 0;
      return;
    }
    if ((seen & bit_of(*field)) != 0) return;  // and for duplicates: the first counts
    seen |= bit_of(*field);
    field->read(context, *field, value, object);
  });
  for (const FieldInfo& field : info.fields) {
    if (!field.required || (seen & bit_of(field)) != 0) continue;
    if ((excused & bit_of(field)) != 0) {
      context.lose_value();
    } else {
      context.fail(node, cat(info.name, ": missing field '", field.name, "'"));
    }
  }
  return true;
}

std::optional<std::size_t> read_word(ReadContext& context, const FieldInfo& field, yaml::Node node) {
  if (node.is_scalar()) {
    const auto found = std::find(field.words.begin(), field.words.end(), node.text());
    if (found != field.words.end()) return static_cast<std::size_t>(found - field.words.begin());
  }
  const std::vector<std::string_view> known(field.words.begin(), field.words.end());
  std::string expected;
  for (const std::string_view word : known) {
    expected += cat(expected.empty() ? "" : word == known.back() ? " or " : ", ", word);
  }
  if (is_value(context, field, node, expected)) {
    context.fail(
        node, cat(field.name, " must be ", expected, ", not ", in_quotes(node.text()), suggestion(node.text(), known)));
  }
  return std::nullopt;
}

bool read_integer(ReadContext& context, const FieldInfo& field, yaml::Node node, std::int64_t& out) {
  if (!is_value(context, field, node, "a whole number")) return false;
  const std::string_view text = node.text();
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (node.quoted() && all_digits(digits)) {
    return context.fail(node,
                        cat(field.name, ": expected a whole number, found text; remove the quotes around ", text));
  }
  if (!all_digits(digits)) return wrong_type(context, field, node, "a whole number");
  if (digits.size() > 1 && digits.front() == '0') {
    return context.fail(node, cat(field.name, ": write ", in_quotes(text), " without leading zeros"));
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out < field.minimum || out > field.maximum) {
    return context.fail(node,
                        cat(field.name, " must be ", field.minimum, field.maximum == field.minimum + 1 ? " or " : "..",
                            field.maximum, ", not ", shown(text)));
  }
  return true;
}

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, bool& out) {
  if (!is_value(context, field, node, "true or false")) return false;
  const std::string_view text = node.text();
  if (!node.quoted() && (text == "true" || text == "false")) {
    out = text == "true";
    return true;
  }
  const bool truth = text == "yes" || text == "on" || text == "True" || text == "TRUE" || text == "true";
  const bool lie = text == "no" || text == "off" || text == "False" || text == "FALSE" || text == "false";
  return context.fail(
      node, cat(field.name, " must be true or false, not ", in_quotes(text), node.quoted() ? " in quotes" : "",
                truth ? "; write true"
                : lie ? "; write false"
                      : ""));
}

std::string name_problem(std::string_view name) {
  constexpr std::size_t longest = 253;
  const auto alphanumeric = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto allowed = [&](char c) { return alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
  if (name.empty()) return "a name may not be empty";
  if (name.size() > longest) return cat("a name may have ", longest, " characters at most, not ", name.size());
  if (!std::all_of(name.begin(), name.end(), allowed)) {
    return cat(in_quotes(name), " may have only letters, digits, '-', '.' and '_'");
  }
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) {
    return cat(in_quotes(name), " must begin and end with a letter or digit");
  }
  return {};
}

namespace {

/// The kernel's rules (net/core/dev.c, dev_valid_name).
std::string interface_problem(std::string_view name) {
  constexpr std::size_t longest = 15;
  if (name.empty()) return "a name may not be empty";
  if (name.size() > longest)
    return cat(in_quotes(name), " is longer than the ", longest, " characters that the kernel allows");
  const auto forbidden = [](char c) { return c == '/' || c == ':' || c == '\x7f' || (c >= 0 && c <= ' '); };
  if (name == "." || name == ".." || std::any_of(name.begin(), name.end(), forbidden)) {
    return cat(in_quotes(name), " is not a name that the kernel allows (no '/', ':' or blanks)");
  }
  return {};
}

std::string digest_problem(std::string_view text, std::int64_t digits) {
  const bool right_size = static_cast<std::int64_t>(text.size()) == digits;
  if (right_size && text.find_first_not_of("0123456789abcdef") == std::string_view::npos) return {};
  return cat(in_quotes(text), " is not ", digits, " hexadecimal digits in lower case",
             right_size ? "" : cat(", but ", text.size(), " characters"));
}

/// Empty, or what is wrong with a text of this field's type.
std::string text_problem(const FieldInfo& field, std::string_view text) {
  if (field.type == FieldType::name) return name_problem(text);
  if (field.type == FieldType::interface) return interface_problem(text);
  if (field.type == FieldType::digest) return digest_problem(text, field.maximum);
  // Not quoted: a password may stand where the path of its file belongs.
  if (field.type == FieldType::path && !text.starts_with('/')) return "this is not an absolute path";
  return {};
}

}  // namespace

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string& out) {
  if (field.type == FieldType::word) {
    const auto word = read_word(context, field, node);
    if (word) out = field.words[*word];
    return word.has_value();
  }
  const bool is_name = field.type == FieldType::name || field.type == FieldType::interface;
  if (!is_value(context, field, node, is_name ? "a name" : "text")) return false;
  const std::string problem = text_problem(field, node.text());
  if (!problem.empty()) return context.fail(node, cat(field.name, ": ", problem));
  out = node.text();
  return true;
}

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::chrono::milliseconds& out) {
  if (!is_value(context, field, node, "a duration like 6s")) return false;
  const std::string_view text = node.text();
  if (all_digits(text))
    return context.fail(node,
                        cat(field.name, ": a duration needs a unit, like ", shown(text), "s or ", shown(text), "ms"));
  const auto parsed = parse_duration(text);
  if (!parsed) {
    return context.fail(node, cat(field.name, ": ", in_quotes(text),
                                  " is not a duration; write whole numbers with units, like 500ms, 6s, 5m or 1m30s"));
  }
  const std::chrono::milliseconds least(field.minimum);
  const std::chrono::milliseconds most(field.maximum);
  if (*parsed < least || *parsed > most) {
    return context.fail(
        node, cat(field.name, " must be ", duration_text(least), "..", duration_text(most), ", not ", in_quotes(text)));
  }
  out = *parsed;
  return true;
}

}  // namespace ballast
