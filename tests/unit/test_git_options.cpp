// What `ballast run --git` takes, refuses, and shows of itself.
#include <string>

#include <doctest/doctest.h>

#include "controller/source/git_options.hpp"
#include "model/duration.hpp"

using namespace ballast;
using namespace std::chrono_literals;

namespace {

GitOptions of(const std::string& url) {
  GitOptions options;
  options.url = url;
  return options;
}

std::string why(const GitOptions& options) {
  const auto good = check(options);
  return good ? "" : good.error().text;
}

std::string why_branch(const std::string& branch) {
  GitOptions options = of("https://git.example.net/lb.git");
  options.branch = branch;
  return why(options);
}

std::string why_path(const std::string& path) {
  GitOptions options = of("https://git.example.net/lb.git");
  options.path = path;
  return why(options);
}

}  // namespace

TEST_CASE("git: URLs that are taken") {
  for (const char* url :
       {"https://git.example.net/lb.git", "http://10.0.0.1:8080/lb.git", "ssh://git@git.example.net:2222/lb.git",
        "git://git.example.net/lb", "file:///srv/lb.git", "/srv/with a blank/lb.git", "git@git.example.net:ops/lb.git",
        "git.example.net:lb", "git@[2001:db8::1]:lb.git", "https://user:secret@git.example.net/lb.git"}) {
    CAPTURE(url);
    CHECK(why(of(url)).empty());
  }
}

TEST_CASE("git: a URL that is an option, a command or nothing is refused") {
  CHECK(why(of("")) == "--git: the URL is empty");
  CHECK(why(of("--upload-pack=touch /x")) == "--git '--upload-pack=touch /x': a URL does not begin with '-'");
  CHECK(why(of("ext::sh -c touch% /x")) ==
        "--git 'ext::sh -c touch% /x': remote helpers are not taken; use https:// or ssh://");
  CHECK(why(of("ftp://host/x")) == "--git 'ftp://host/x': expected https://, ssh://, http://, git:// or file://");
  CHECK(why(of("lb.git")).find("expected a URL like") != std::string::npos);
  CHECK(why(of("./a:b")).find("expected a URL like") != std::string::npos);
  CHECK(why(of("https://host/\n")).find("control characters") != std::string::npos);
}

TEST_CASE("git: branches and paths that would be something else are refused") {
  for (const char* branch : {"", "main", "release/1.2", "über"}) {
    CAPTURE(branch);
    CHECK(why_branch(branch).empty());
  }
  for (const char* branch :
       {"-f", "a b", "a..b", "a:b", "a*", "/a", "a/", "a//b", "a.lock", "a@{1}", "refs/heads/main"}) {
    CAPTURE(branch);
    CHECK_FALSE(why_branch(branch).empty());
  }
  for (const char* path : {"", ".", "lb", "./lb/", "lb/one.yaml", "a b"}) {
    CAPTURE(path);
    CHECK(why_path(path).empty());
  }
  for (const char* path : {"-r", "/etc", "../x", "a/../../x", "a\tb"}) {
    CAPTURE(path);
    CHECK_FALSE(why_path(path).empty());
  }
  GitOptions often = of("/srv/lb.git");
  often.interval = 500ms;
  CHECK(why(often) == "--interval must be 1s..24h");
}

TEST_CASE("git: passwords and tokens are shown to nobody") {
  CHECK(public_url("https://jane:secret@git.example.net/lb.git") == "https://jane:***@git.example.net/lb.git");
  CHECK(public_url("https://token@git.example.net/token.git") == "https://***@git.example.net/token.git");
  CHECK(public_url("ssh://git@git.example.net/lb.git") == "ssh://git@git.example.net/lb.git");
  CHECK(public_url("git@git.example.net:lb.git") == "git@git.example.net:lb.git");
  CHECK(public_url("https://git.example.net/a@b") == "https://git.example.net/a@b");
  CHECK(without_secrets("fatal: unable to access 'https://jane:secret@git.example.net/lb.git/': no",
                        "https://jane:secret@git.example.net/lb.git") ==
        "fatal: unable to access 'https://jane:***@git.example.net/lb.git/': no");
  CHECK(why(of("ftp://jane:secret@host/x")).find("secret") == std::string::npos);
}

TEST_CASE("git: the source in words, and its path as git has it") {
  GitOptions options = of("https://git.example.net/lb.git");
  CHECK(text_of(options) == "https://git.example.net/lb.git");
  options.branch = "main";
  options.path = "./cluster//east/";
  CHECK(repository_path(options) == "cluster/east");
  CHECK(text_of(options) == "https://git.example.net/lb.git main cluster/east");
}

TEST_CASE("durations: as manifests and the command line write them") {
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("1m30s") == 90s);
  CHECK(parse_duration("500ms") == 500ms);
  for (const char* text : {"", "30", "s", "1.5s", "30 s", "-1s", "1d", "99999999999999h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
  CHECK(duration_text(90s) == "90s");
  CHECK(duration_text(1500ms) == "1500ms");
  CHECK(duration_text(2h) == "2h");
}
