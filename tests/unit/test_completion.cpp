// What is offered for a command line that is being typed. That the shells show it is for tests/lab/test_completion.sh.
#include <doctest/doctest.h>

#include "controller/manual/completion.hpp"

namespace ballast {
namespace {

using Words = std::vector<std::string>;

struct Program {
  Program() {
    CLI::App* diff = app.add_subcommand("diff", "Print what apply would change. Changes nothing.");
    diff->add_option("-f,--file", paths, "A file (or several)")->type_name("PATH")->allow_extra_args(false);
    diff->add_option("-o,--output", text, "How")->type_name("FORMAT")->check(CLI::IsMember({"text", "json"}));
    diff->add_option("--state-dir", text, "Where")->type_name("DIR");
    diff->add_flag("--absent", flag, "Accept it: nothing");
    CLI::App* member = app.add_subcommand("member", "Take a real server out.");
    member->add_option("state", text, "How")->type_name("STATE")->check(CLI::IsMember({"drain", "down"}));
    member->add_option("member", text, "Which")->type_name("ADDRESS[:PORT]");
    member->add_option("--pool", text, "Where")->type_name("POOL");
    member->add_option("--state-dir", text, "Where")->type_name("DIR");
    CLI::App* status = app.add_subcommand("status", "Show it.");
    status->add_option("--watch", text, "Again")->type_name("[SECONDS]")->expected(0, 1);
    status->add_option("service", text, "Only this")->type_name("SERVICE");
    CLI::App* import = app.add_subcommand("import", "Turn it into a manifest.");
    import->add_subcommand("keepalived", "Of keepalived.")->add_option("file", paths, "Files")->type_name("FILE");
  }

  Words of(const Words& words) {
    const Completion completion = complete(app, words, [this](const std::string& state_dir) {
      asked.push_back(state_dir);
      return KnownNames{{"web", "db"}, {"front"}, {"nginx"}, {"10.0.0.1", "10.0.0.2", "2001:db8::1"}, {}};
    });
    Words found;
    for (const Candidate& each : completion.candidates) found.push_back(each.word);
    if (completion.paths == Paths::files) found.push_back("FILES");
    if (completion.paths == Paths::directories) found.push_back("DIRECTORIES");
    return found;
  }

  CLI::App app{"about", "ballast"};
  Words paths;
  std::string text;
  bool flag = false;
  Words asked;  ///< state directories of controllers
};

TEST_CASE("completion: commands, and commands of commands") {
  Program program;
  CHECK(program.of({""}) == Words{"diff", "member", "status", "import"});
  CHECK(program.of({"d"}) == Words{"diff"});
  CHECK(program.of({"x"}).empty());
  CHECK(program.of({"x", ""}).empty());
  CHECK(program.of({}) == program.of({""}));
  CHECK(program.of({"import", ""}) == Words{"keepalived"});
  CHECK(program.of({"import", "keepalived", ""}) == Words{"FILES"});
  CHECK(program.of({"import", "keepalived", "a.conf", ""}) == Words{"FILES"});
}

TEST_CASE("completion: options that are not given yet, or may be given again") {
  Program program;
  CHECK(program.of({"diff", "-"}) == Words{"--help", "--file", "--output", "--state-dir", "--absent"});
  CHECK(program.of({"diff", "--absent", "-o", "json", "-f", "x", "--"}) == Words{"--help", "--file", "--state-dir"});
  CHECK(program.of({"diff", "--f"}) == Words{"--file"});
  CHECK(program.of({"diff", "--", "-"}).empty());
  CHECK(program.of({"--"}) == Words{"--help"});
}

TEST_CASE("completion: values of options") {
  Program program;
  CHECK(program.of({"diff", "-o", ""}) == Words{"text", "json"});
  CHECK(program.of({"diff", "--output", "j"}) == Words{"json"});
  CHECK(program.of({"diff", "--output=j"}) == Words{"--output=json"});
  CHECK(program.of({"diff", "-f", ""}) == Words{"FILES"});
  CHECK(program.of({"diff", "--file=x"}) == Words{"FILES"});
  CHECK(program.of({"diff", "--state-dir", ""}) == Words{"DIRECTORIES"});
  CHECK(program.of({"diff", "--absent=x"}).empty());
  CHECK(program.of({"diff", "--unknown", ""}).empty());
}

TEST_CASE("completion: what stands at its place, with names that the controller knows") {
  Program program;
  CHECK(program.of({"member", ""}) == Words{"drain", "down"});
  CHECK(program.asked.empty());
  CHECK(program.of({"member", "drain", "10."}) == Words{"10.0.0.1", "10.0.0.2"});
  CHECK(program.of({"member", "drain", "2001:"}) == Words{"2001:db8::1"});
  CHECK(program.of({"member", "--pool=n"}) == Words{"--pool=nginx"});
  CHECK(program.of({"member", "drain", "10.0.0.1", ""}).empty());
  CHECK(program.of({"status", "--watch", "w"}) == Words{"web"});
  CHECK(program.asked == Words{"", "", "", ""});
  CHECK(program.of({"member", "--state-dir", "/a", "--state-dir=/b", "drain", "x"}).empty());
  CHECK(program.asked.back() == "/b");
}

TEST_CASE("completion: a candidate comes with the beginning of what it means") {
  Program program;
  const AskNames nobody = [](const std::string&) { return KnownNames{}; };
  CHECK(completion_text(complete(program.app, {"d"}, nobody)) == "none\ndiff\tPrint what apply would change\n");
  CHECK(completion_text(complete(program.app, {"diff", "--a"}, nobody)) == "none\n--absent\tAccept it\n");
  CHECK(completion_text(complete(program.app, {"diff", "-f", ""}, nobody)) == "files\n");
}

}  // namespace
}  // namespace ballast
