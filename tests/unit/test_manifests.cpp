// Which manifest is in force when an operator hands one over beside the node's own source.
#include <doctest/doctest.h>

#include "controller/runtime/manifests.hpp"
#include "controller/source/snapshot.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using testing::document;

std::shared_ptr<const Snapshot> snapshot(const std::string& value) {
  SourceFiles files;
  files.texts = {{"m.yaml", document("Sysctl", "x", "nodes: [a], values: {net.ipv4.ip_forward: " + value + "}")}};
  return make_snapshot(files, revision_of(files));
}

struct Fixture {
  std::shared_ptr<const Snapshot> own = snapshot("1");
  int enacted = 0;
  Manifests manifests{"a", [this](const auto&) -> Result<void> {
                        ++enacted;
                        return {};
                      }};
  Fixture() { REQUIRE(manifests.begin_with(own).has_value()); }
  std::string id() const { return manifests.status().revision; }
};

}  // namespace

TEST_CASE("manifests: one that is handed over stays while the node's own source says what it said") {
  Fixture node;
  const auto handed = snapshot("2");
  REQUIRE(node.manifests.hand_over(handed, "a").has_value());
  CHECK(node.id() == handed->revision.id);
  CHECK(node.manifests.status().handed);
  CHECK(node.manifests.offer(snapshot("1"), "", false) == Outcome::unchanged);
  CHECK(node.id() == handed->revision.id);

  const auto newer = snapshot("3");
  CHECK(node.manifests.offer(newer, "", false) == Outcome::in_force);
  CHECK(node.id() == newer->revision.id);
  CHECK_FALSE(node.manifests.status().handed);
}

TEST_CASE("manifests: who asks for the node's own source gets it") {
  Fixture node;
  REQUIRE(node.manifests.hand_over(snapshot("2"), "a").has_value());
  CHECK(node.manifests.offer(snapshot("1"), "", true) == Outcome::in_force);
  CHECK(node.id() == node.own->revision.id);
}

TEST_CASE("manifests: what was handed over is put back, and what it had replaced") {
  Fixture node;
  const auto first = node.manifests.now();
  REQUIRE(node.manifests.hand_over(snapshot("2"), "a").has_value());
  const auto second = node.manifests.now();
  REQUIRE(node.manifests.hand_over(snapshot("3"), "a").has_value());
  REQUIRE(node.manifests.put_back(second).has_value());
  CHECK(node.id() == snapshot("2")->revision.id);
  CHECK(node.manifests.status().handed);
  REQUIRE(node.manifests.put_back(first).has_value());
  CHECK(node.id() == node.own->revision.id);
  CHECK_FALSE(node.manifests.status().handed);
  CHECK(node.enacted == 5);
}

TEST_CASE("manifests: one of the source that is held can still be approved after another was handed over") {
  Fixture node;
  const auto held = snapshot("4");
  CHECK(node.manifests.offer(held, "1 of 1 goes", false) == Outcome::held);
  REQUIRE(node.manifests.hand_over(snapshot("2"), "a").has_value());
  CHECK(node.manifests.status().held == held->revision.id);
  REQUIRE(node.manifests.approve(held->revision.id).has_value());
  CHECK(node.id() == held->revision.id);
  CHECK(node.manifests.status().held.empty());
}
