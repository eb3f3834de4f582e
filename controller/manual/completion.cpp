#include "controller/manual/completion.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace ballast {
namespace {

/// "--output" of "--output=json".
std::string_view option_part(std::string_view word) {
  return word.substr(0, word.find('='));
}

const CLI::Option* find_option(const CLI::App& command, std::string_view word) {
  for (const CLI::Option* option : command.get_options()) {
    const bool by_long = word.starts_with("--") && option->check_lname(std::string(option_part(word).substr(2)));
    const bool by_short =
        !word.starts_with("--") && word.size() == 2 && option->check_sname(std::string(word.substr(1)));
    if (by_long || by_short) return option;
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& command, const std::string& word) {
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == word) return each;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_min() > 0;
}

/// The beginning of a description that says what it is.
std::string gist(const std::string& description) {
  std::size_t end = description.size();
  for (const char* mark : {". ", "; ", " (", ": "}) end = std::min(end, description.find(mark));
  std::string text = description.substr(0, end);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// What of the line came before the word that is being typed.
struct Typed {
  const CLI::App* command = nullptr;
  const CLI::Option* value_of = nullptr;  ///< the last word is its value
  std::size_t positionals = 0;
  bool only_positionals = false;  ///< after --
  std::set<const CLI::Option*> given;
  std::string state_dir;

  void take(const std::string& word) {
    if (value_of != nullptr) {
      if (value_of->check_lname("state-dir")) state_dir = word;
      value_of = nullptr;
    } else if (only_positionals || !word.starts_with('-') || word == "-") {
      const CLI::App* inner = only_positionals ? nullptr : find_command(*command, word);
      if (inner != nullptr) command = inner;
      if (inner == nullptr) ++positionals;
    } else if (word == "--") {
      only_positionals = true;
    } else if (const CLI::Option* option = find_option(*command, word)) {
      given.insert(option);
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos && takes_value(*option)) value_of = option;
      if (equals != std::string::npos && option->check_lname("state-dir")) state_dir = word.substr(equals + 1);
    }
  }
};

class Completer {
 public:
  Completer(const Typed& typed, const AskNames& ask) : typed_(typed), ask_(ask) {}

  /// `before`: what of the word stays, "--output=".
  void offer_values(const CLI::Option& option, const std::string& before) {
    const std::string type = option.get_type_name();
    if (const std::size_t set = type.find(":{"); set != std::string::npos) {
      for (const std::string& word : CLI::detail::split(type.substr(set + 2, type.find('}', set) - set - 2), ',')) {
        offer(before + word, "");
      }
      return;
    }
    if (type == "PATH" || type == "FILE") out_.paths = Paths::files;
    if (type == "DIR") out_.paths = Paths::directories;
    const bool any_object = type == "OBJECT";
    if (any_object || type == "SERVICE") offer_names(&KnownNames::services, before, "service");
    if (any_object || type == "ROUTER") offer_names(&KnownNames::routers, before, "router");
    if (any_object || type == "POOL") offer_names(&KnownNames::pools, before, "pool");
    if (any_object || type == "ADDRESS[:PORT]") offer_names(&KnownNames::members, before, "member");
    if (type == "REVISION") offer_names(&KnownNames::revisions, before, "held");
  }

  void offer_options() {
    for (const CLI::Option* option : typed_.command->get_options()) {
      const bool again = option->get_expected_max() > 1;
      if (option->get_lnames().empty() || (typed_.given.contains(option) && !again)) continue;
      offer("--" + option->get_lnames().front(), gist(option->get_description()));
    }
  }

  void offer_commands() {
    for (const CLI::App* each : typed_.command->get_subcommands([](const CLI::App*) { return true; })) {
      offer(each->get_name(), gist(each->get_description()));
    }
  }

  void offer_positional() {
    std::size_t place = 0;
    for (const CLI::Option* option : typed_.command->get_options()) {
      if (!option->get_positional()) continue;
      const bool goes_on = option->get_expected_max() > 1;
      if (place++ == typed_.positionals || goes_on) return offer_values(*option, "");
    }
  }

  /// Of what was offered, what begins as the word does.
  Completion take(const std::string& word) {
    std::erase_if(out_.candidates, [&](const Candidate& each) { return !each.word.starts_with(word); });
    return std::move(out_);
  }

 private:
  void offer(std::string word, std::string meaning) {
    out_.candidates.push_back({std::move(word), std::move(meaning)});
  }

  void offer_names(std::set<std::string> KnownNames::*list, const std::string& before, const std::string& meaning) {
    if (!names_) names_ = ask_(typed_.state_dir);
    for (const std::string& name : *names_.*list) offer(before + name, meaning);
  }

  const Typed& typed_;
  const AskNames& ask_;
  std::optional<KnownNames> names_;
  Completion out_;
};

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words, const AskNames& ask) {
  Typed typed;
  typed.command = &app;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) typed.take(words[i]);
  const std::string word = words.empty() ? "" : words.back();
  Completer completer(typed, ask);
  if (typed.value_of != nullptr) {
    completer.offer_values(*typed.value_of, "");
  } else if (!typed.only_positionals && word.starts_with("--") && word.find('=') != std::string::npos) {
    const CLI::Option* option = find_option(*typed.command, word);
    if (option != nullptr && takes_value(*option)) completer.offer_values(*option, word.substr(0, word.find('=') + 1));
  } else if (!typed.only_positionals && word.starts_with('-')) {
    completer.offer_options();
  } else {
    if (typed.positionals == 0) completer.offer_commands();
    completer.offer_positional();
  }
  return completer.take(word);
}

std::string completion_text(const Completion& completion) {
  std::string text = completion.paths == Paths::files         ? "files\n"
                     : completion.paths == Paths::directories ? "directories\n"
                                                              : "none\n";
  for (const Candidate& each : completion.candidates) text += fmt::format("{}\t{}\n", each.word, each.meaning);
  return text;
}

}  // namespace ballast
