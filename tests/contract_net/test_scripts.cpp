// Which scripts may be trusted, and which processes run.
#include <csignal>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract_net/lab.hpp"
#include "drivers/processes.hpp"
#include "drivers/script_security.hpp"

namespace ballast::test {
namespace {

const User root{"root", 0, 0, {0}};
const User nobody{"nobody", 65534, 65534, {65534}};

/// A directory of root with a script in it.
class Folder {
 public:
  Folder() {
    char name[] = "/run/ballast-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
    chmod(name, 0755);
    std::ofstream(path + "/check.sh") << "#!/bin/sh\n";
    chmod(script().c_str(), 0755);
  }
  ~Folder() { run("rm -r " + path); }
  [[nodiscard]] std::string script() const { return path + "/check.sh"; }
  std::string path;
};

std::string why(const std::string& script, const User& user) {
  const auto result = check_script_security(script, user);
  return result.has_error() ? result.error().text : "";
}

}  // namespace

TEST_CASE("script security: root's script in root's directories is trusted") {
  const Folder folder;
  CHECK(why(folder.script(), root).empty());
  CHECK(why(folder.script(), nobody).empty());
  CHECK(why(folder.path + "/./../" + folder.path.substr(5) + "//check.sh", nobody).empty());
  CHECK(why("/bin/sh", nobody).empty());  // /bin is a link
}

TEST_CASE("script security: what others could write is refused, and the text says what and why") {
  const Folder folder;
  const std::string script = folder.script();
  const std::string refused = "script " + script + " is refused: ";
  chmod(script.c_str(), 0757);
  CHECK(why(script, root) == refused + script + " can be written by everybody (chmod o-w " + script + ")");
  chmod(script.c_str(), 0775);
  CHECK(why(script, root).empty());  // group root
  CHECK(chown(script.c_str(), 0, 65534) == 0);
  CHECK(why(script, root) == refused + script + " can be written by group 65534 (chmod g-w " + script + ")");
  CHECK(chown(script.c_str(), 65534, 0) == 0);
  CHECK(why(script, root) ==
        refused + script + " belongs to user 65534, who could change it (chown root " + script + ")");
  CHECK(why(script, nobody).empty());
  CHECK(chown(script.c_str(), 0, 0) == 0);
  chmod(folder.path.c_str(), 0777);
  CHECK(why(script, root) == refused + folder.path + " can be written by everybody (chmod o-w " + folder.path + ")");
  chmod(folder.path.c_str(), 01777);
  CHECK(why(script, root).empty());
}

TEST_CASE("script security: a symbolic link is followed, and every place on its way is looked at") {
  const Folder folder;
  const Folder other;
  const std::string link = folder.path + "/link";
  CHECK(symlink((other.path + "/check.sh").c_str(), link.c_str()) == 0);
  CHECK(why(link, root).empty());
  chmod(other.path.c_str(), 0777);
  CHECK(why(link, root) == "script " + link + " is refused: " + other.path +
                               " can be written by everybody (chmod o-w " + other.path + ")");
  const std::string loop = folder.path + "/loop";
  CHECK(symlink("loop", loop.c_str()) == 0);
  CHECK(why(loop, root) == "script " + loop + " is refused: too many symbolic links");
}

TEST_CASE("script security: what the user cannot run is refused") {
  const Folder folder;
  const std::string script = folder.script();
  const std::string refused = "script " + script + " is refused: ";
  chmod(script.c_str(), 0744);
  CHECK(why(script, nobody) == refused + "user nobody may not execute " + script);
  CHECK(why(script, root).empty());
  chmod(script.c_str(), 0644);
  CHECK(why(script, root) == refused + "user root may not execute " + script);
  chmod(script.c_str(), 0755);
  chmod(folder.path.c_str(), 0700);
  CHECK(why(script, nobody) == refused + "user nobody may not enter " + folder.path);
  CHECK(why(folder.path, root) == "script " + folder.path + " is refused: it is no file");
  CHECK(why(folder.path + "/none", root).find("no such file or directory (ENOENT)") != std::string::npos);
  CHECK(why(script + "/more", root).find("is no directory") != std::string::npos);
  CHECK(why("check.sh", root) == "script check.sh is refused: give its whole path, from /");
  CHECK(why("", root).find("give its whole path") != std::string::npos);
}

TEST_CASE("processes: by command name or by the last part of the program's path") {
  using namespace std::string_view_literals;
  CHECK(is_process_name("nginx", "nginx\n", "nginx: master process\0"sv));
  CHECK(is_process_name("haproxy", "worker\n", "/usr/sbin/haproxy\0-f\0x"sv));
  CHECK(is_process_name("/usr/sbin/haproxy", "worker\n", "/usr/sbin/haproxy\0"sv));
  CHECK(is_process_name("a-very-long-program", "a-very-long-pro\n", "/opt/a-very-long-program\0"sv));
  CHECK_FALSE(is_process_name("nginx", "nginx-debug\n", "/usr/sbin/nginx-debug\0"sv));
  CHECK_FALSE(is_process_name("haproxy", "sh\n", "/bin/sh\0haproxy\0"sv));
  CHECK_FALSE(is_process_name("", "\n", ""));
}

TEST_CASE("processes: counted while they run, zombies not") {
  const Folder folder;
  const std::string program = folder.path + "/ballast-sleeper";
  run("cp /bin/sleep " + program);
  CHECK(*count_processes("ballast-sleeper") == 0);
  ChildOptions options;
  options.argv = {program, "1000"};
  auto first = Child::start(options);
  auto second = Child::start(options);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(*count_processes("ballast-sleeper") == 2);
  second->kill_group(SIGKILL);
  REQUIRE(readable(second->descriptor()));
  CHECK(*count_processes("ballast-sleeper") == 1);  // the other is not reaped yet
  CHECK(*count_processes("doctest-no-such-process") == 0);
  CHECK(count_processes("x", "/nowhere").error().text ==
        "read the processes in /nowhere: no such file or directory (ENOENT)");
}

}  // namespace ballast::test
