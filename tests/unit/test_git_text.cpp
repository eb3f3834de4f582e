// What git prints is read strictly, and shown without harm to a terminal.
#include <string>

#include <doctest/doctest.h>

#include "controller/source/git_text.hpp"

using namespace ballast;
using namespace ballast::git;
using namespace std::string_literals;

namespace {

const std::string id_a(40, 'a');
const std::string id_b(40, 'b');

std::string entry(const std::string& mode, const std::string& type, const std::string& id, const std::string& size,
                  const std::string& name) {
  return mode + " " + type + " " + id + " " + std::string(7 - size.size(), ' ') + size + "\t" + name + "\0"s;
}

std::string file(const std::string& name, const std::string& size = "5", const std::string& id = id_a) {
  return entry("100644", "blob", id, size, name);
}

std::string names(const Listing& listing) {
  std::string text;
  for (const Blob& blob : listing.blobs) text += blob.name + " ";
  return text;
}

std::string problems(const Listing& listing) {
  std::string text;
  for (const Diagnostic& problem : listing.problems) text += problem.text() + "\n";
  return text;
}

}  // namespace

TEST_CASE("git text: what goes to a terminal has no controls and no half letters") {
  CHECK(printable("web: more members") == "web: more members");
  CHECK(printable("a\x1b[31mb\rc\x7f") == "a?[31mb?c?");
  CHECK(printable("a\xc2\x9b"
                  "31m") == "a??31m");
  CHECK(printable("gr\xc3\xbc\xc3\x9f"
                  "e") ==
        "gr\xc3\xbc\xc3\x9f"
        "e");
  CHECK(printable("\xc3\xbc\xc3\xbc", 3) == "\xc3\xbc...");
}

TEST_CASE("git text: the complaint is up to the fatal line, without hints") {
  CHECK(complaint("") == "");
  CHECK(complaint("fatal: unable to access 'https://x/': Could not resolve host: x\n") ==
        "fatal: unable to access 'https://x/': Could not resolve host: x");
  CHECK(complaint("warning: x\nhint: y\ngit@h: Permission denied (publickey).\r\nfatal: Could not read from remote "
                  "repository.\n\nPlease make sure you have the correct access rights\n") ==
        "git@h: Permission denied (publickey).; fatal: Could not read from remote repository.");
  CHECK(complaint(std::string(100000, 'x')).size() < 500);
}

TEST_CASE("git text: the reference that was asked for, and no other that ends like it") {
  const std::string output = id_b + "\trefs/remotes/o/refs/heads/main\n" + id_a + "\trefs/heads/main\n";
  CHECK(find_reference(output, "refs/heads/main") == id_a);
  CHECK_FALSE(find_reference(output, "refs/heads/other").has_value());
  CHECK_FALSE(find_reference("zz\trefs/heads/main\n", "refs/heads/main").has_value());
  CHECK_FALSE(find_reference("", "HEAD").has_value());
}

TEST_CASE("git text: a commit's revision") {
  const auto revision =
      read_revision(id_a + "\0Jane Doe\0jane@example.net\0"s + "1795262400\0web: \x1b[2Jone more\0"s + "\n");
  REQUIRE(revision.has_value());
  CHECK(revision->id == "aaaaaaaaaaaa");
  CHECK(revision->commit == id_a);
  CHECK(revision->author == "Jane Doe <jane@example.net>");
  CHECK(revision->subject == "web: ?[2Jone more");
  CHECK(revision->committed_at->time_since_epoch().count() == 1795262400);
  CHECK_FALSE(read_revision("").has_value());
  CHECK_FALSE(read_revision(id_a + "\0Jane\0j@x\0yesterday\0x\0"s).has_value());
  CHECK_FALSE(read_revision(id_a + "\0Jane\0"s).has_value());
}

TEST_CASE("git text: manifests of a listing, as files are read, in their order") {
  const std::string output = file("README.md") + file("web-x.yaml") + file("web.yaml") + file("web/b.yml") +
                             file("web/a.yaml") + file(".github/ci.yaml") + file("web/.hidden.yaml");
  CHECK(names(read_listing(output, "")) == "web/a.yaml web/b.yml web-x.yaml web.yaml ");
  CHECK(problems(read_listing(output, "")) == "");
  CHECK(names(read_listing(file("web/a.yaml") + file("web/b.yml"), "web")) == "web/a.yaml web/b.yml ");
  CHECK(names(read_listing(file("web.txt"), "web.txt")) == "web.txt ");
  CHECK(names(read_listing(file(".lb/web.yaml"), ".lb")) == ".lb/web.yaml ");
}

TEST_CASE("git text: links and submodules are refused, not passed over") {
  const std::string link = entry("120000", "blob", id_a, "9", "lb/current");
  CHECK(problems(read_listing(link + file("lb/a.yaml"), "lb")) ==
        "lb/current: a symbolic link, which is not followed in a repository; put the files here\n");
  CHECK(problems(read_listing(entry("120000", "blob", id_a, "9", "web.yaml"), "")).find("symbolic link") !=
        std::string::npos);
  CHECK(problems(read_listing(entry("120000", "blob", id_a, "9", "README.md") + file("a.yaml"), "")) == "");
  CHECK(problems(read_listing(entry("120000", "blob", id_a, "9", "lb"), "lb")).find("symbolic link") !=
        std::string::npos);
  CHECK(problems(read_listing(entry("160000", "commit", id_a, "-", "sub") + file("a.yaml"), "")).find("submodule") !=
        std::string::npos);
}

TEST_CASE("git text: nothing there, or too much") {
  CHECK(problems(read_listing("", "lb")) == "the commit has no 'lb'\n");
  CHECK(problems(read_listing(file("lb/notes"), "lb")) == "'lb' has no *.yaml or *.yml file in this commit\n");
  CHECK(problems(read_listing("", "")) == "the commit has no *.yaml or *.yml file\n");
  CHECK(problems(read_listing("100644 blob " + id_a + " 99999999\ta.yaml\0"s, "")).find("larger than 32 MiB") !=
        std::string::npos);
  std::string many;
  for (int i = 0; i < 10001; ++i) many += file(std::to_string(i) + ".yaml");
  CHECK(read_listing(many, "").blobs.empty());
  CHECK(problems(read_listing(many, "")).find("--path") != std::string::npos);
}

TEST_CASE("git text: garbage in a listing does no harm") {
  for (const std::string& text : {"x"s, "\0\0\0"s, "100644 blob"s, "100644 blob  \ta.yaml\0"s, "\t\0"s, "lb\0"s}) {
    CAPTURE(text);
    CHECK(read_listing(text, "lb").blobs.empty());
    CHECK(read_listing(text, "").blobs.empty());
  }
}

TEST_CASE("git text: blobs, whatever is in them") {
  const std::string a = "kind: Pool\n";
  const std::string b = id_a + " blob 3\nxyz\n";
  const std::vector<Blob> blobs = {{id_a, "a.yaml", a.size()}, {id_b, "b\x1b.yaml", b.size()}};
  const std::string output = id_a + " blob " + std::to_string(a.size()) + "\n" + a + "\n" + id_b + " blob " +
                             std::to_string(b.size()) + "\n" + b + "\n";
  const auto texts = read_blobs(output, blobs);
  REQUIRE(texts.has_value());
  CHECK((*texts)[0].name == "a.yaml");
  CHECK((*texts)[0].text == a);
  CHECK((*texts)[1].name == "b?.yaml");
  CHECK((*texts)[1].text == b);
  CHECK(output.size() <= batch_bytes(blobs));
  CHECK_FALSE(read_blobs(output + "x", blobs).has_value());
  CHECK_FALSE(read_blobs(output.substr(0, output.size() - 1), blobs).has_value());
  CHECK_FALSE(read_blobs(id_a + " missing\n", blobs).has_value());
}
