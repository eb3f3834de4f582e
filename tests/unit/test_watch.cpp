// When a change of manifest files is told: once it has settled, however the files are replaced, and for no other files.
#include <chrono>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "controller/source/watch.hpp"
#include "tests/unit/folder.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;
using ballast::testing::Folder;
namespace fs = std::filesystem;

/// Longer than what a change settles in, and far below what a writer that has stopped is waited for.
constexpr auto a_while = 700ms;

class Watched {
 public:
  explicit Watched(const std::string& path) : watch_(loop_, {path}, [this] { told_ = true; }) {
    const auto started = watch_.start();
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().text));
  }

  /// Whether a change is told; a busy machine has time.
  bool tells() { return run_for(20s); }
  bool keeps_quiet() { return !run_for(a_while); }

 private:
  bool run_for(std::chrono::milliseconds limit) {
    told_ = false;
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!told_ && loop_.run_one_until(end) > 0) {
    }
    return told_;
  }

  boost::asio::io_context loop_{1};
  bool told_ = false;
  FileWatch watch_;
};

}  // namespace

TEST_CASE("watch: a file is written, replaced by another's renaming, deleted and made again") {
  const Folder folder("watch");
  folder.write("web.yaml", "1");
  Watched watched(folder.path("web.yaml"));
  CHECK(watched.keeps_quiet());
  folder.write("web.yaml", "2");
  CHECK(watched.tells());
  folder.write(".web.yaml.swp", "3");
  fs::rename(folder.path(".web.yaml.swp"), folder.path("web.yaml"));
  CHECK(watched.tells());
  fs::remove(folder.path("web.yaml"));
  CHECK(watched.tells());
  folder.write("web.yaml", "4");
  CHECK(watched.tells());
}

TEST_CASE("watch: a file that is still being written is waited for") {
  const Folder folder("watch");
  folder.write("web.yaml", "1");
  Watched watched(folder.path(""));
  std::ofstream writer(folder.path("web.yaml"));
  writer << "half" << std::flush;
  CHECK(watched.keeps_quiet());
  writer << "and half" << std::flush;
  CHECK(watched.keeps_quiet());
  writer.close();
  CHECK(watched.tells());
}

TEST_CASE("watch: a mounted ConfigMap's link is swung to another directory, and that one is watched then") {
  const Folder folder("watch");
  folder.write("..1/web.yaml", "1");
  folder.write("..2/web.yaml", "2");
  fs::create_directory_symlink("..1", folder.path("..data"));
  fs::create_symlink("..data/web.yaml", folder.path("web.yaml"));
  for (const std::string path : {"", "web.yaml"}) {
    CAPTURE(path);
    Watched watched(folder.path(path));
    fs::create_directory_symlink(path.empty() ? "..2" : "..1", folder.path("..data_tmp"));
    fs::rename(folder.path("..data_tmp"), folder.path("..data"));
    CHECK(watched.tells());
    folder.write("..data/web.yaml", "3");
    CHECK(watched.tells());
  }
}

TEST_CASE("watch: a directory behind a link that is swung") {
  const Folder folder("watch");
  folder.write("v1/web.yaml", "1");
  folder.write("v2/web.yaml", "2");
  fs::create_directory_symlink("v1", folder.path("current"));
  Watched watched(folder.path("current"));
  fs::create_directory_symlink("v2", folder.path("next"));
  fs::rename(folder.path("next"), folder.path("current"));
  CHECK(watched.tells());
  folder.write("v2/web.yaml", "3");
  CHECK(watched.tells());
}

TEST_CASE("watch: subdirectories, also new ones") {
  const Folder folder("watch");
  folder.write("sub/web.yaml", "1");
  Watched watched(folder.path(""));
  folder.write("sub/web.yaml", "2");
  CHECK(watched.tells());
  folder.write("new/deep/web.yaml", "1");
  CHECK(watched.tells());
  CHECK(watched.keeps_quiet());
  folder.write("new/deep/web.yaml", "2");
  CHECK(watched.tells());
}

TEST_CASE("watch: a link to a directory, within a watched one, that is swung") {
  const Folder folder("watch");
  folder.write("v1/web.yaml", "1");
  folder.write("v2/web.yaml", "2");
  folder.write("all/db.yaml", "1");
  fs::create_directory_symlink("../v1", folder.path("all/web"));
  Watched watched(folder.path("all"));
  fs::create_directory_symlink("../v2", folder.path("all/next"));
  fs::rename(folder.path("all/next"), folder.path("all/web"));
  CHECK(watched.tells());
  folder.write("v2/web.yaml", "3");
  CHECK(watched.tells());
}

TEST_CASE("watch: what is made beside a watched directory is nobody's business") {
  const Folder folder("watch");
  folder.write("manifests/web.yaml", "1");
  folder.write("lone.yaml", "1");
  Watched directory(folder.path("manifests"));
  Watched file(folder.path("lone.yaml"));
  fs::create_directory(folder.path("other"));
  fs::create_directory(folder.path("manifests/.git"));
  CHECK(directory.keeps_quiet());
  CHECK(file.keeps_quiet());
}

TEST_CASE("watch: other files of the directory are nobody's business") {
  const Folder folder("watch");
  folder.write("web.yaml", "1");
  Watched directory(folder.path(""));
  Watched file(folder.path("web.yaml"));
  folder.write("notes.txt", "x");
  CHECK(directory.keeps_quiet());
  CHECK(file.keeps_quiet());
}
