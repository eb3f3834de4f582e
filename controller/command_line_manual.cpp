// The commands that describe the program itself and what it reads.
#include <cstdlib>

#include "controller/commands/common.hpp"
#include "controller/manual/man_page.hpp"
#include "controller/options.hpp"
#include "controller/version.hpp"

namespace ballast {
namespace {

constexpr Term environment[] = {
    {"BALLAST_NODE", "The machine's name in the manifest, where --node does not say it."},
    {"BALLAST_STATE_DIR", "What --state-dir does not say."},
    {"BALLAST_CACHE_DIR", "What --cache-dir does not say."},
    {"NO_COLOR", "Where it is set, text is not coloured."},
};

std::string* variable_of(Options& options, std::string_view name) {
  if (name == "BALLAST_NODE") return &options.apply.node.node;
  if (name == "BALLAST_STATE_DIR") return &options.apply.node.state_dir;
  if (name == "BALLAST_CACHE_DIR") return &options.run.source.cache_dir;
  return nullptr;
}

}  // namespace

void read_environment(Options& options) {
  for (const Term& each : environment) {
    std::string* const value = variable_of(options, each.name);
    const char* const text = std::getenv(each.name.data());
    if (value != nullptr && text != nullptr && *text != '\0') *value = text;
  }
}

void add_manual(CLI::App& app, Options& options) {
  CLI::App* schema =
      add_command(app, "schema", "Print the manifest's grammar as a JSON Schema, for editors and CI.",
                  "Made from the tables that the reader walks: fields with types, limits, defaults and meaning "
                  "(draft-07; of each document of a manifest). An editor with yaml-language-server takes it where a "
                  "manifest's first line is\n"
                  "  # yaml-language-server: $schema=ballast.schema.json\n\n"
                  "It refuses nothing that `ballast validate` takes, but knows less: no references between documents, "
                  "and not what fields mean together.\n\n"
                  "Exit status: 0 printed, 2 error.\n"
                  "Example: ballast schema > ballast.schema.json");
  schema->add_flag("--markdown", options.markdown, "Print a reference of all fields for people instead");

  CLI::App* completion = add_command(
      app, "completion", "Print the script that completes commands in bash, zsh or fish.",
      "Commands, options, their values, files; and where the controller runs and may be asked, the names of "
      "services, routers, pools and members.\n\n"
      "Exit status: 0 printed, 2 error.\n"
      "Examples: source <(ballast completion bash)\n"
      "          ballast completion fish > ~/.config/fish/completions/ballast.fish");
  completion->add_option("shell", options.shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));

  add_command(app, "man", "Print the manual page, which is made of what --help says.",
              "For man(1), mandoc(1) and packages: ballast(8).\n\n"
              "Exit status: 0 printed, 2 error.\n"
              "Examples: ballast man | man -l -\n"
              "          ballast man > /usr/local/share/man/man8/ballast.8");
}

std::optional<int> dispatch_manual(const CLI::App& app, const Options& options) {
  if (app.got_subcommand("schema")) return run_schema(options.markdown);
  if (app.got_subcommand("completion")) return run_completion(options.shell);
  if (app.got_subcommand("man")) return print(man_page(app, program_version, environment)) ? exit_ok : exit_error;
  return std::nullopt;
}

}  // namespace ballast
