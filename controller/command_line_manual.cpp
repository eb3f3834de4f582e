// The commands that describe the program itself and what it reads.
#include "controller/options.hpp"

namespace ballast {

void add_manual(CLI::App& app, Options& options) {
  CLI::App* schema =
      add_command(app, "schema", "Print the manifest's grammar as a JSON Schema, for editors and CI.",
                  "Made from the tables that the reader walks: fields with types, limits, defaults and meaning "
                  "(draft-07; of each document of a manifest). An editor with yaml-language-server takes it where a "
                  "manifest's first line is\n"
                  "  # yaml-language-server: $schema=ballast.schema.json\n\n"
                  "It refuses nothing that `ballast validate` takes, but knows less: no references between documents, "
                  "no ranges of durations, and not what fields mean together.\n\n"
                  "Exit status: 0 printed, 2 error.\n"
                  "Example: ballast schema > ballast.schema.json");
  schema->add_flag("--markdown", options.markdown, "Print a reference of all fields for people instead");
}

std::optional<int> dispatch_manual(const CLI::App& app, const Options& options) {
  if (app.got_subcommand("schema")) return run_schema(options.markdown);
  return std::nullopt;
}

}  // namespace ballast
