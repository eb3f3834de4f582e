// What people see who mistype a command or an option, or ask for help.
#include <sstream>

#include <doctest/doctest.h>

#include "controller/usage.hpp"
#include "model/origin.hpp"

namespace ballast {
namespace {

struct CommandLine {
  CommandLine() {
    app.formatter(std::make_shared<HelpFormatter>());
    CLI::App* diff = app.add_subcommand("diff", "Print what apply would change.");
    app.add_subcommand("apply", "Make the kernel what the manifest wants.");
    diff->add_option("-f,--file", path,
                     "A file, a directory (all *.yaml and *.yml below it, in name order) or '-' for the standard "
                     "input; may be given several times, and this goes on for a while")
        ->required();
    diff->add_option("--node", path, "This machine's name");
  }
  CLI::App app{"about", "ballast"};
  std::string path;
};

TEST_CASE("usage: a mistyped command is named with a guess") {
  const CommandLine line;
  CHECK(mistyped(line.app, {"dif", "-f", "x"}) == "unknown command 'dif'; did you mean 'diff'?");
  CHECK(mistyped(line.app, {"aplpy"}) == "unknown command 'aplpy'; did you mean 'apply'?");
  CHECK(mistyped(line.app, {"frobnicate"}) == "unknown command 'frobnicate'");
}

TEST_CASE("usage: a mistyped option is named with a guess") {
  const CommandLine line;
  CHECK(mistyped(line.app, {"diff", "--fiel=x"}) == "unknown option '--fiel' of diff; did you mean '--file'?");
  CHECK(mistyped(line.app, {"diff", "-f", "x", "--frobnicate"}) == "unknown option '--frobnicate' of diff");
  CHECK(mistyped(line.app, {"diff", "--node", "a"}).empty());
}

TEST_CASE("usage: without a command all of them are named") {
  const CommandLine line;
  CHECK(mistyped(line.app, {}).starts_with("which command? One of: "));
}

TEST_CASE("usage: an option that is given twice is named") {
  CommandLine line;
  CHECK_THROWS(line.app.parse("diff -f x --node a --node b"));
  CHECK(mistyped(line.app, {"diff", "-f", "x", "--node", "a", "--node", "b"}) ==
        "--node is given 2 times; it can be given once");
}

TEST_CASE("usage: a manifest that stands alone wants -f") {
  const CommandLine line;
  CHECK(mistyped(line.app, {"diff", "cluster.yaml"}) ==
        "'cluster.yaml' stands alone; a manifest is given with -f: ballast diff -f cluster.yaml");
}

TEST_CASE("usage: of a command that has commands of its own, that one is named") {
  CLI::App app("about", "ballast");
  CLI::App* import = app.add_subcommand("import", "");
  import->add_subcommand("keepalived", "")->add_flag("--node");
  import->add_subcommand("ipvsadm", "");
  CHECK(mistyped(app, {"import"}) == "import of what? One of: keepalived, ipvsadm");
  CHECK(mistyped(app, {"import", "keepalivd"}) == "unknown command 'keepalivd'; did you mean 'keepalived'?");
  CHECK(mistyped(app, {"import", "keepalived", "--nod"}) ==
        "unknown option '--nod' of keepalived; did you mean '--node'?");
  CHECK(mistyped(app, {"import", "keepalived", "x"}).empty());
}

TEST_CASE("usage: help fits 96 columns and loses no word") {
  const CommandLine line;
  const std::string help = line.app.get_subcommand("diff")->help();
  std::istringstream lines(help);
  std::string words;
  for (std::string one; std::getline(lines, one);) {
    CAPTURE(one);
    CHECK(one.size() <= 96);
    words += one.substr(std::min(one.find_first_not_of(' '), one.size())) + " ";
  }
  CHECK(words.find("in name order) or '-' for the standard input; may be given several times, and this goes on for a "
                   "while") != std::string::npos);
}

TEST_CASE("suggestions: two letters in the wrong order are one mistake") {
  CHECK(nearest("prot", {"protocol", "port", "pool"}) == "port");
  CHECK(nearest("shceduler", {"scheduler", "schedulerFlags"}) == "scheduler");
  CHECK(nearest("TPC", {"TCP", "UDP", "SCTP"}) == "TCP");
  CHECK(nearest("xyz", {"TCP", "UDP", "SCTP"}).empty());
}

}  // namespace
}  // namespace ballast
