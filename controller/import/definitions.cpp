#include "controller/import/definitions.hpp"

#include "controller/import/words.hpp"

namespace ballast::keepalived {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

std::size_t name_size(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return 0;
  std::size_t size = 1;
  while (size < text.size() && is_name(text[size])) ++size;
  return size;
}

}  // namespace

std::optional<DefinitionText> parse_definition(std::string_view line) {
  if (!line.starts_with('$')) return std::nullopt;
  line.remove_prefix(1);
  const std::size_t size = name_size(line);
  if (size == 0 || size == line.size() || line[size] != '=') return std::nullopt;
  DefinitionText text{std::string(line.substr(0, size)), {}};
  line.remove_prefix(size + 1);
  const std::size_t start = line.find_first_not_of(" \t");
  if (start != std::string_view::npos) text.value = line.substr(start);
  return text;
}

Definitions::Definitions(std::string instance,
                         std::function<std::optional<std::string>(const std::string&)> environment)
    : instance_(std::move(instance)), environment_(std::move(environment)) {}

/// "$NAME" before a blank, ',' , ')' or the end; "${NAME}"; "${NAME ARGUMENTS}".
std::optional<Definitions::Reference> Definitions::parse_reference(std::string_view text) {
  Reference reference;
  const bool braces = text.size() > 1 && text[1] == '{';
  std::string_view rest = text.substr(braces ? 2 : 1);
  const std::size_t size = name_size(rest);
  if (size == 0) return std::nullopt;
  reference.name = rest.substr(0, size);
  rest.remove_prefix(size);
  if (!braces) {
    if (!rest.empty() && std::string_view(" \t,)").find(rest.front()) == std::string_view::npos) return std::nullopt;
    reference.size = 1 + size;
    return reference;
  }
  const std::size_t end = rest.find('}');
  if (end == std::string_view::npos || (end > 0 && rest.front() != ' ')) return std::nullopt;
  if (end > 0) reference.argument = rest.substr(1, end - 1);
  reference.size = 2 + size + end + 1;
  return reference;
}

std::optional<Definition> Definitions::find(const Reference& reference, Outcome& outcome) const {
  const auto found = values_.find(reference.name);
  if (found != values_.end()) return reference.argument.empty() ? std::optional(found->second) : std::nullopt;
  if (reference.name == "_PWD") return Definition{directory_};
  if (reference.name == "_INSTANCE") return Definition{instance_};
  if (reference.name == "_HASH") return Definition{"#"};
  if (reference.name == "_BANG") return Definition{"!"};
  if (reference.name == "_RANDOM") {
    outcome.random = true;
    const std::string least = reference.argument.substr(0, reference.argument.find(' '));
    return Definition{least.empty() ? "0" : least};
  }
  if (reference.name == "_ENV" && !reference.argument.empty()) {
    outcome.environment = true;
    if (auto value = environment_(reference.argument)) {
      make_printable(*value);
      return Definition{*value};
    }
  }
  return std::nullopt;
}

Definitions::Outcome Definitions::substitute(std::string_view line) const {
  Outcome outcome;
  std::string text;
  while (!line.empty()) {
    const std::size_t dollar = line.find('$');
    text += line.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    line.remove_prefix(dollar);
    const auto reference = parse_reference(line);
    const auto value = reference ? find(*reference, outcome) : std::nullopt;
    if (!value || (value->size() > 1 && reference->size != line.size())) {
      text += '$';
      line.remove_prefix(1);
      continue;
    }
    outcome.replaced = true;
    line.remove_prefix(reference->size);
    if (value->empty()) continue;
    text += value->front();
    outcome.lines.assign(value->begin() + 1, value->end());
  }
  outcome.lines.insert(outcome.lines.begin(), std::move(text));
  return outcome;
}

}  // namespace ballast::keepalived
