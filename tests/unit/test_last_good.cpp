// The last good manifest on disk: whole or not at all, for the owner only.
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "controller/source/last_good.hpp"
#include "tests/unit/folder.hpp"

using namespace ballast;
using namespace std::string_literals;

namespace {

LastGood good() {
  LastGood manifest;
  manifest.source = "git\nhttps://git.example.net/lb.git\nmain\n";
  manifest.revision.id = "0123456789ab";
  manifest.revision.read_at =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1795262400123));
  manifest.revision.commit = "0123456789abcdef";
  manifest.revision.author = "Jane \"J\" Doe <jane@example.net>";
  manifest.revision.subject = "web: one more";
  manifest.revision.committed_at = std::chrono::sys_seconds(std::chrono::seconds(1795262399));
  manifest.texts = {{"a.yaml", "one\ntwo\n"}, {"empty.yaml", ""}, {"b.yaml", "\0\xff{\n"s}};
  return manifest;
}

bool equal(const LastGood& a, const LastGood& b) {
  return encode(a) == encode(b);
}

}  // namespace

TEST_CASE("last good: comes back as it was") {
  const auto back = decode_last_good(encode(good()));
  REQUIRE(back.has_value());
  CHECK(equal(*back, good()));
  CHECK(back->texts[2].text == good().texts[2].text);
  CHECK(back->revision.committed_at == good().revision.committed_at);
  LastGood files = good();
  files.revision.committed_at.reset();
  CHECK_FALSE(decode_last_good(encode(files))->revision.committed_at.has_value());
}

TEST_CASE("last good: any change and any cut is noticed") {
  const std::string whole = encode(good());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    CHECK(decode_last_good(whole.substr(0, i)).has_error());
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK(decode_last_good(changed).has_error());
  }
  CHECK(decode_last_good("ballast-last-good-2 x\n").error().text == "another version of ballast has written it");
}

TEST_CASE("last good: kept durably, in a folder and a file for the owner only") {
  const ballast::testing::Folder folder("last-good");
  const std::string cache = folder.path("deep/cache");
  std::string complaints;
  {
    LastGoodStore store(cache, [&](const std::string& text) { complaints += text; });
    CHECK_FALSE(store.load()->has_value());
    LastGood other = good();
    other.revision.id = "ffffffffffff";
    store.save(other);
    store.save(good());
  }
  const LastGoodStore store(cache, [&](const std::string& text) { complaints += text; });
  const auto back = store.load();
  REQUIRE(back.has_value());
  REQUIRE(back->has_value());
  CHECK(equal(**back, good()));
  struct stat status {};
  REQUIRE(::stat((cache + "/last-good").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(::stat(cache.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  std::ofstream(cache + "/last-good", std::ios::app) << "x";
  CHECK(store.load().error().text == cache + "/last-good: it is damaged");
  CHECK(complaints.empty());
}

TEST_CASE("last good: a folder that cannot be made is said once") {
  const ballast::testing::Folder folder("last-good");
  folder.write("file", "");
  int complaints = 0;
  {
    LastGoodStore store(folder.path("file/cache"), [&](const std::string& text) {
      CHECK(text.find("is not kept for the next start") != std::string::npos);
      ++complaints;
    });
    CHECK_FALSE(store.load()->has_value());
    store.save(good());
  }
  CHECK(complaints == 1);
}
