// Files of the command line: what is read, in which order, and what is said of what cannot be read.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "controller/node.hpp"
#include "controller/source/files.hpp"
#include "tests/unit/folder.hpp"

namespace {

using namespace ballast;
using ballast::testing::Folder;
namespace fs = std::filesystem;

std::string names(const SourceFiles& files, const Folder& folder) {
  std::string all;
  for (const SourceText& text : files.texts) all += text.name.substr(folder.path("").size()) + " ";
  return all;
}

}  // namespace

TEST_CASE("files: a directory is read recursively, in name order, without hidden names and other suffixes") {
  const Folder folder("files");
  for (const char* name : {"b.yaml", "a.yml", "sub/c.yaml", "notes.txt", ".git/d.yaml", "..data/e.yaml"}) {
    folder.write(name, "x");
  }
  const SourceFiles files = read_files({folder.path("")});
  CHECK(names(files, folder) == "a.yml b.yaml sub/c.yaml ");
  CHECK(files.problems.empty());
}

TEST_CASE("files: a mounted ConfigMap's links are followed, and a loop of links ends") {
  const Folder folder("files");
  folder.write("..2026/web.yaml", "x");
  fs::create_directory_symlink("..2026", folder.path("..data"));
  fs::create_symlink("..data/web.yaml", folder.path("web.yaml"));
  CHECK(names(read_files({folder.path("")}), folder) == "web.yaml ");

  fs::create_directory_symlink(".", folder.path("loop"));
  const SourceFiles looping = read_files({folder.path("")});
  REQUIRE_FALSE(looping.problems.empty());
  CHECK(looping.problems[0].message.find("is it a loop of links?") != std::string::npos);
}

TEST_CASE("files: what cannot be read is said with its path, and the rest is read") {
  const Folder folder("files");
  folder.write("good.yaml", "x");
  fs::create_directory(folder.path("empty"));
  const SourceFiles files = read_files({folder.path("empty"), folder.path("absent.yaml"), folder.path("good.yaml")});
  CHECK(names(files, folder) == "good.yaml ");
  REQUIRE(files.problems.size() == 2);
  CHECK(files.problems[0].message == folder.path("empty") + ": the directory has no *.yaml or *.yml file");
  CHECK(files.problems[1].message ==
        folder.path("absent.yaml") + ": cannot read it: no such file or directory (ENOENT)");
}

TEST_CASE("files: a file of 50 MB is refused without being kept") {
  const Folder folder("files");
  folder.write("big.yaml", "");
  fs::resize_file(folder.path("big.yaml"), std::uintmax_t{50} << 20);
  const SourceFiles files = read_files({folder.path("big.yaml")});
  CHECK(files.texts.empty());
  REQUIRE(files.problems.size() == 1);
  CHECK(files.problems[0].message ==
        folder.path("big.yaml") + ": larger than 32 MiB, which is the most that one manifest file may have; split it");
}

TEST_CASE("files: an empty manifest is called empty") {
  const Folder folder("files");
  folder.write("empty.yaml", " \n\n");
  const ReadOutcome outcome = load_manifest({folder.path("empty.yaml")});
  REQUIRE(outcome.diagnostics.size() == 1);
  CHECK(outcome.diagnostics[0].text().starts_with("the manifest is empty; "));
}

TEST_CASE("files: a manifest that names no node, or not this one, is an error and not an empty wish") {
  const Folder folder("files");
  folder.write("pool.yaml", "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\nspec: {members: []}\n");
  const ReadOutcome outcome = load_manifest({folder.path("pool.yaml")});
  REQUIRE(outcome.diagnostics.size() == 1);
  CHECK(outcome.diagnostics[0].text().starts_with("the manifest names no node: nothing would be done anywhere ("));

  folder.write(
      "node.yaml",
      "apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: s}\nspec: {nodes: [lvs-128], values: {a.b: 1}}\n");
  const ReadOutcome named = load_manifest({folder.path("node.yaml")});
  REQUIRE(named.diagnostics.empty());
  NodeOptions options;
  options.node = "lvs-129";
  const auto missing = find_node(named.manifest, options);
  REQUIRE(missing.has_error());
  CHECK(missing.error().text ==
        "no document names node 'lvs-129' (did you mean 'lvs-128'?); the manifest knows lvs-128. Say which one this "
        "machine "
        "is with --node NAME, or give --absent to remove from it everything that Ballast made");
  options.absent = true;
  CHECK(find_node(named.manifest, options).value() == "lvs-129");
}
