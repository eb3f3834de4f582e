// What `ballast status` says of manifests: where they come from, which one is in force, what was read after it.
#include <doctest/doctest.h>

#include "controller/http/node_status.hpp"
#include "controller/report/status_text.hpp"

using namespace ballast;
using namespace std::chrono_literals;
using http::ManifestStatus;
using http::NodeStatus;

namespace {

constexpr http::Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

ManifestStatus followed() {
  ManifestStatus manifest;
  manifest.revision = "0123456789ab";
  manifest.source = "https://git.example.net/lb.git main";
  manifest.current = http::RevisionStatus{"0123456789ab", noon - 2h - 3min, "Jane Doe <jane@example.net>",
                                          "web: one more", std::chrono::floor<std::chrono::seconds>(noon - 3h)};
  manifest.applied = manifest.attempted = manifest.current;
  return manifest;
}

NodeStatus node(const ManifestStatus& manifest) {
  NodeStatus status;
  status.node = "lvs-128";
  status.version = "0.1.0";
  status.eligible = true;
  status.manifest = manifest;
  return status;
}

std::string text_of(const NodeStatus& status) {
  return status_text(status, noon, Palette(false));
}

}  // namespace

TEST_CASE("manifest status: the JSON says all, and is read back as it was") {
  ManifestStatus manifest = followed();
  manifest.attempted = http::RevisionStatus{"ba9876543210", noon, "X <x@example.net>", "break it",
                                            std::chrono::floor<std::chrono::seconds>(noon)};
  manifest.refused = "ba9876543210";
  manifest.error = "ba9876543210:web.yaml:3:7: unknown field 'wieght'";
  manifest.held = "aaaaaaaaaaaa";
  manifest.reason = "4 of 5 services go";
  manifest.source_error = http::SourceError{"fatal: no", noon - 5min};
  manifest.from_last_good = true;
  const std::string json = http::status_json(node(manifest));
  CHECK(json.find(R"("committedAt": "2026-11-21T09:00:00.000Z")") != std::string::npos);
  CHECK(json.find(R"("since": "2026-11-21T11:55:00.000Z")") != std::string::npos);
  const auto read = http::read_status(json);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK((read->manifest == manifest));
}

TEST_CASE("manifest status: of files there is no author; with nothing in force there is no revision") {
  ManifestStatus manifest;
  manifest.source = "cluster.yaml";
  const std::string none = http::status_json(node(manifest));
  CHECK(none.find(R"("revision": null)") != std::string::npos);
  CHECK((http::read_status(none)->manifest == manifest));
  CHECK_FALSE(manifest.in_force());
  manifest.revision = "0123456789ab";
  manifest.current = http::RevisionStatus{"0123456789ab", noon, "", "", std::nullopt};
  const std::string files = http::status_json(node(manifest));
  CHECK(files.find(R"("author": null)") != std::string::npos);
  CHECK((http::read_status(files)->manifest == manifest));
  CHECK(manifest.in_force());
}

TEST_CASE("manifest status: for people, what is in force and since when") {
  CHECK(text_of(node(followed()))
            .find("\nmanifest 0123456789ab: web: one more (Jane Doe <jane@example.net>), in force "
                  "for 2h03m, of https://git.example.net/lb.git main\n") != std::string::npos);
}

TEST_CASE("manifest status: in force is not applied yet") {
  ManifestStatus manifest = followed();
  manifest.applied->id = "ba9876543210";
  CHECK(text_of(node(manifest)).find("in force for 2h03m, not fully applied yet, of https") != std::string::npos);
  manifest.applied.reset();
  CHECK(text_of(node(manifest)).find("in force for 2h03m, not fully applied yet, of https") != std::string::npos);
}

TEST_CASE("manifest status: a repository that cannot be reached is said, and the node stays ready") {
  ManifestStatus manifest = followed();
  manifest.source_error = http::SourceError{"fatal: unable to access it", noon - 5min};
  manifest.from_last_good = true;
  const NodeStatus status = node(manifest);
  CHECK(status.ready());
  const std::string text = text_of(status);
  CHECK(text.find("! cannot read https://git.example.net/lb.git main for 5m00s: fatal: unable to access it; "
                  "0123456789ab stays in force\n") != std::string::npos);
  CHECK(text.find("! that is the last good manifest on disk") != std::string::npos);
}

TEST_CASE("manifest status: without any manifest the node stands for nothing, and says why") {
  NodeStatus status = node({});
  status.eligible = false;
  status.reason = "no manifest is in force: cannot read /srv/lb.git: fatal: no";
  status.manifest.source = "/srv/lb.git";
  status.manifest.source_error = http::SourceError{"fatal: no", noon - 12s};
  CHECK_FALSE(status.ready());
  CHECK(text_of(status) ==
        "node lvs-128: NOT ELIGIBLE, stands for no election: no manifest is in force: cannot read /srv/lb.git: "
        "fatal: no  (ballast 0.1.0)\n"
        "! cannot read /srv/lb.git for 12s: fatal: no; none is in force and nothing is touched\n");
}
