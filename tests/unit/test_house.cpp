// The house keeps its order: who may include whom, and how long a file may be.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>> may_include = {
    {"model", {"model"}},
    {"drivers", {"model", "drivers"}},
    {"reconcilers", {"model", "drivers", "reconcilers"}},
    {"controller", {"model", "drivers", "reconcilers", "controller"}},
};

template <class Visit>
void for_each_line(const std::string& folder, Visit visit) {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(BALLAST_SOURCE_DIR) / folder)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".cpp" && path.extension() != ".hpp") continue;
    std::ifstream file(path);
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) visit(path.string(), number, line);
  }
}

/// Of an include of this project's, however it is written; empty of others.
std::string folder_of(const std::string& line) {
  static const std::regex include(
      R"(^\s*#\s*include\s*(?:"([^"/]+)/|<(model|drivers|reconcilers|controller|tests|fakes|\.\.?)/))");
  std::smatch match;
  if (!std::regex_search(line, match, include)) return {};
  return match[1].matched ? match[1].str() : match[2].str();
}

}  // namespace

TEST_CASE("house: an include is seen however it is written") {
  CHECK(folder_of("#include \"drivers/ipvs.hpp\"") == "drivers");
  CHECK(folder_of("#include \"../drivers/ipvs.hpp\"") == "..");
  CHECK(folder_of("# include <controller/node.hpp>") == "controller");
  CHECK(folder_of("#include <vector>").empty());
  CHECK(folder_of("#include <netlink/attr.h>").empty());
}

TEST_CASE("house: includes point one way, model <- drivers <- reconcilers <- controller") {
  for (const auto& [folder, allowed] : may_include) {
    for_each_line(folder, [&, &allowed_here = allowed](const std::string& path, int number, const std::string& line) {
      const std::string included = folder_of(line);
      if (included.empty()) return;
      CAPTURE(path);
      CAPTURE(number);
      CHECK(allowed_here.contains(included));
    });
  }
}

TEST_CASE("house: the model knows no kernel, no clock and no logging; reconcilers see the kernel through one header") {
  const std::regex outside(R"(#\s*include\s+<(linux/|netlink/|sys/socket|unistd|spdlog|time\.h))");
  for_each_line("model", [&](const std::string& path, int number, const std::string& line) {
    CAPTURE(path);
    CAPTURE(number);
    CHECK_FALSE(std::regex_search(line, outside));
    CHECK(line.find("_clock::now") == std::string::npos);
  });
  for_each_line("reconcilers", [](const std::string& path, int number, const std::string& line) {
    if (line.find("#include \"drivers/") == std::string::npos) return;
    CAPTURE(path);
    CAPTURE(number);
    CHECK(line.find("drivers/kernel.hpp") != std::string::npos);
  });
}

TEST_CASE("house: no file grows beyond 400 lines") {
  for (const auto& [folder, allowed] : may_include) {
    for_each_line(folder, [](const std::string& path, int number, const std::string&) {
      if (number != 401) return;
      FAIL_CHECK(path);
    });
  }
}
