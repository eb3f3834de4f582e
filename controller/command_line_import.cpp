#include "controller/options.hpp"

namespace ballast {

void add_import(CLI::App& app, Options& options) {
  CLI::App* import =
      add_command(app, "import", "Turn the configuration of keepalived or ipvsadm into a manifest.",
                  "The manifest goes to stdout. What has no counterpart, or means something else, goes to stderr with "
                  "its line, and into the manifest's first comment. Nothing is touched.\n\n"
                  "Exit status: 0 all is carried over, 1 with remarks, 2 error.\n"
                  "Example: ballast import keepalived /etc/keepalived/keepalived.conf > cluster.yaml");
  import->require_subcommand(1);

  CLI::App* keepalived =
      add_command(*import, "keepalived", "keepalived.conf of one node or of several, as one manifest.",
                  "Several nodes' files become one manifest with all routers, and where they contradict one another is "
                  "told. --node is also the id of @conditions. Values that keepalived repairs silently are repaired "
                  "alike, and told of. The manifest holds the passwords that the files hold.\n\n"
                  "Exit status: 0 all carried over, 1 carried over with remarks, 2 error: unreadable, or braces that "
                  "do not match.\n"
                  "Examples: ballast import keepalived keepalived.conf --node lvs-128\n"
                  "          ballast import keepalived --node lvs-128=a.conf --node lvs-129=b.conf > cluster.yaml");
  keepalived->add_option("file", options.import.files, "Configuration files of one node, or '-' for the standard input")
      ->type_name("FILE");
  keepalived
      ->add_option("--node", options.import.nodes,
                   "The node's name in the manifest (default: the host name); or NAME=FILE, once for each node's file")
      ->type_name("NAME[=FILE]")
      ->allow_extra_args(false);
  options.add_output(*keepalived, "text", "text, or json: the manifest with all remarks");

  CLI::App* ipvsadm =
      add_command(*import, "ipvsadm", "Rules of `ipvsadm -Sn`, as a manifest of one node.",
                  "Applied where the rules are loaded, it takes ownership of them and changes nothing. ipvsadm -Sn "
                  "saves no thresholds (-x, -y): where some are set, `ballast get` reads them from the kernel.\n\n"
                  "Exit status: 0 all carried over, 1 something was left out, 2 error: unreadable, or no rules.\n"
                  "Example: ipvsadm -Sn | ballast import ipvsadm --node lvs-128 > cluster.yaml");
  ipvsadm->add_option("file", options.import.files, "A file of rules (default: '-', the standard input)")
      ->type_name("FILE")
      ->expected(0, 1);
  ipvsadm->add_option("--node", options.import.nodes, "The node's name in the manifest (default: the host name)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  options.add_output(*ipvsadm, "yaml", "yaml or json");
}

std::optional<int> dispatch_import(const CLI::App& app, Options& options) {
  if (!app.got_subcommand("import")) return std::nullopt;
  options.import.json = options.output == "json";
  const CLI::App* import = app.get_subcommand("import");
  return import->got_subcommand("keepalived") ? run_import_keepalived(options.import)
                                              : run_import_ipvsadm(options.import);
}

}  // namespace ballast
